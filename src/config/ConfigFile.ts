/**
 * Providers from a file, in YAML or JSON.
 *
 * ```yaml
 * providers:
 *   graph:
 *     type: azure
 *     tenant_id: ${AZURE_TENANT_ID}
 *     client_id: ${AZURE_CLIENT_ID}
 *     client_secret: ${AZURE_CLIENT_SECRET}
 *     scopes: https://graph.microsoft.com/.default
 *     policy:
 *       margin: 5m
 *   orders:
 *     type: generic
 *     issuer: ${ISSUER:-https://login.example.com}
 *     client_id: ${ORDERS_CLIENT_ID}
 *     client_secret: ${ORDERS_CLIENT_SECRET}
 *     scopes: [orders.read, orders.write]
 *     origins: [https://orders.example.com]
 * ```
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as JSONSchema from "effect/JSONSchema"
import * as Layer from "effect/Layer"
import type * as RefreshPolicy from "../cache/RefreshPolicy.js"
import { ConfigurationIssue, InvalidConfiguration } from "../token/TokenError.js"
import type { TokenProvider } from "../TokenProvider.js"
import type { Configuration } from "./ConfiguredProvider.js"
import type { Definitions } from "./internal/readFile.js"
import { File } from "./internal/fileSchema.js"
import { readProviders } from "./internal/readFile.js"
import { readText } from "./internal/readText.js"
import type { ProviderDefinition } from "./internal/providerDefinition.js"
import { configured } from "./internal/providerDefinition.js"

/**
 * Reads the text of a file. Variables that it names are read through `ConfigProvider`.
 *
 * Fails with one `InvalidConfiguration`, which names everything that is wrong with the file: each setting by its path, as
 * in `providers.graph.tenant_id`, with what was expected there and `FILE:LINE:COLUMN`. Where nothing is wrong with the
 * file and a variable is not set, the `make` of the providers that name it fails.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (
  text: string,
  options: { readonly path: string }
): Effect.Effect<Configuration, InvalidConfiguration> =>
  Effect.map(readProviders(text, options.path), toConfiguration)

/**
 * Reads a file, as {@link parse} does.
 *
 * @since 0.1.0
 * @category constructors
 */
export const read = (
  path: string
): Effect.Effect<Configuration, InvalidConfiguration, FileSystem.FileSystem> =>
  Effect.flatMap(readText(path), (text) => parse(text, { path }))

const toConfiguration = ({ definitions, warnings }: Definitions): Configuration => ({
  providers: definitions.map(configured),
  warnings
})

/**
 * Which provider of which file, and what a program adds to it or says in its place.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly path: string
  /** The provider's name in the file. It can be left out where the file has one provider. */
  readonly provider?: string | undefined
  /** The numbers of the token cache: margins, attempts, deadlines, windows. */
  readonly policy?: RefreshPolicy.Options | undefined
  /** The origins that the token may be sent to. */
  readonly origins?: ReadonlyArray<string> | undefined
}

/**
 * A layer from one provider of a file; the provider's name is the tag's id. What is unwise about the file is logged as a
 * warning.
 *
 * @example
 * ```ts
 * import { NodeContext } from "@effect/platform-node"
 * import { TokenProvider } from "effect-oauth"
 * import { ConfigFile } from "effect-oauth/config"
 * import * as Layer from "effect/Layer"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 *
 * const GraphLive = ConfigFile.layer(Graph, { path: "effect-oauth.yaml", provider: "graph" }).pipe(
 *   Layer.provide(NodeContext.layer)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <Self>(
  tag: Context.Tag<Self, TokenProvider>,
  options: Options
): Layer.Layer<Self, InvalidConfiguration, FileSystem.FileSystem | HttpClient.HttpClient> =>
  Layer.scoped(
    tag,
    Effect.gen(function* () {
      const text = yield* readText(options.path)
      const { definitions, warnings } = yield* readProviders(text, options.path, options)
      for (const warning of warnings) yield* Effect.logWarning(warning)
      const found = yield* pick(tag.key, options, definitions)
      return yield* found.make(tag.key)
    })
  )

const pick = (
  name: string,
  { path, provider }: Options,
  definitions: ReadonlyArray<ProviderDefinition>
): Effect.Effect<ProviderDefinition, InvalidConfiguration> => {
  const [only, ...others] = definitions.filter(
    (definition) => provider === undefined || definition.name === provider
  )
  return only !== undefined && others.length === 0
    ? Effect.succeed(only)
    : new InvalidConfiguration({
        provider: name,
        reason: "UnknownProvider",
        issues: [
          new ConfigurationIssue({
            path: "provider",
            expected: `one of those in ${path}: ${definitions.map((definition) => definition.name).join(", ")}`
          })
        ]
      })
}

/**
 * The JSON Schema of the file, for editors. The package has it as `schema/effect-oauth.schema.json`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const jsonSchema = (): JSONSchema.JsonSchema7Root => JSONSchema.make(File)
