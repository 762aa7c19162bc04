/**
 * Variables from a `.env` file, below the real environment.
 *
 * A line is `NAME=value`, with `export` before it or not. `#` begins a comment at the start of a line, and after white space
 * behind a value. In single quotes and backticks a value stands as it is; in double quotes `\n`, `\r`, `\t`, `\"` and `\\` are
 * what they are elsewhere. A value in quotes may go over several lines. Of two lines with one name, the last counts.
 * Nothing is expanded.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type { InvalidConfiguration } from "../token/TokenError.js"
import { ConfigurationIssue } from "../token/TokenError.js"
import { variables } from "./internal/dotEnv.js"
import { exists, readText } from "./internal/readText.js"
import { invalid } from "./internal/providerDefinition.js"

/**
 * The variables of a text, as a `ConfigProvider`. Fails with every line that cannot be read, by its number.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (
  text: string,
  options: { readonly path: string }
): Either.Either<ConfigProvider.ConfigProvider, InvalidConfiguration> =>
  Either.mapBoth(variables(text), {
    onRight: (values) => ConfigProvider.fromMap(values, { pathDelim: "_" }),
    onLeft: (misprints) =>
      invalid(
        options.path,
        misprints.map(
          ({ expected, line }) =>
            new ConfigurationIssue({ path: `${options.path}:${String(line)}`, expected })
        )
      )
  })

/**
 * The variables of a file, as a `ConfigProvider`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const read = (
  path: string
): Effect.Effect<ConfigProvider.ConfigProvider, InvalidConfiguration, FileSystem.FileSystem> =>
  Effect.flatMap(readText(path), (text) => parse(text, { path }))

/**
 * Lets everything that is provided with it read its settings from a file where the `ConfigProvider` that is in force has
 * none. With `optional`, the file may be absent.
 *
 * @example
 * ```ts
 * import { NodeContext } from "@effect/platform-node"
 * import { TokenProvider } from "effect-oauth"
 * import { DotEnv, Environment } from "effect-oauth/config"
 * import * as Layer from "effect/Layer"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 *
 * const GraphLive = Environment.layer(Graph, "azure").pipe(
 *   Layer.provide(DotEnv.layer({ path: ".env", optional: true })),
 *   Layer.provide(NodeContext.layer)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: {
  readonly path: string
  readonly optional?: boolean | undefined
}): Layer.Layer<never, InvalidConfiguration, FileSystem.FileSystem> =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      if (options.optional === true && !(yield* exists(options.path))) return Layer.empty
      const below = yield* read(options.path)
      return yield* Effect.configProviderWith((above) =>
        Effect.succeed(Layer.setConfigProvider(ConfigProvider.orElse(withoutBlanks(above), () => below)))
      )
    })
  )

/** A variable that is set and empty is one that is not set: as in containers that are given every variable there is. */
const withoutBlanks = ({ flattened }: ConfigProvider.ConfigProvider): ConfigProvider.ConfigProvider =>
  ConfigProvider.fromFlat(
    ConfigProvider.makeFlat({
      patch: flattened.patch,
      enumerateChildren: (path) => flattened.enumerateChildren(path),
      load: (path, primitive, split) =>
        Effect.flatMap(flattened.load(path, anyText, false), (texts) =>
          texts.every((text) => text.trim() === "")
            ? Effect.fail(ConfigError.MissingData([...path], "it is empty"))
            : flattened.load(path, primitive, split)
        )
    })
  )

// it is one, though its type does not say so
const anyText = Config.string() as Config.Config.Primitive<string>
