/** Texts for people. */
import stringWidth from "string-width"

/**
 * Removes what moves the cursor, changes the direction of writing, or is invisible, from a text that comes from outside,
 * such as a name in a file or a scope in a response.
 */
export const printable = (text: string): string => text.replace(unprintable, "")

/** The same for a text of several lines. */
export const printableLines = (text: string): string => text.split("\n").map(printable).join("\n")

/** Escapes what `printable` removes as JSON does, for a text that programs have to read whole. */
export const escaped = (text: string): string =>
  text.replace(unprintable, (found) =>
    found
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join("")
  )

const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu

/** How many columns of a terminal a text takes. */
export const widthOf = (text: string): number => stringWidth(text)

/** The beginning of a text that fits into so many columns. An ellipsis says that there is more. */
export const cut = (text: string, columns: number): string => {
  if (widthOf(text) <= columns) return text
  if (columns <= 0) return ""
  let fitting = ""
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (widthOf(fitting + segment) > columns - 1) break
    fitting += segment
  }
  return `${fitting}…`
}

/** A text that takes exactly so many columns. */
export const column = (text: string, width: number): string => {
  const fitting = cut(text, width)
  return fitting + " ".repeat(Math.max(0, width - widthOf(fitting)))
}

/** A time span by its two largest units: `59m 42s`, `3h 5m`, `131ms`. */
export const span = (milliseconds: number): string => {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))}ms`
  const amounts = units.map(({ inside, name, seconds }) => ({
    amount: Math.floor(milliseconds / 1000 / seconds) % inside,
    name
  }))
  const largest = amounts.findIndex(({ amount }) => amount > 0)
  return amounts
    .slice(largest, largest + 2)
    .filter(({ amount }) => amount > 0)
    .map(({ amount, name }) => `${amount}${name}`)
    .join(" ")
}

const units = [
  { name: "d", seconds: 86_400, inside: Number.POSITIVE_INFINITY },
  { name: "h", seconds: 3_600, inside: 24 },
  { name: "m", seconds: 60, inside: 60 },
  { name: "s", seconds: 1, inside: 60 }
]

/** One, or many of them. */
export const count = (amount: number, one: string, many = `${one}s`): string =>
  `${amount} ${amount === 1 ? one : many}`

/** A text in lines of at most so many columns. A longer word has a line of its own. */
export const wrap = (text: string, width: number): ReadonlyArray<string> =>
  text.split(" ").reduce<ReadonlyArray<string>>((lines, word) => {
    const last = lines.at(-1)
    return last === undefined || widthOf(last) + 1 + widthOf(word) > width
      ? [...lines, word]
      : [...lines.slice(0, -1), `${last} ${word}`]
  }, [])
