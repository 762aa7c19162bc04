/**
 * The refresh token grant (RFC 6749 §6): what somebody has consented to once is asked for again and again.
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
import { parametersOf } from "./asked.js"
import type { Client } from "./identity.js"
import { identityOf } from "./identity.js"

export type {
  /**
   * Who asks whom. The server is given by its token URL or by its issuer.
   *
   * @since 0.1.0
   * @category models
   */
  Client
} from "./identity.js"

/**
 * Which consent it is, and what of it is asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The provider's name, for errors. */
  readonly provider: string
  /** The refresh token to begin with, where nothing is held yet. A server that rotates replaces it with the first answer. */
  readonly refreshToken?: Redacted.Redacted | undefined
  /** Some of the scopes that were consented to. Default: all of them. */
  readonly scopes?: ReadonlyArray<string> | undefined
  /** What the token is for (RFC 8707). */
  readonly resource?: ReadonlyArray<string> | undefined
  /** Whatever else the server wants to be told; secret values are redacted. */
  readonly parameters?: Parameters | undefined
  /**
   * How long the server takes a refresh token again after its first use: for ever where it does not rotate them. Default:
   * not at all.
   */
  readonly gracePeriod?: Duration.DurationInput | undefined
  /** How the grant is got again once it is gone, as the end of a sentence. */
  readonly remedy?: string | undefined
  /** Who asks whom: the identity of the grant. What is asked for is no part of it, since the consent stays the same one. */
  readonly client?: Client | undefined
}

/**
 * A grant that presents the refresh token in force: the one that is held, or the one to begin with where nothing is held.
 * The endpoint is an effect, since it may have to be discovered first.
 *
 * Without a refresh token it fails with `ReauthorizationRequired` and asks nobody. So it does where the server answers
 * `invalid_grant`; if the refresh token had been presented before by a request whose answer was never saved, the error
 * says so (`AnswerLost`).
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
          const refreshToken = inForce(previous, seed)
          if (refreshToken === undefined) return yield* noRefreshToken(options.provider, remedy)
          const parameters = { ...parametersOf(grantType, options), refresh_token: refreshToken }
          const issued = yield* exchange(yield* Effect.mapError(endpoint, notSent), parameters, remedy)
          return {
            ...issued,
            scopes: scopesOf(issued, options, previous),
            // what is held stays in force by itself
            refreshToken: issued.refreshToken ?? (Option.isNone(previous) ? seed : undefined)
          }
        }).pipe(
          Effect.mapError((error) => explained(error, previous)),
          Effect.provideService(HttpClient.HttpClient, client)
        )
    }
  })

const grantType = "refresh_token"

const logInAgain = "log in again and hand over the new refresh token"

/** Where something is held and no refresh token with it, the grant has ended: the one to begin with is no way back. */
const inForce = (
  previous: Option.Option<Held>,
  seed: Redacted.Redacted | undefined
): Redacted.Redacted | undefined =>
  Option.match(previous, {
    onNone: () => seed,
    onSome: ({ refreshToken }) => Option.getOrUndefined(refreshToken)
  })

/**
 * Where the endpoint itself could not be found out, no refresh token was presented, and the error says so: to the cache the
 * same failure of the exchange would mean that it may have been.
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

/** An answer that names no scope grants what was asked for (RFC 6749 §5.1); where nothing was, what there was before (§6). */
const scopesOf = (
  issued: Issued,
  { scopes = [] }: Options,
  previous: Option.Option<Held>
): ReadonlyArray<string> => {
  if (issued.scopes !== undefined) return issued.scopes
  if (scopes.length > 0) return scopes
  const before = Option.flatMap(previous, ({ accessToken }) => accessToken)
  return Option.match(before, { onNone: () => [], onSome: ({ scopes }) => scopes })
}

const noRefreshToken = (provider: string, remedy: string): ReauthorizationRequired =>
  new ReauthorizationRequired({ provider, reason: "NoRefreshToken", remedy })

/** A grant that is gone after an answer was lost is gone because of that. */
const explained = (error: TokenError, previous: Option.Option<Held>): TokenError => {
  const presentedAt = Option.flatMap(previous, ({ presentedAt }) => presentedAt)
  if (error._tag !== "ReauthorizationRequired" || Option.isNone(presentedAt)) return error
  const { code, description, provider, remedy } = error
  const crash = lost(presentedAt.value)
  return new ReauthorizationRequired({
    provider,
    reason: "AnswerLost",
    remedy,
    code,
    description: description === undefined ? crash : `${crash}: ${description}`
  })
}

const lost = (at: DateTime.Utc): string =>
  `the refresh token had been presented at ${DateTime.formatIso(at)} by a request whose answer was never saved ` +
  "(the process died, or the connection broke), and the server does not take it again"
