/** The help of `@effect/cli`, laid out for the width of a terminal. */
import type { Style } from "./render/style.js"
import { strip } from "./render/style.js"
import { column, widthOf, wrap } from "./render/text.js"

/** Whether a text is the help of a command. */
export const isHelp = (text: string): boolean => strip(text).includes("\nUSAGE\n")

/**
 * Lays out the help again. `@effect/cli` 0.77 does not wrap lines, and puts the description of each command behind the
 * longest usage line.
 */
export const formatHelp = (text: string, columns: number, style: Style): string => {
  const [, ...rows] = strip(text)
    .split("\n")
    .filter((row) => row.trim() !== "")
  const width = Math.min(columns, widest) - 1
  const nameWidth = Math.max(0, ...rows.flatMap(commandIn).map(({ name }) => widthOf(name)))
  const lines: Array<string> = []
  let section = ""
  for (const row of rows) {
    if (/^[A-Z]+$/.test(row)) {
      section = row
      lines.push("", style.strong(row))
    } else if (section === "COMMANDS") {
      for (const { description, name } of commandIn(row)) {
        lines.push(...hanging(`  - ${column(name, nameWidth)}  `, description, width))
      }
    } else if (row.startsWith("  ")) {
      if (!isNoise(row.trim())) lines.push(...hanging("      ", row.trim(), width))
    } else if (section === "OPTIONS" || section === "ARGUMENTS") {
      const title = row.replace(/^\((.*)\)$/, "$1")
      lines.push(...hanging("  ", title, width).map(style.strong))
    } else if (section === "") {
      lines.push(...hanging("", row, width))
    } else {
      lines.push(...hanging(row.startsWith("$ ") ? "  $ " : "  ", row.replace(/^\$ /, ""), width))
    }
  }
  return lines.join("\n")
}

/** The name of a command and its description, which `@effect/cli` separates by its usage and by spaces. */
const commandIn = (row: string): ReadonlyArray<{ readonly name: string; readonly description: string }> => {
  const [, name = "", description = ""] = /^ {2}- ([a-z]+(?: [a-z]+)*).*? {2,}(.*)$/.exec(row) ?? []
  return name === "" ? [] : [{ name, description }]
}

/** The text in lines, the first after `start` and the others below its end. */
const hanging = (start: string, text: string, width: number): ReadonlyArray<string> =>
  wrap(text, width - start.length).map((line, index) =>
    index === 0 ? start + line : " ".repeat(start.length) + line
  )

/** Sentences about a type that the line above names already. */
const isNoise = (sentence: string): boolean =>
  /^(A user-defined piece of text|A true or false value|A file|An integer|This setting is optional)\.$/.test(
    sentence
  ) || sentence.startsWith("One of the following: ")

const widest = 100
