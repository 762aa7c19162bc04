/**
 * Decides which failures a flight retries, and when (L7, L9).
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Replay } from "../token/Grant.js"
import type { TokenError } from "../token/TokenError.js"
import type { RefreshPolicy } from "./RefreshPolicy.js"

/** The time until the server accepts requests again, in milliseconds; undefined if it did not say. */
export const retryAfter = (error: TokenError, now: number): number | undefined => {
  if (error._tag !== "TransientFailure") return undefined
  const asked = DateTime.toEpochMillis(error.retryAt) - now
  return asked > 0 ? asked : undefined
}

/**
 * Whether the server may have processed a request whose response is unknown, so that a single-use credential may be used up.
 * That is not so if the request was never sent, if the server rejected it unread (429 or 503), if the metadata was invalid,
 * and if the response is conclusive.
 */
export const answerWasLost = (error: TokenError): boolean => {
  switch (error._tag) {
    case "TransientFailure":
      return error.reason !== "NotSent" && error.status !== 429 && error.status !== 503
    case "InvalidTokenResponse":
      return error.reason !== "Metadata"
    default:
      return false
  }
}

const isWorthAnotherAttempt = (
  policy: RefreshPolicy,
  replay: Replay,
  error: TokenError,
  now: number
): boolean =>
  error._tag === "TransientFailure" &&
  (replay === "safe" || !answerWasLost(error)) &&
  (retryAfter(error, now) ?? 0) <= policy.retryAfterWait

/**
 * The schedule of one flight's attempts: exponential and jittered delays, or the server's `Retry-After` if that is short
 * enough to wait for.
 */
export const schedule = (policy: RefreshPolicy, replay: Replay): Schedule.Schedule<unknown, TokenError> =>
  Schedule.identity<TokenError>().pipe(
    Schedule.intersect(Schedule.jittered(Schedule.exponential(Duration.millis(policy.retryDelay)))),
    Schedule.intersect(Schedule.recurs(policy.attempts - 1)),
    Schedule.whileInputEffect((error: TokenError) =>
      Effect.map(Clock.currentTimeMillis, (now) => isWorthAnotherAttempt(policy, replay, error, now))
    ),
    Schedule.modifyDelayEffect(([[error]], delay) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const asked = retryAfter(error, now)
        return asked === undefined ? delay : Duration.millis(asked)
      })
    )
  )
