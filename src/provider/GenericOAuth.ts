/**
 * Any authorization server, by its token URL or by its issuer.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Config from "effect/Config"
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { Grant } from "../token/Grant.js"
import type { InvalidConfiguration } from "../token/TokenError.js"
import * as TokenProvider from "../TokenProvider.js"
import type { ClientAuthentication } from "../wire/ClientAuthentication.js"
import type { ResponseProfile } from "../wire/ResponseProfile.js"
import type { Parameters, RequestFormat } from "../wire/TokenEndpoint.js"
import type { CommonOptions, Settings } from "./internal/clientCredentials.js"
import * as ClientCredentials from "./internal/clientCredentials.js"
import { Issues, scopeList } from "./internal/settings.js"

/**
 * A client of one authorization server, which is given by its token URL or by its issuer.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = ClientOptions & (ByTokenUrl | ByIssuer)

/**
 * The token endpoint is known.
 *
 * @since 0.1.0
 * @category models
 */
export interface ByTokenUrl {
  readonly tokenUrl: string
  readonly issuer?: undefined
}

/**
 * The issuer's metadata (RFC 8414, OpenID Connect Discovery) tells the token endpoint. It is asked for with the first
 * token, not when the provider is made, and its `issuer` must equal this one to the letter, a slash at the end included.
 *
 * @since 0.1.0
 * @category models
 */
export interface ByIssuer {
  readonly issuer: string
  readonly tokenUrl?: undefined
}

/**
 * Who asks, and what for.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientOptions extends CommonOptions {
  readonly clientId: string
  /** Left out for a public client. */
  readonly clientSecret?: Redacted.Redacted | undefined
  /**
   * Default with a secret: `"client_secret_basic"`, or `"client_secret_post"` where the issuer's metadata names that one
   * only. Default without: `"none"`.
   */
  readonly clientAuthentication?: ClientAuthentication["method"] | undefined
  /** How id and secret stand in the Basic header: form-encoded (RFC 6749 §2.3.1), or raw. Default: `"form"`. */
  readonly basicEncoding?: "form" | "raw" | undefined
  /** Default: `"form"`. */
  readonly requestFormat?: RequestFormat | undefined
  /** A text with spaces between the scopes, or a list. */
  readonly scope?: string | ReadonlyArray<string> | undefined
  readonly audience?: string | undefined
  /** What the token is for (RFC 8707); https URLs among these are the default of `origins`. */
  readonly resource?: string | ReadonlyArray<string> | undefined
  /** Whatever else the server wants to be told; secret values are redacted. */
  readonly parameters?: Parameters | undefined
  /** Where the server's answers differ from the standard; see `ResponseProfiles`. */
  readonly profile?: Partial<ResponseProfile> | undefined
}

/**
 * The options as `Config`: one for each, or one for all of them.
 *
 * @since 0.1.0
 * @category models
 */
export type ConfigOptions =
  | (ClientConfigOptions &
      (
        | { readonly tokenUrl: Config.Config<string>; readonly issuer?: never }
        | { readonly issuer: Config.Config<string>; readonly tokenUrl?: never }
      ))
  | Config.Config<Options>

// `Config.Wrap<Options>` would do; of it TypeScript blames the token URL for a mistake in any other option
type ClientConfigOptions = { readonly [K in keyof ClientOptions]: Config.Config.Wrap<ClientOptions[K]> }

/**
 * A provider for one client.
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
  const server = serverOf(options, issues)
  if (options.audience !== undefined) issues.text("audience", options.audience)
  const resource = typeof options.resource === "string" ? [options.resource] : options.resource
  for (const one of resource ?? []) issues.text("resource", one)
  if (options.clientAuthentication === "none" && options.clientSecret !== undefined) {
    issues.add("clientSecret", "no secret, as clientAuthentication is none")
  }
  return {
    ...options,
    issues,
    server,
    method: options.clientAuthentication,
    request: {
      scopes: scopeList(options.scope),
      audience: options.audience,
      resource,
      parameters: options.parameters
    }
  }
}

/** The types allow exactly one of the two; what comes from outside them, such as a file, may bring none or both. */
const serverOf = (
  { issuer, tokenUrl }: { readonly issuer?: string | undefined; readonly tokenUrl?: string | undefined },
  issues: Issues
): Settings["server"] => {
  if ((issuer === undefined) === (tokenUrl === undefined)) {
    const expected =
      issuer === undefined ? "tokenUrl or issuer; both are missing" : "tokenUrl or issuer, not both"
    issues.add("tokenUrl", expected)
    issues.add("issuer", expected)
  }
  return issuer === undefined ? { path: "tokenUrl", tokenUrl: tokenUrl ?? "" } : { issuer }
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
