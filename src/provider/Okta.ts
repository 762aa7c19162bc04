/**
 * Okta: APIs of one's own behind one of its authorization servers.
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
import { baseUrl, Issues, scopeList } from "./internal/settings.js"

/**
 * A service application of one Okta organization.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends CommonOptions {
  /** The organization's domain, as in `example.okta.com`, or a custom one. */
  readonly domain: string
  /**
   * The id of the authorization server, or `"org"` for the organization's own, which stands for Okta's API and takes a
   * client secret only where Okta lets it: for the `okta.*` scopes it wants `private_key_jwt`. Default: `"default"`.
   */
  readonly authorizationServer?: string | undefined
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  readonly scopes: string | ReadonlyArray<string>
}

/**
 * A provider for one authorization server. The origin that its token may be sent to is the organization's where the
 * server is `"org"`; behind any other server stands an API of one's own, which needs `origins`.
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
  const domain = issues.host("domain", options.domain).toLowerCase()
  const base = baseUrl(domain, options.allowLoopbackHttp)
  const server = issues.segment(
    "authorizationServer",
    options.authorizationServer ?? "default",
    "the server's id, or org"
  )
  const scopes = scopeList(options.scopes)
  if (scopes.length === 0) issues.add("scopes", "at least one scope")
  const isOrg = server === "org"
  return {
    ...options,
    issues,
    server: {
      path: "domain",
      tokenUrl: isOrg ? `${base}/oauth2/v1/token` : `${base}/oauth2/${server}/v1/token`
    },
    method: "client_secret_basic",
    request: { scopes },
    origins: options.origins ?? (isOrg ? [base] : [])
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
 * import { Okta, TokenProvider } from "effect-oauth"
 * import * as Config from "effect/Config"
 *
 * class Orders extends TokenProvider.Tag("app/Orders")<Orders>() {}
 *
 * const OrdersLive = Okta.layerConfig(Orders, {
 *   domain: Config.string("OKTA_DOMAIN"),
 *   clientId: Config.string("OKTA_CLIENT_ID"),
 *   clientSecret: Config.redacted("OKTA_CLIENT_SECRET"),
 *   scopes: Config.succeed("orders.read"),
 *   origins: Config.succeed(["https://orders.example.com"])
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
