/**
 * The refresh token grant (RFC 6749 §6): requests tokens again and again after a user's one consent.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { Grant, Held, Issued } from "../token/Grant.js"
import type { TokenError } from "../token/TokenError.js"
import { InvalidTokenResponse, ReauthorizationRequired, TransientFailure } from "../token/TokenError.js"
import type { Parameters, TokenEndpoint } from "../wire/TokenEndpoint.js"
import { exchange } from "../wire/TokenEndpoint.js"
import type { Client } from "./identity.js"
import { identityOf, requestParameters } from "./identity.js"

export type {
  /**
   * The client and the server. The server is given by its token URL or by its issuer.
   *
   * @since 0.1.0
   * @category models
   */
  Client
} from "./identity.js"

/**
 * The user's consent, and what is requested within it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The provider's name, for errors. */
  readonly provider: string
  /** The initial refresh token, for the first request. A server that rotates refresh tokens replaces it. */
  readonly refreshToken?: Redacted.Redacted | undefined
  /** Some of the scopes that the user consented to. Default: all of them. */
  readonly scopes?: ReadonlyArray<string> | undefined
  /** What the token is for (RFC 8707). */
  readonly resource?: ReadonlyArray<string> | undefined
  /** Further parameters of the server; secret values are redacted. */
  readonly parameters?: Parameters | undefined
  /**
   * How long the server accepts a refresh token again after its first use; `Duration.infinity` if it does not rotate
   * refresh tokens. Default: not at all.
   */
  readonly gracePeriod?: Duration.DurationInput | undefined
  /** How to get the grant again once it is gone, as the end of a sentence. */
  readonly remedy?: string | undefined
  /** The client and the server: the grant's identity. Scopes are no part of it, since the consent stays the same. */
  readonly client?: Client | undefined
}

/**
 * A grant that presents the current refresh token: the one of the last response, or the initial one. The endpoint is an
 * effect, since it may have to be discovered first.
 *
 * Fails with `ReauthorizationRequired` if there is no refresh token, without a request, and if the server responds with
 * `invalid_grant`. If an earlier request had presented the refresh token and its response was never saved, the reason is
 * `AnswerLost`.
 *
 * @example
 * ```ts
 * import { ClientAuthentication, RefreshToken, ResponseProfile, TokenEndpoint } from "effect-oauth"
 * import * as Duration from "effect/Duration"
 * import * as Effect from "effect/Effect"
 * import type * as Redacted from "effect/Redacted"
 *
 * declare const clientSecret: Redacted.Redacted
 * declare const refreshToken: Redacted.Redacted
 *
 * const endpoint: TokenEndpoint.TokenEndpoint = {
 *   provider: "app/Mail",
 *   url: new URL("https://login.example.com/token"),
 *   clientAuthentication: ClientAuthentication.basic("the-client-id", clientSecret),
 *   requestFormat: "form",
 *   profile: ResponseProfile.standard,
 *   deadline: Duration.seconds(10)
 * }
 *
 * const grant = RefreshToken.make(Effect.succeed(endpoint), { provider: "app/Mail", refreshToken })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  endpoint: Effect.Effect<TokenEndpoint, TokenError, HttpClient.HttpClient>,
  options: Options
): Effect.Effect<Grant, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (client) => {
    const { gracePeriod, refreshToken: seed, remedy = logInAgain } = options
    return {
      name: grantType,
      replay: "once",
      identity: options.client === undefined ? undefined : identityOf(grantType, options.client),
      seed,
      gracePeriod: gracePeriod === undefined ? undefined : Duration.decode(gracePeriod),
      request: (previous) =>
        Effect.gen(function* () {
          const refreshToken = currentRefreshToken(previous, seed)
          if (refreshToken === undefined) return yield* noRefreshToken(options.provider, remedy)
          const parameters = { ...requestParameters(grantType, options), refresh_token: refreshToken }
          const issued = yield* exchange(yield* Effect.mapError(endpoint, notSent), parameters, remedy)
          return {
            ...issued,
            scopes: grantedScopes(issued, options, previous),
            // The cache keeps the previous refresh token by itself.
            refreshToken: issued.refreshToken ?? (Option.isNone(previous) ? seed : undefined)
          }
        }).pipe(
          Effect.mapError((error) => explainLostResponse(error, previous)),
          Effect.provideService(HttpClient.HttpClient, client)
        )
    }
  })

const grantType = "refresh_token"

const logInAgain = "log in again and hand over the new refresh token"

/** A previous state without a refresh token means that the grant has ended; the initial one must not be used again. */
const currentRefreshToken = (
  previous: Option.Option<Held>,
  seed: Redacted.Redacted | undefined
): Redacted.Redacted | undefined =>
  Option.match(previous, {
    onNone: () => seed,
    onSome: ({ refreshToken }) => Option.getOrUndefined(refreshToken)
  })

/**
 * Marks a failure of discovery as not sent. Without this the cache would assume that the refresh token may have been
 * presented.
 */
const notSent = (error: TokenError): TokenError => {
  if (error._tag === "TransientFailure" && error.reason !== "RateLimited") {
    const { provider, reason, retryAt } = error
    const description = `the token endpoint could not be discovered: ${error.description ?? reason}`
    return new TransientFailure({ provider, reason: "NotSent", retryAt, description })
  }
  if (error._tag === "InvalidTokenResponse") {
    const { provider, status, description } = error
    return new InvalidTokenResponse({ provider, reason: "Metadata", status, description })
  }
  return error
}

/** A response without a scope grants what was requested (RFC 6749 §5.1) or, if nothing was, the previous scopes (§6). */
const grantedScopes = (
  issued: Issued,
  { scopes = [] }: Options,
  previous: Option.Option<Held>
): ReadonlyArray<string> => {
  if (issued.scopes !== undefined) return issued.scopes
  if (scopes.length > 0) return scopes
  const previousToken = Option.flatMap(previous, ({ accessToken }) => accessToken)
  return Option.match(previousToken, { onNone: () => [], onSome: ({ scopes }) => scopes })
}

const noRefreshToken = (provider: string, remedy: string): ReauthorizationRequired =>
  new ReauthorizationRequired({ provider, reason: "NoRefreshToken", remedy })

/** If the response of an earlier request was lost, that is why the grant is gone. */
const explainLostResponse = (error: TokenError, previous: Option.Option<Held>): TokenError => {
  const presentedAt = Option.flatMap(previous, ({ presentedAt }) => presentedAt)
  if (error._tag !== "ReauthorizationRequired" || Option.isNone(presentedAt)) return error
  const { code, description, provider, remedy } = error
  const explanation = lostResponse(presentedAt.value)
  return new ReauthorizationRequired({
    provider,
    reason: "AnswerLost",
    remedy,
    code,
    description: description === undefined ? explanation : `${explanation}: ${description}`
  })
}

const lostResponse = (at: DateTime.Utc): string =>
  `the refresh token had been presented at ${DateTime.formatIso(at)} by a request whose response was never saved ` +
  "(the process died, or the connection broke), and the server does not accept it again"
