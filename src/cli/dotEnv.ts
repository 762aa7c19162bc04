import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as DotEnv from "../config/DotEnv.js"
import type { InvalidConfiguration } from "../token/TokenError.js"

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
