/** What a person sees: lines and, on a terminal, a progress line that is drawn over itself. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { WriteStream } from "node:tty"

export interface Screen {
  readonly line: (text: string) => Effect.Effect<void>
  /** Shows how far an effect has come, as long as it runs. */
  readonly during: <A, E, R>(progress: () => string, self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly green: (text: string) => string
  readonly red: (text: string) => string
}

/** In colour on a terminal, unless `NO_COLOR` is set; plain lines where the output goes elsewhere. */
export const make = (out: WriteStream, env: NodeJS.ProcessEnv): Screen => {
  const isTerminal = out.isTTY && env["TERM"] !== "dumb"
  const isColoured = isTerminal && (env["NO_COLOR"] ?? "") === ""
  const paint = (code: number) => (text: string) => (isColoured ? `\x1b[${code}m${text}\x1b[0m` : text)
  const write = (text: string) => Effect.sync(() => void out.write(text))
  const dim = paint(2)

  const drawn = (progress: () => string) => {
    let frame = 0
    return Effect.suspend(() => {
      const text = `   ${frames[frame++ % frames.length] ?? ""} ${progress()}`
      // one column stays free, and a terminal that does not tell its width is taken to be wide
      return write(`\r\x1b[2K${dim(text.slice(0, (out.columns || Infinity) - 1))}`)
    })
  }
  const written = (progress: () => string) => Effect.suspend(() => write(`   … ${progress()}\n`))

  return {
    line: (text) => write(`${text}\n`),
    during: (progress, self) =>
      Effect.scoped(
        Effect.gen(function* () {
          const show = isTerminal ? drawn(progress) : written(progress)
          yield* show
          if (isTerminal) yield* Effect.addFinalizer(() => write("\r\x1b[2K"))
          const every = Schedule.spaced(Duration.millis(isTerminal ? 100 : 2000))
          yield* Effect.forkScoped(Effect.schedule(show, every))
          return yield* self
        })
      ),
    bold: paint(1),
    dim,
    green: paint(32),
    red: paint(31)
  }
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]

/** A number as a person reads it. */
export const figure = (value: number | string): string =>
  typeof value === "number" ? value.toLocaleString("en-US") : value
