/** Texts for people. */

/**
 * A text from outside, such as a name in a file or a scope in an answer, without what would move the cursor or hide.
 */
export const printable = (text: string): string => text.replace(unprintable, "")

const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu

/** The beginning of a text, at most so many characters; an ellipsis says that there is more. */
export const cut = (text: string, most: number): string => {
  const characters = [...text]
  if (characters.length <= most) return text
  return most <= 0 ? "" : `${characters.slice(0, most - 1).join("")}…`
}

/** A text as wide as its column, neither more nor less. */
export const column = (text: string, width: number): string => {
  const fitting = cut(text, width)
  return fitting + " ".repeat(width - [...fitting].length)
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

/** A text in lines, none of them longer than so many characters unless a single word is. */
export const wrap = (text: string, width: number): ReadonlyArray<string> =>
  text.split(" ").reduce<ReadonlyArray<string>>((lines, word) => {
    const last = lines.at(-1)
    return last === undefined || last.length + 1 + word.length > width
      ? [...lines, word]
      : [...lines.slice(0, -1), `${last} ${word}`]
  }, [])
