/**
 * Auth0: its Management API, or an API of one's own behind it.
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
import { baseUrl, Issues, originsOf, scopeList } from "./internal/settings.js"

/**
 * A machine-to-machine application of one tenant.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends CommonOptions {
  /** The tenant's domain, as in `example.eu.auth0.com`, or a custom one. */
  readonly domain: string
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  /**
   * The identifier of the API that the token is for. Default: the Management API's, `https://DOMAIN/api/v2/`. With a custom
   * domain the Management API keeps the identifier with the tenant's own domain, so that it has to be given.
   */
  readonly audience?: string | undefined
  /** Default: all scopes that the application was granted for the API. */
  readonly scopes?: string | ReadonlyArray<string> | undefined
  /** The organization, by id or name, on whose behalf the application asks. */
  readonly organization?: string | undefined
}

/**
 * A provider for one API. The origin that its token may be sent to is the tenant's where the API is the Management API;
 * an API of one's own needs `origins`, since its identifier does not tell where it runs.
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
  const managementApi = `https://${domain}/api/v2/`
  const audience = issues.text("audience", options.audience ?? managementApi)
  if (options.organization !== undefined) issues.text("organization", options.organization)
  return {
    ...options,
    issues,
    server: { path: "domain", tokenUrl: `${base}/oauth/token` },
    method: "client_secret_post",
    requestFormat: "json",
    request: {
      scopes: scopeList(options.scopes),
      audience,
      parameters: { organization: options.organization }
    },
    origins:
      options.origins ??
      (audience === managementApi ? [base] : originsOf(ofAuth0.test(audience) ? [audience] : []))
  }
}

/** The Management API of whichever tenant: the one identifier at Auth0 that is also a place. */
const ofAuth0 = /^https:\/\/[\w.-]+\.auth0\.com\/api\/v2\/$/

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
 * import { Auth0, TokenProvider } from "effect-oauth"
 * import * as Config from "effect/Config"
 *
 * class Management extends TokenProvider.Tag("app/Management")<Management>() {}
 *
 * const ManagementLive = Auth0.layerConfig(Management, {
 *   domain: Config.string("AUTH0_DOMAIN"),
 *   clientId: Config.string("AUTH0_CLIENT_ID"),
 *   clientSecret: Config.redacted("AUTH0_CLIENT_SECRET")
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
