/** Finds what is configured: in a file, or else in the environment. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ConfigFile from "../config/ConfigFile.js"
import type { Configuration } from "../config/ConfiguredProvider.js"
import * as Environment from "../config/Environment.js"
import type { InvalidConfiguration } from "../token/TokenError.js"
import { dotEnv } from "./dotEnv.js"
import type { Common } from "./options.js"

/**
 * The file that is named, or the one of this folder; where there is none, the providers of the environment. A file stands
 * alone: the variables that it names are often those of a provider of the environment, which would be there twice.
 *
 * Either way, variables that the environment has not are looked for in the `.env` file.
 */
export const loadConfiguration = ({
  config,
  envFile
}: Common): Effect.Effect<Configuration, InvalidConfiguration, FileSystem.FileSystem> =>
  Effect.flatMap(
    Option.isSome(config) ? Effect.succeed(config) : usualFile,
    Option.match({ onNone: () => Environment.configuration, onSome: ConfigFile.read })
  ).pipe(Effect.provide(dotEnv({ envFile })))

/** Where a configuration file is looked for. */
export const usualFiles: ReadonlyArray<string> = [
  "effect-oauth.yaml",
  "effect-oauth.yml",
  "effect-oauth.json"
]

const usualFile = Effect.flatMap(FileSystem.FileSystem, (files) =>
  Effect.findFirst(usualFiles, (path) => Effect.orElseSucceed(files.exists(path), () => false))
)
