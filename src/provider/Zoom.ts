/**
 * Zoom's server-to-server applications, which have a grant of their own: account credentials.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Grant } from "../token/Grant.js"
import type { InvalidConfiguration } from "../token/TokenError.js"
import * as TokenProvider from "../TokenProvider.js"
import type { CommonOptions } from "./internal/clientCredentials.js"
import * as ClientCredentials from "./internal/clientCredentials.js"
import { Issues } from "./internal/settings.js"

/**
 * A server-to-server application of one account.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends CommonOptions {
  readonly accountId: string
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  /** Default: `https://zoom.us/oauth/token`. Another cloud of Zoom's needs its own `origins`, too. */
  readonly tokenUrl?: string | undefined
}

/**
 * A provider for Zoom's API; the token may be sent to `https://api.zoom.us`, unless `origins` says otherwise.
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

const settingsOf = (name: string, options: Options): ClientCredentials.Settings => {
  const issues = new Issues(name)
  const account_id = issues.text("accountId", options.accountId)
  return {
    ...options,
    issues,
    server: { path: "tokenUrl", tokenUrl: options.tokenUrl ?? "https://zoom.us/oauth/token" },
    method: "client_secret_basic",
    request: { grantType: "account_credentials", parameters: { account_id } },
    origins: options.origins ?? ["https://api.zoom.us"]
  }
}

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
 * import { TokenProvider, Zoom } from "effect-oauth"
 * import * as Config from "effect/Config"
 *
 * class Meetings extends TokenProvider.Tag("app/Meetings")<Meetings>() {}
 *
 * const MeetingsLive = Zoom.layerConfig(Meetings, {
 *   accountId: Config.string("ZOOM_ACCOUNT_ID"),
 *   clientId: Config.string("ZOOM_CLIENT_ID"),
 *   clientSecret: Config.redacted("ZOOM_CLIENT_SECRET")
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
