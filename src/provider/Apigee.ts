/**
 * Apigee, and gateways that answer like it.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Grant } from "../token/Grant.js"
import type { InvalidConfiguration } from "../token/TokenError.js"
import * as TokenProvider from "../TokenProvider.js"
import type { Parameters } from "../wire/TokenEndpoint.js"
import type { CommonOptions } from "./internal/clientCredentials.js"
import * as ClientCredentials from "./internal/clientCredentials.js"
import { apigee } from "./internal/profiles.js"
import { Issues, scopeList } from "./internal/settings.js"

/**
 * An application that is registered at a gateway.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends CommonOptions {
  /** The token endpoint's URL, with its query if the gateway wants one, as in `?grant_type=client_credentials`. */
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  readonly scope?: string | ReadonlyArray<string> | undefined
  /** Whatever else the gateway wants to be told. */
  readonly parameters?: Parameters | undefined
}

/**
 * A provider for the APIs of one gateway; which those are, `origins` says.
 *
 * Fails with `InvalidConfiguration`, which names every setting that is wrong.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: TokenProvider.Make<Options, HttpClient.HttpClient> = (name, options) =>
  ClientCredentials.make(settingsOf(name, options))

/**
 * The grant alone, for a provider that is put together otherwise, such as one of many tenants. The name stands in errors.
 *
 * Fails with `InvalidConfiguration`, which names every setting that is wrong.
 *
 * @since 0.1.0
 * @category grants
 */
export const grant = (
  name: string,
  options: Options
): Effect.Effect<Grant, InvalidConfiguration, HttpClient.HttpClient> =>
  ClientCredentials.grant(settingsOf(name, options))

const settingsOf = (name: string, options: Options): ClientCredentials.Settings => ({
  ...options,
  issues: new Issues(name),
  server: { path: "tokenUrl", tokenUrl: options.tokenUrl },
  method: "client_secret_basic",
  profile: apigee,
  request: { scopes: scopeList(options.scope), parameters: options.parameters }
})

const layers = TokenProvider.layersOf(make)

/**
 * A layer from settings; the provider's name is the tag's id.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = layers.layer

/**
 * A layer from `Config`. Fails with `InvalidConfiguration`, which names every missing key.
 *
 * @example
 * ```ts
 * import { Apigee, TokenProvider } from "effect-oauth"
 * import * as Config from "effect/Config"
 *
 * class Gateway extends TokenProvider.Tag("app/Gateway")<Gateway>() {}
 *
 * const GatewayLive = Apigee.layerConfig(Gateway, {
 *   tokenUrl: Config.string("APIGEE_TOKEN_URL"),
 *   clientId: Config.string("APIGEE_CLIENT_ID"),
 *   clientSecret: Config.redacted("APIGEE_CLIENT_SECRET"),
 *   origins: Config.succeed(["https://gateway.example.com"])
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = layers.layerConfig

/**
 * A layer from `Config` with which the application boots even when settings are missing: `isConfigured` is false then,
 * and `get` fails with the `InvalidConfiguration` that {@link layerConfig} would have failed with.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfigOptional = layers.layerConfigOptional
