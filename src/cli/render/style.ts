/** Colour, where there is a terminal that shows it. */

/** How a text is set off. Each way is the identity where there is no colour. */
export interface Style {
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly notable: (text: string) => string
}

const same = (text: string): string => text

/** No colour. */
export const plain: Style = { strong: same, faint: same, good: same, bad: same, notable: same }

const set =
  (on: number, off: number) =>
  (text: string): string =>
    text === "" ? text : `\u001b[${on}m${text}\u001b[${off}m`

/** The sixteen colours that every terminal has. */
export const coloured: Style = {
  strong: set(1, 22),
  faint: set(2, 22),
  good: set(32, 39),
  bad: set(31, 39),
  notable: set(33, 39)
}

/** The text without what sets it off: for what others have coloured already. */
export const strip = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, "")
