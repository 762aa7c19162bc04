/** The command line as a whole. */
import * as CliConfig from "@effect/cli/CliConfig"
import type * as CliApp from "@effect/cli/CliApp"
import * as Command from "@effect/cli/Command"
import type * as ValidationError from "@effect/cli/ValidationError"
import * as Terminal from "@effect/platform/Terminal"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { check } from "./check.js"
import { putCommandFirst, unknownOption, wrongSubcommand, fixCompletions } from "./effectCliWorkarounds.js"
import { events } from "./events.js"
import * as ExitCode from "./ExitCode.js"
import { Stop } from "./ExitCode.js"
import { Output } from "./Output.js"
import { providers } from "./providers.js"
import { formatHelp, isHelp } from "./help.js"
import { plain, strip } from "./render/style.js"
import { escaped, printableLines } from "./render/text.js"
import { store } from "./store.js"
import { token } from "./token.js"
import { version } from "./process.js"
import { watch } from "./watch.js"

const commandLine = Command.make("effect-oauth").pipe(
  Command.withDescription(
    "OAuth 2.0 tokens: whether credentials work, a token for a script, how tokens fare, and what is in a token store."
  ),
  Command.withSubcommands([check, token, providers, watch, store, events])
)

const parse = Command.run(commandLine, { name: "effect-oauth", version, executable: "effect-oauth" })

/** Does what the arguments ask for. They are those of the process, its executable and script included. */
export const run = (
  args: ReadonlyArray<string>
): Effect.Effect<
  void,
  Stop | ValidationError.ValidationError,
  CliApp.CliApp.Environment | HttpClient.HttpClient | Output
> =>
  Effect.suspend(() => {
    const words = putCommandFirst(args.slice(2))
    const wrong = wrongSubcommand(words) ?? unknownOption(words)
    if (words.includes("--wizard")) return refusal("there is no --wizard; see effect-oauth --help")
    return wrong === undefined ? parse([...args.slice(0, 2), ...words]) : refusal(wrong)
  }).pipe(
    withLayout,
    Effect.provide(Layer.merge(logsAside, CliConfig.defaultLayer)),
    Effect.tapErrorCause((cause) => Effect.forEach(ExitCode.unforeseen(cause), (line) => Console.error(line)))
  )

/** The wizard of `@effect/cli` asks for what nobody needs to be asked, and waits for ever without a terminal. */
const refusal = (reason: string) =>
  Effect.flatMap(Output, ({ note }) =>
    Effect.zipRight(note(reason), Effect.fail(new Stop({ code: ExitCode.failed })))
  )

/**
 * Lays out what `@effect/cli` writes. It comes with colors, which are shown on a terminal only and never on standard error.
 */
const withLayout = <A, E, R>(
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | Output | Terminal.Terminal> =>
  Effect.gen(function* () {
    const { style } = yield* Output
    const columns = yield* (yield* Terminal.Terminal).columns
    const layout = (text: string): string => {
      if (isHelp(text)) return formatHelp(text, columns > 0 ? columns : 80, style)
      return fixCompletions(style === plain ? strip(text) : text)
    }
    return yield* Console.consoleWith((console) =>
      Effect.withConsole(self, {
        ...console,
        log: (...values: ReadonlyArray<unknown>) => console.log(...values.map(texts(layout))),
        error: (...values: ReadonlyArray<unknown>) =>
          console.error(...values.map(texts((text) => printableLines(strip(text)))))
      })
    )
  })

const texts =
  (change: (text: string) => string) =>
  (value: unknown): unknown =>
    typeof value === "string" ? change(value) : value

/** Standard output is for answers, so that log messages go to standard error. */
const logsAside = Logger.replace(
  Logger.defaultLogger,
  Logger.withConsoleError(Logger.map(Logger.logfmtLogger, escaped))
)
