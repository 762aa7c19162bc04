/** The command line as a whole. */
import * as CliConfig from "@effect/cli/CliConfig"
import type * as CliApp from "@effect/cli/CliApp"
import * as Command from "@effect/cli/Command"
import type * as ValidationError from "@effect/cli/ValidationError"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { check } from "./check.js"
import { putCommandFirst, wrongSubcommand, fixCompletions } from "./effectCliWorkarounds.js"
import { events } from "./events.js"
import * as ExitCode from "./ExitCode.js"
import { Stop } from "./ExitCode.js"
import { Output } from "./Output.js"
import { providers } from "./providers.js"
import { plain, strip } from "./render/style.js"
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
    const wrong = wrongSubcommand(words)
    if (words.includes("--wizard")) return refusal("there is no --wizard; see effect-oauth --help")
    return wrong === undefined ? parse([...args.slice(0, 2), ...words]) : refusal(wrong)
  }).pipe(
    withoutColour,
    Effect.provide(Layer.merge(logsAside, CliConfig.defaultLayer)),
    Effect.tapErrorCause((cause) => Effect.forEach(ExitCode.unforeseen(cause), (line) => Console.error(line)))
  )

/** The wizard of `@effect/cli` asks for what nobody needs to be asked, and waits for ever without a terminal. */
const refusal = (reason: string) =>
  Effect.flatMap(Output, ({ note }) =>
    Effect.zipRight(note(reason), Effect.fail(new Stop({ code: ExitCode.failed })))
  )

/** What `@effect/cli` writes comes coloured; it is shown so on a terminal only, and on standard error never. */
const withoutColour = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Output> =>
  Effect.flatMap(Output, ({ style }) =>
    Console.consoleWith((console) =>
      Effect.withConsole(self, {
        ...console,
        log: (...values: ReadonlyArray<unknown>) =>
          console.log(...values.map(texts((text) => fixCompletions(style === plain ? strip(text) : text)))),
        error: (...values: ReadonlyArray<unknown>) => console.error(...values.map(texts(strip)))
      })
    )
  )

const texts =
  (change: (text: string) => string) =>
  (value: unknown): unknown =>
    typeof value === "string" ? change(value) : value

/** Standard output is for answers. */
const logsAside = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))
