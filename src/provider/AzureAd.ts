/**
 * Microsoft Entra ID (Azure AD), v2 endpoint.
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
import { Issues, originsOf, scopeList } from "./internal/settings.js"

/**
 * An application's credential in one tenant.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends CommonOptions {
  /** The tenant's id or one of its domains. */
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  /** What the token is for: one resource and `/.default`, as in `https://graph.microsoft.com/.default`. */
  readonly scopes: string | ReadonlyArray<string>
  /** Which of Microsoft's clouds. Default: `"public"`. */
  readonly cloud?: keyof typeof authorities | undefined
  /** The authority's URL, where it is none of the clouds'. */
  readonly authority?: string | undefined
}

/**
 * Where each of Microsoft's clouds logs in.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const authorities = {
  public: "https://login.microsoftonline.com",
  usGovernment: "https://login.microsoftonline.us",
  china: "https://login.partner.microsoftonline.cn"
} as const

/**
 * A provider for one resource. The origins that its token may be sent to are those of the scopes that are URLs, unless
 * `origins` says otherwise. The server's `refresh_in` decides when the token is refreshed.
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
  const tenant = issues.segment("tenantId", options.tenantId, "a tenant's id or domain")
  if (sharedTenants.includes(tenant))
    issues.add("tenantId", "the tenant itself, as an application has no other")
  const scopes = scopeList(options.scopes)
  if (scopes.length === 0)
    issues.add("scopes", "a resource and /.default, as in https://graph.microsoft.com/.default")
  const authority = (options.authority ?? authorities[options.cloud ?? "public"]).replace(/\/+$/, "")
  return {
    ...options,
    issues,
    server: {
      path: options.authority === undefined ? "tenantId" : "authority",
      tokenUrl: `${authority}/${tenant}/oauth2/v2.0/token`
    },
    method: "client_secret_post",
    request: { scopes },
    origins: options.origins ?? originsOf(scopes)
  }
}

const sharedTenants = ["common", "organizations", "consumers"]

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
 * import { AzureAd, TokenProvider } from "effect-oauth"
 * import * as Config from "effect/Config"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 *
 * const GraphLive = AzureAd.layerConfig(Graph, {
 *   tenantId: Config.string("AZURE_TENANT_ID"),
 *   clientId: Config.string("AZURE_CLIENT_ID"),
 *   clientSecret: Config.redacted("AZURE_CLIENT_SECRET"),
 *   scopes: Config.succeed(["https://graph.microsoft.com/.default"])
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
