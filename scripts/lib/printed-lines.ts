import { readFences } from "./fences.js"

export type Manager = "npm" | "pnpm"

/** An install line as a page or a message prints it, and the package manager that runs it. */
export interface InstallLine {
  readonly file: string
  readonly manager: Manager
  readonly text: string
  /** What follows `npm install` or `pnpm add`: options and packages. */
  readonly words: ReadonlyArray<string>
}

/**
 * Every install line in the texts, each once for each package manager: a line of npm is pnpm's too, unless a line of pnpm
 * installs the same packages. A line with a `${…}` is made by a program and is left out.
 */
export function findInstallLines(texts: ReadonlyMap<string, string>): ReadonlyArray<InstallLine> {
  const found = new Map<string, InstallLine>()
  for (const [file, text] of texts) {
    for (const [, command, rest = ""] of text.matchAll(/\b(npm install|pnpm add) ([^`"'#;)\n]+)/g)) {
      const words = rest.trim().split(/\s+/)
      if (words.some((word) => word.includes("${"))) continue
      const manager = command === "pnpm add" ? "pnpm" : "npm"
      const line = { file, manager, text: `${command} ${words.join(" ")}`, words } as const
      const key = keyOf(manager, words)
      if (!found.has(key)) found.set(key, line)
    }
  }
  const printed = [...found.values()]
  const implied = printed
    .filter(({ manager, words }) => manager === "npm" && !found.has(keyOf("pnpm", words)))
    .map(({ file, words }): InstallLine => ({
      file,
      manager: "pnpm",
      text: `pnpm add ${words.join(" ")}`,
      words
    }))
  return [...printed, ...implied]
}

const keyOf = (manager: Manager, words: ReadonlyArray<string>): string =>
  [manager, ...[...packagesOf(words)].sort()].join(" ")

/** The packages of an install line, without its options. */
export const packagesOf = (words: ReadonlyArray<string>): ReadonlyArray<string> =>
  words.filter((word) => !word.startsWith("-"))

/** A command of a page and the exit code that it ends with. */
export interface PrintedCommand {
  readonly file: string
  readonly line: number
  readonly command: string
  readonly expected: number
}

/**
 * The commands `effect-oauth …` of a page: the lines of its `sh` blocks, and those behind a `$` in its `text` blocks. A comment
 * before the block tells the exit code, `<!-- exits 2: why -->`, or that it cannot run, `<!-- not run: why -->`.
 */
export function findCommands(file: string, text: string): ReadonlyArray<PrintedCommand> {
  const lines = text.split(/\r?\n/)
  return readFences(lines).flatMap(({ code, language, line: start }) => {
    const before = lines[start - 2] ?? ""
    if (/^<!-- not run: .+ -->$/.test(before)) return []
    const expected = Number(/^<!-- exits (\d+): .+ -->$/.exec(before)?.[1] ?? 0)
    const prompt = { sh: /^(?:npx )?(?=effect-oauth )/, text: /^\$ (?=effect-oauth )/ }[language]
    if (prompt === undefined) return []
    return code
      .filter(({ text }) => prompt.test(text))
      .map(({ line, text }) => ({ file, line, command: text.replace(prompt, ""), expected }))
  })
}

/** A program of a page and what the `text` block after it says that it prints. */
export interface PrintedProgram {
  readonly file: string
  readonly line: number
  readonly code: string
  readonly output: string
}

/** The JavaScript programs of a page, which run as they stand. */
export function findPrograms(file: string, text: string): ReadonlyArray<PrintedProgram> {
  const blocks = readFences(text.split(/\r?\n/))
  const textOf = (index: number): string =>
    (blocks[index]?.code ?? []).map(({ text }) => `${text}\n`).join("")
  return blocks.flatMap(({ language, line }, index) =>
    language === "js" ? [{ file, line, code: textOf(index), output: textOf(index + 1) }] : []
  )
}
