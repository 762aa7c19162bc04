/**
 * What every command understands. No option takes a secret: a command line is there for every process to read.
 */
import * as Args from "@effect/cli/Args"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"

/** Where the configuration is, and how to answer. */
export interface Common {
  readonly config: Option.Option<string>
  readonly envFile: Option.Option<string>
  readonly json: boolean
}

/** The options of every command. */
export const common = {
  config: Options.file("config").pipe(
    Options.withDescription(
      "A YAML or JSON file of providers. Default: effect-oauth.yaml, .yml or .json in this folder; without any, the environment."
    ),
    Options.optional
  ),
  envFile: Options.file("env-file").pipe(
    Options.withDescription(
      "A file of NAME=value lines, below the real environment. Default: .env in this folder."
    ),
    Options.optional
  ),
  json: Options.boolean("json").pipe(Options.withDescription("JSON instead of text on standard output."))
}

/** A name. A mistyped option is rejected, so that it is not looked up as a name. */
export const argument = (called: string): Args.Args<string> =>
  Args.text({ name: called }).pipe(
    Args.mapEffect((name) =>
      name.startsWith("-")
        ? Effect.fail(HelpDoc.p(`Received unknown argument: '${name}'`))
        : Effect.succeed(name)
    )
  )

const providerName = argument("name")

/** Any number of names. */
export const providerNames = providerName.pipe(
  Args.withDescription("The names of providers. Default: all that are configured."),
  Args.repeated
)

/** One name. */
export const oneProviderName = Args.withDescription(providerName, "The name of a provider.")
