/** A screen of one's own, which leaves no trace when it is closed. */
import * as Terminal from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Output } from "../Output.js"
import { node } from "../process.js"

/** What there is to draw on, and how. */
export interface Screen {
  /** What can be drawn on. */
  readonly size: Effect.Effect<{ readonly columns: number; readonly rows: number }>
  /** Draws these lines in place of what was there. */
  readonly draw: (lines: ReadonlyArray<string>) => Effect.Effect<void>
}

/**
 * The terminal's other screen, without a cursor. When the scope closes, whatever was on the terminal before is there
 * again, and the cursor with it.
 */
export const open: Effect.Effect<Screen, never, Output | Terminal.Terminal | Scope.Scope> = Effect.gen(
  function* () {
    const output = yield* Output
    const terminal = yield* Terminal.Terminal
    yield* Effect.acquireRelease(output.write(enter), () =>
      Effect.ignore(Effect.sandbox(output.write(leave)))
    )
    return {
      size: Effect.all({
        // the last column stays free: at the end of a full line, what erases the rest of it takes its last letter
        columns: Effect.map(terminal.columns, (columns) => (columns > 0 ? columns : usual.columns) - 1),
        rows: Effect.map(terminal.rows, (rows) => (rows > 0 ? rows : usual.rows))
      }),
      draw: (lines) =>
        output.write(home + lines.map((line) => line + eraseRestOfLine).join("\r\n") + eraseBelow)
    }
  }
)

/** Calls whenever the terminal has another size, until the scope closes. */
export const onResize = (listener: () => void): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => void node.stdout.on("resize", listener)),
    () => Effect.sync(() => void node.stdout.off("resize", listener))
  )

const usual = { columns: 80, rows: 24 }

// without wrapping, so that a letter wider than it was taken for does not move the lines below
const enter = "\u001b[?1049h\u001b[?25l\u001b[?7l"
const leave = "\u001b[?7h\u001b[?25h\u001b[?1049l"
const home = "\u001b[H"
const eraseRestOfLine = "\u001b[K"
const eraseBelow = "\u001b[J"
