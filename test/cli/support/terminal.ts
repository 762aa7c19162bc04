/**
 * The command on a terminal, and what that shows.
 */
import * as Effect from "effect/Effect"
import { fileURLToPath } from "node:url"
import * as Child from "../../support/childProcess.js"
import type { Command } from "./commandLine.js"
import { bare } from "./commandLine.js"

export type Step =
  readonly ["expect", string] | readonly ["resize", columns: number, rows: number] | readonly ["send", string]

export interface Session {
  readonly columns: number
  readonly rows: number
  readonly env: Readonly<Record<string, string>>
  readonly steps: ReadonlyArray<Step>
}

/** What was written to the terminal, byte by byte, and how the program ended. */
export interface Written {
  readonly written: string
  readonly code: number
}

export const onTerminal = (
  command: Command,
  args: ReadonlyArray<string>,
  { columns, env, rows, steps }: Session
): Effect.Effect<Written> =>
  Effect.flatMap(
    Child.run("python3", {
      args: [driver, JSON.stringify({ columns, rows, steps }), process.execPath, command.file, ...args],
      cwd: command.emptyFolder,
      env: { ...bare, TERM: "xterm-256color", ...env }
    }),
    ({ code, stderr, stdout }) =>
      // the driver writes it
      code === 0 ? Effect.sync(() => JSON.parse(stdout) as Written) : Effect.dieMessage(stderr)
  )

const driver = fileURLToPath(new URL("on_terminal.py", import.meta.url))

/** What a terminal shows after this was written to it: its lines, and how it is set. */
export interface Shown {
  readonly lines: ReadonlyArray<string>
  readonly isOtherScreen: boolean
  readonly hasCursor: boolean
  readonly wraps: boolean
}

/**
 * As much of a terminal as the command makes use of; whatever else is written is taken for a mistake. Behind a full line
 * the cursor stands on its last letter.
 */
export const show = (written: string, columns = Infinity): Shown => {
  const screens: [Array<string>, Array<string>] = [[""], [""]]
  let [isOtherScreen, hasCursor, wraps, row, column] = [false, true, true, 0, 0]
  let kept = { row, column }
  const lines = () => screens[isOtherScreen ? 1 : 0]
  const put = (text: string) => {
    const line = (lines()[row] ?? "").padEnd(column)
    lines()[row] = line.slice(0, column) + text + line.slice(column + text.length)
    column += text.length
  }
  for (const [piece] of written.matchAll(/\u001b\[[?0-9;]*[A-Za-z]|\r|\n|[^\u001b\r\n]+/gu)) {
    if (/^\u001b\[[0-9;]*m$/.test(piece)) continue
    switch (piece) {
      case "\r":
        column = 0
        break
      case "\n":
        row++
        lines()[row] ??= ""
        break
      case "\u001b[H":
        row = column = 0
        break
      case "\u001b[K":
        lines()[row] = (lines()[row] ?? "").slice(0, Math.min(column, columns - 1))
        break
      case "\u001b[2K":
        lines()[row] = ""
        break
      case "\u001b[J":
        lines().splice(row + 1)
        break
      case "\u001b[?1049h":
        kept = { row, column }
        isOtherScreen = true
        lines().splice(0, Infinity, "")
        row = column = 0
        break
      case "\u001b[?1049l":
        isOtherScreen = false
        ;({ row, column } = kept)
        break
      case "\u001b[?7l":
        wraps = false
        break
      case "\u001b[?7h":
        wraps = true
        break
      case "\u001b[?25l":
        hasCursor = false
        break
      case "\u001b[?25h":
        hasCursor = true
        break
      default:
        if (piece.startsWith("\u001b")) throw new Error(`unknown sequence ${JSON.stringify(piece)}`)
        put(piece)
    }
  }
  return { lines: lines().map((line) => line.trimEnd()), isOtherScreen, hasCursor, wraps }
}
