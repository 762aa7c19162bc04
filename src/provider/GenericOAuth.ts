/**
 * Any authorization server, by its token URL or by its issuer.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type { Grant } from "../token/Grant.js"
import type { InvalidConfiguration } from "../token/TokenError.js"
import * as TokenProvider from "../TokenProvider.js"
import type * as Client from "./internal/client.js"
import { settingsOf } from "./internal/client.js"
import * as ClientCredentials from "./internal/clientCredentials.js"
import { Issues } from "./internal/settings.js"

export type {
  /**
   * The issuer's metadata (RFC 8414, OpenID Connect Discovery) tells the token endpoint. It is asked for with the first
   * token, not when the provider is made, and its `issuer` must equal this one to the letter, a slash at the end included.
   *
   * @since 0.1.0
   * @category models
   */
  ByIssuer,
  /**
   * The token endpoint is known.
   *
   * @since 0.1.0
   * @category models
   */
  ByTokenUrl
} from "./internal/client.js"

/**
 * A client of one authorization server, which is given by its token URL or by its issuer.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = ClientOptions & (Client.ByTokenUrl | Client.ByIssuer)

/**
 * Who asks, and what for.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientOptions extends Client.ClientOptions {
  readonly audience?: string | undefined
}

/**
 * The options as `Config`: one for each, or one for all of them.
 *
 * @since 0.1.0
 * @category models
 */
export type ConfigOptions = Client.ConfigOptions<ClientOptions>

/**
 * A provider for one client.
 *
 * Fails with `InvalidConfiguration`, which names every setting that is wrong.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: TokenProvider.Make<Options, HttpClient.HttpClient> = (name, options) =>
  ClientCredentials.make(settingsOf(new Issues(name), options))

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
  ClientCredentials.grant(settingsOf(new Issues(name), options))

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
 * import { GenericOAuth, TokenProvider } from "effect-oauth"
 * import * as Config from "effect/Config"
 *
 * class Api extends TokenProvider.Tag("app/Api")<Api>() {}
 *
 * const ApiLive = GenericOAuth.layerConfig(Api, {
 *   tokenUrl: Config.string("OAUTH2_TOKEN_URL"),
 *   clientId: Config.string("OAUTH2_CLIENT_ID"),
 *   clientSecret: Config.redacted("OAUTH2_CLIENT_SECRET"),
 *   scope: Config.withDefault(Config.string("OAUTH2_SCOPE"), undefined),
 *   origins: Config.succeed(["https://api.example.com"])
 * })
 * ```
 *
 * @example
 * ```ts
 * // the environment decides between token URL and issuer
 * import { GenericOAuth, TokenProvider } from "effect-oauth"
 * import * as Config from "effect/Config"
 *
 * class Api extends TokenProvider.Tag("app/Api")<Api>() {}
 *
 * const client = {
 *   clientId: Config.string("OAUTH2_CLIENT_ID"),
 *   clientSecret: Config.redacted("OAUTH2_CLIENT_SECRET")
 * }
 * const byTokenUrl = Config.all({ ...client, tokenUrl: Config.string("OAUTH2_TOKEN_URL") })
 * const byIssuer = Config.all({ ...client, issuer: Config.string("OAUTH2_ISSUER") })
 *
 * const ApiLive = GenericOAuth.layerConfig(Api, Config.orElse(byTokenUrl, () => byIssuer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig: <Self>(
  tag: Context.Tag<Self, TokenProvider.TokenProvider>,
  config: ConfigOptions
) => Layer.Layer<Self, InvalidConfiguration, HttpClient.HttpClient> = layers.layerConfig

/**
 * A layer from `Config` with which the application boots even when settings are missing: `isConfigured` is false then,
 * and `get` fails with the `InvalidConfiguration` that {@link layerConfig} would have failed with.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfigOptional: <Self>(
  tag: Context.Tag<Self, TokenProvider.TokenProvider>,
  config: ConfigOptions
) => Layer.Layer<Self, never, HttpClient.HttpClient> = layers.layerConfigOptional
