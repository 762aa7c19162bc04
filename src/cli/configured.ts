/** The configured providers, and what to say if there are none. */
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Option from "effect/Option"
import type * as Layer from "effect/Layer"
import * as Config from "effect/Config"
import * as Redacted from "effect/Redacted"
import * as Environment from "../config/Environment.js"
import type { Configuration, ConfiguredProvider } from "../config/ConfiguredProvider.js"
import * as ExitCode from "./ExitCode.js"
import { Stop } from "./ExitCode.js"
import type { Common } from "./options.js"
import { Output } from "./Output.js"
import * as Problem from "./Problem.js"
import { printable, column, wrap } from "./render/text.js"
import * as ConfigFile from "../config/ConfigFile.js"
import type { InvalidConfiguration } from "../token/TokenError.js"
import * as DotEnv from "../config/DotEnv.js"
import type { WellKnown, WellKnownVariable } from "../config/Environment.js"

/**
 * What is configured. Warnings go to standard error. Ends the command where a file is not right, and where nothing is
 * configured at all.
 */
export const configured = (
  options: Common
): Effect.Effect<Configuration, Stop, Output | FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const configuration = yield* Effect.catchAll(loadConfiguration(options), (error) =>
      stopWith(Problem.fromTokenError(error), options)
    )
    const output = yield* Output
    for (const warning of configuration.warnings) yield* output.note(`warning: ${printable(warning)}`)
    if (configuration.providers.length > 0) return configuration
    if (options.json) yield* output.json({ error: nothingConfigured, wellKnown: Environment.wellKnown })
    yield* Effect.forEach(missingLines(Environment.wellKnown), output.note, { discard: true })
    return yield* new Stop({ code: ExitCode.nothingConfigured })
  })

/**
 * Those of these names, in the order of the names; all of them where no name is given. Ends the command at a name that
 * there is not.
 */
export const selected = (
  { providers }: Configuration,
  names: ReadonlyArray<string>,
  options: Common
): Effect.Effect<ReadonlyArray<ConfiguredProvider>, Stop, Output> => {
  if (names.length === 0) return Effect.succeed(providers)
  const unknown = names.filter((name) => !providers.some((one) => one.name === name))
  return unknown.length > 0
    ? stopWith(unknownProvider(unknown, providers), options)
    : Effect.succeed(
        Array.filterMap(Array.dedupe(names), (name) => Array.findFirst(providers, (one) => one.name === name))
      )
}

/** Tells what went wrong, and ends the command. */
export const stopWith = (
  problem: Problem.Problem,
  { json }: { readonly json: boolean }
): Effect.Effect<never, Stop, Output> =>
  Effect.gen(function* () {
    const output = yield* Output
    if (json) yield* output.json({ error: problem })
    yield* Effect.forEach(Problem.lines(problem), output.note, { discard: true })
    return yield* new Stop({ code: ExitCode.failed })
  })

const nothingConfigured: Problem.Problem = {
  tag: "InvalidConfiguration",
  reason: "NothingConfigured",
  message: "nothing is configured",
  remedy: "Set the variables of one of the well-known providers, or write a configuration file."
}

const unknownProvider = (
  unknown: ReadonlyArray<string>,
  providers: ReadonlyArray<ConfiguredProvider>
): Problem.Problem => {
  const names = unknown.map(printable)
  const expected = `one of ${providers.map(({ name }) => printable(name)).join(", ")}`
  return {
    tag: "InvalidConfiguration",
    reason: "UnknownProvider",
    message: `there is no provider ${names.join(", ")}`,
    remedy: "`effect-oauth providers` tells what is configured, and from where.",
    issues: names.map((path) => ({ path, expected }))
  }
}

/**
 * The file that is named, or the one of this folder; where there is none, the providers of the environment. A file stands
 * alone: the variables that it names are often those of a provider of the environment, which would be there twice.
 *
 * Either way, the `.env` file is searched for variables that the environment does not have.
 */
export const loadConfiguration = ({
  config,
  envFile
}: Common): Effect.Effect<Configuration, InvalidConfiguration, FileSystem.FileSystem> =>
  Effect.flatMap(
    Option.isSome(config) ? Effect.succeed(config) : usualFile,
    Option.match({ onNone: () => Environment.configuration, onSome: ConfigFile.read })
  ).pipe(Effect.provide(dotEnv({ envFile })))

/** The configuration files to look for, in order. */
export const usualFiles: ReadonlyArray<string> = [
  "effect-oauth.yaml",
  "effect-oauth.yml",
  "effect-oauth.json"
]

const usualFile = Effect.flatMap(FileSystem.FileSystem, (files) =>
  Effect.findFirst(usualFiles, (path) => Effect.orElseSucceed(files.exists(path), () => false))
)

/**
 * Lets what is provided with it look for variables that the environment has not in the file that is named, or else in
 * `.env`, if there is one.
 */
export const dotEnv = ({
  envFile
}: {
  readonly envFile: Option.Option<string>
}): Layer.Layer<never, InvalidConfiguration, FileSystem.FileSystem> =>
  DotEnv.layer({ path: Option.getOrElse(envFile, () => ".env"), optional: Option.isNone(envFile) })

/** What a variable holds. One that is empty is one that is not set. */
export const setting = (name: string): Effect.Effect<Option.Option<Redacted.Redacted>> =>
  Config.redacted(name).pipe(
    Effect.option,
    Effect.map(Option.filter((text) => Redacted.value(text).trim() !== ""))
  )

/** Each provider that variables can configure: those that it takes, and where to get what they hold. */
export const missingLines = (providers: ReadonlyArray<WellKnown>): ReadonlyArray<string> => [
  "Nothing is configured. Set the variables of one of these, in the environment or in .env:",
  ...providers.flatMap(({ name, title, variables, whereToGet }) => [
    "",
    `${name}: ${title}`,
    ...variableLines(variables.filter(({ necessity }) => necessity !== "optional")),
    ...wrap(`Where to get them: ${whereToGet}`, textWidth).map((line) => `  ${line}`)
  ]),
  "",
  "Variables with a prefix of your own, such as ORDERS_CLIENT_ID, count once it is listed: OAUTH2_PREFIXES=ORDERS.",
  "Or write a file, effect-oauth.yaml in this folder or another that --config names."
]

/** Each variable and what it is, in two columns. */
export const variableLines = (
  variables: ReadonlyArray<Pick<WellKnownVariable, "name" | "meaning">>
): ReadonlyArray<string> => {
  const width = Math.max(0, ...variables.map(({ name }) => name.length)) + 2
  return variables.flatMap(({ meaning, name }) => {
    const [first = "", ...others] = wrap(meaning, textWidth - width)
    return [`  ${column(name, width)}${first}`, ...others.map((line) => " ".repeat(2 + width) + line)]
  })
}

const textWidth = 98
