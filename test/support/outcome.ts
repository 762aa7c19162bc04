import * as HttpClient from "@effect/platform/HttpClient"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { ClientAuthentication, Grant, ResponseProfile } from "effect-oauth"
import { TokenEndpoint, TokenError } from "effect-oauth"
import type { WireAnswer } from "./answeringClient.js"
import { answeringClient } from "./answeringClient.js"
import { endpoint } from "./exchange.js"

export type Outcome = Either.Either<Grant.Issued, TokenError.TokenError>

/** What a token request comes to whose server answers like this. */
export const outcomeOf = (
  answer: WireAnswer,
  reading: {
    readonly profile?: ResponseProfile.ResponseProfile
    readonly clientAuthentication?: ClientAuthentication.ClientAuthentication
    readonly remedy?: string | undefined
  } = {}
): Effect.Effect<Outcome> => {
  const { remedy, ...changes } = reading
  const url = new URL("https://login.example.com/token")
  const parameters = { grant_type: "refresh_token", refresh_token: Redacted.make("canary-refresh-token") }
  return TokenEndpoint.exchange(endpoint(url, changes), parameters, remedy).pipe(
    Effect.either,
    Effect.provideService(HttpClient.HttpClient, answeringClient(answer))
  )
}

/** What was issued, with plain values and seconds, and without what is not there. */
export const plainToken = (issued: Grant.Issued): Readonly<Record<string, unknown>> =>
  withoutUndefined({
    _tag: "Token",
    value: Redacted.value(issued.value),
    expiresIn: issued.expiresIn && Duration.toSeconds(issued.expiresIn),
    refreshIn: issued.refreshIn && Duration.toSeconds(issued.refreshIn),
    scopes: issued.scopes,
    refreshToken: issued.refreshToken && Redacted.value(issued.refreshToken),
    parameters: issued.parameters
  })

/** An error's fields but the provider's name, and the instant as the seconds from now. */
export const plainError = (error: TokenError.TokenError, now: number): Readonly<Record<string, unknown>> => {
  const { provider: _, ...fields } = Schema.encodeSync(TokenError.TokenError)(error)
  return withoutUndefined(
    fields._tag === "TransientFailure"
      ? {
          ...fields,
          retryAt: undefined,
          retryAfter: (DateTime.toEpochMillis(fields.retryAt) - now) / 1000
        }
      : fields
  )
}

const withoutUndefined = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([_, value]) => value !== undefined))
