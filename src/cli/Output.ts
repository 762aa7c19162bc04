/** Where the command writes. */
import * as Terminal from "@effect/platform/Terminal"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { outputClosed, Stop } from "./ExitCode.js"
import type { Style } from "./render/style.js"
import { coloured, plain } from "./render/style.js"
import { escaped, printable } from "./render/text.js"

/** Standard output for results, and standard error for everything else. */
export interface Writer {
  /** Whether standard output is a terminal, which can be drawn on again. */
  readonly isTerminal: boolean
  readonly style: Style
  /** Writes the text as it is. */
  readonly write: (text: string) => Effect.Effect<void>
  readonly line: (text: string) => Effect.Effect<void>
  /** One JSON value on one line. */
  readonly json: (value: unknown) => Effect.Effect<void>
  /** A line on standard error, never coloured. */
  readonly note: (text: string) => Effect.Effect<void>
}

/** The tag of the {@link Writer}. */
export class Output extends Context.Tag("effect-oauth/cli/Output")<Output, Writer>() {}

/** On the terminal, or whatever it has been redirected to. Once that is closed, the command ends. */
export const layer: Layer.Layer<Output, never, Terminal.Terminal> = Layer.effect(
  Output,
  Effect.gen(function* () {
    const terminal = yield* Terminal.Terminal
    const isTerminal = yield* terminal.isTTY
    const write = (text: string) =>
      Effect.catchAll(terminal.display(text), () => Effect.die(new Stop({ code: outputClosed })))
    return {
      isTerminal,
      style: isTerminal && (yield* wantsColour) ? coloured : plain,
      write,
      line: (text) => write(`${text}\n`),
      json: (value) => write(`${escaped(JSON.stringify(value))}\n`),
      note: (text) => Console.error(printable(text))
    }
  })
)

/** https://no-color.org: set, and not empty. */
const wantsColour = Effect.map(
  Config.all([
    Config.withDefault(Config.string("NO_COLOR"), ""),
    Config.withDefault(Config.string("TERM"), "")
  ]),
  ([noColour, terminal]) => noColour === "" && terminal !== "dumb"
).pipe(
  Effect.withConfigProvider(ConfigProvider.fromEnv()),
  Effect.orElseSucceed(() => false)
)
