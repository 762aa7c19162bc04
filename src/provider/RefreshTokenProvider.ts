/**
 * A user's or an account's consent, held as a refresh token: any authorization server, by its token URL or by its issuer.
 *
 * A refresh token outlives the process that holds it, and at many servers each use replaces it. So this provider stands on
 * a `LeasedTokenStore`, through which processes take turns and in which what they were given is found again.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as CacheStore from "../cache/CacheStore.js"
import * as RefreshToken from "../grant/RefreshToken.js"
import type { LeasedTokenStore } from "../store/TokenStore.js"
import type { Grant } from "../token/Grant.js"
import type { InvalidConfiguration } from "../token/TokenError.js"
import * as TokenProvider from "../TokenProvider.js"
import type * as Client from "./internal/client.js"
import { settingsOf } from "./internal/client.js"
import { locate } from "./internal/endpoint.js"
import { Issues, originsOf } from "./internal/settings.js"

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
 * A consent that was given to a client of one authorization server, which is given by its token URL or by its issuer.
 *
 * What is stored belongs to the provider's name, to the server as it is given here, and to the client. With another name,
 * token URL, issuer or `clientId` nothing is found, and it begins with `refreshToken` again, which has to be a new one by then.
 * Whatever else changes, the client's secret and the scope included, the consent stays.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = ClientOptions & (Client.ByTokenUrl | Client.ByIssuer)

/**
 * Who asks, and with what.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientOptions extends Client.ClientOptions {
  /**
   * The refresh token of a login, to begin with. Another one begins anew; one that the store has seen counts no more, so that
   * it may stay where it is configured. Left out where something else puts it into the store.
   */
  readonly refreshToken?: Redacted.Redacted | undefined
  /**
   * How long the server takes a refresh token again after its first use: see {@link gracePeriods}; `Duration.infinity` where
   * it does not rotate them. Default: not at all, and the second use ends the grant.
   */
  readonly gracePeriod?: Duration.DurationInput | undefined
  /**
   * How a person gets the grant again, for `ReauthorizationRequired`. Default: `"log in again and hand over the new refresh
   * token"`.
   */
  readonly remedy?: string | undefined
  /** How the provider goes about with its store. */
  readonly store?: CacheStore.Options | undefined
}

/**
 * How long real servers take a refresh token again that they have replaced, as data for `gracePeriod`.
 *
 * @since 0.1.0
 * @category profiles
 */
export const gracePeriods = {
  xero: Duration.minutes(30)
} as const

/**
 * The options as `Config`: one for each, or one for all of them.
 *
 * @since 0.1.0
 * @category models
 */
export type ConfigOptions = Client.ConfigOptions<ClientOptions>

/**
 * A provider for one consent. One process or fifty, with the same name, settings and store, ask the server once each time
 * that a token is due.
 *
 * Fails with `InvalidConfiguration`, which names every setting that is wrong.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: TokenProvider.Make<Options, HttpClient.HttpClient | LeasedTokenStore> = (name, options) =>
  Effect.gen(function* () {
    const issues = new Issues(name)
    const store = yield* Effect.either(CacheStore.settings(options.store))
    if (Either.isLeft(store)) {
      for (const { expected, path } of store.left.issues) issues.add(`store.${path}`, expected)
    }
    const grant = yield* grantOf(issues, options)
    const { origins, policy, resource = [] } = options
    return yield* TokenProvider.make({
      name,
      grant,
      policy,
      origins: origins ?? originsOf(typeof resource === "string" ? [resource] : resource)
    }).pipe(Effect.provideService(CacheStore.CacheStore, Either.getRight(store)))
  })

/**
 * The grant alone, for a provider that is put together otherwise, such as one of many tenants. The name stands in errors.
 * A provider without a token store forgets with its process what the server gave it in place of `refreshToken`.
 *
 * Fails with `InvalidConfiguration`, which names every setting that is wrong.
 *
 * @since 0.1.0
 * @category grants
 */
export const grant = (
  name: string,
  options: Options
): Effect.Effect<Grant, InvalidConfiguration, HttpClient.HttpClient> => grantOf(new Issues(name), options)

const grantOf = (
  issues: Issues,
  options: Options
): Effect.Effect<Grant, InvalidConfiguration, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { gracePeriod, refreshToken, remedy } = options
    const settings = settingsOf(issues, options)
    if (refreshToken !== undefined) issues.secret("refreshToken", refreshToken)
    if (gracePeriod !== undefined && !isDuration(gracePeriod)) issues.add("gracePeriod", "a duration")
    if (remedy !== undefined) issues.text("remedy", remedy)
    const { client, endpoint } = yield* locate(settings, ["refresh_token"])
    return yield* RefreshToken.make(endpoint, {
      ...settings.request,
      provider: issues.provider,
      client,
      refreshToken,
      gracePeriod,
      remedy
    })
  })

/** Not under zero, of which `Duration` would make zero. */
const isDuration = (input: Duration.DurationInput): boolean =>
  typeof input === "number" || typeof input === "bigint"
    ? input >= 0
    : !(typeof input === "string" && input.startsWith("-")) && Option.isSome(Duration.decodeUnknown(input))

const layers = TokenProvider.layersOf(make)

/**
 * A layer from settings; the provider's name is the tag's id.
 *
 * @example
 * ```ts
 * import { RefreshTokenProvider, TokenProvider } from "effect-oauth"
 * import type { TokenStore } from "effect-oauth"
 * import * as Layer from "effect/Layer"
 * import type * as Redacted from "effect/Redacted"
 *
 * class Books extends TokenProvider.Tag("app/Books")<Books>() {}
 * declare const StoreLive: Layer.Layer<TokenStore.LeasedTokenStore>
 * declare const clientSecret: Redacted.Redacted
 * declare const refreshToken: Redacted.Redacted
 *
 * const BooksLive = RefreshTokenProvider.layer(Books, {
 *   tokenUrl: "https://identity.xero.com/connect/token",
 *   clientId: "the-client-id",
 *   clientSecret,
 *   refreshToken,
 *   gracePeriod: RefreshTokenProvider.gracePeriods.xero,
 *   origins: ["https://api.xero.com"]
 * }).pipe(Layer.provide(StoreLive))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: <Self>(
  tag: Context.Tag<Self, TokenProvider.TokenProvider>,
  options: Options
) => Layer.Layer<Self, InvalidConfiguration, HttpClient.HttpClient | LeasedTokenStore> = layers.layer

/**
 * A layer from `Config`. Fails with `InvalidConfiguration`, which names every missing key.
 *
 * @example
 * ```ts
 * import { RefreshTokenProvider, TokenProvider } from "effect-oauth"
 * import * as Config from "effect/Config"
 *
 * class Books extends TokenProvider.Tag("app/Books")<Books>() {}
 *
 * const BooksLive = RefreshTokenProvider.layerConfig(Books, {
 *   issuer: Config.string("OAUTH2_ISSUER"),
 *   clientId: Config.string("OAUTH2_CLIENT_ID"),
 *   clientSecret: Config.redacted("OAUTH2_CLIENT_SECRET"),
 *   refreshToken: Config.redacted("OAUTH2_REFRESH_TOKEN"),
 *   origins: Config.succeed(["https://api.example.com"])
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig: <Self>(
  tag: Context.Tag<Self, TokenProvider.TokenProvider>,
  config: ConfigOptions
) => Layer.Layer<Self, InvalidConfiguration, HttpClient.HttpClient | LeasedTokenStore> = layers.layerConfig

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
) => Layer.Layer<Self, never, HttpClient.HttpClient | LeasedTokenStore> = layers.layerConfigOptional
