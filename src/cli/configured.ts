/** The providers that a command is about. */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Environment from "../config/Environment.js"
import type { Configuration, ConfiguredProvider } from "../config/ConfiguredProvider.js"
import * as ExitCode from "./ExitCode.js"
import { Stop } from "./ExitCode.js"
import { loadConfiguration } from "./loadConfiguration.js"
import { missingLines } from "./missingSettings.js"
import type { Common } from "./options.js"
import { Output } from "./Output.js"
import * as Problem from "./Problem.js"
import { printable } from "./render/text.js"

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
