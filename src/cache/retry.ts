/**
 * Which failures a flight tries again, and when (L7, L9).
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Replay } from "../token/Grant.js"
import type { TokenError } from "../token/TokenError.js"
import type { RefreshPolicy } from "./RefreshPolicy.js"

/** How long from now on the server asks to be left alone, in milliseconds; nothing if it does not ask. */
export const retryAfter = (error: TokenError, now: number): number | undefined => {
  if (error._tag !== "TransientFailure") return undefined
  const asked = DateTime.toEpochMillis(error.retryAt) - now
  return asked > 0 ? asked : undefined
}

/**
 * Whether a request may have been acted upon without its answer having been understood: what it presented counts as
 * presented. It is not so where the request never left, where the server turned it away unread (a real 429 or 503),
 * where it was the metadata that was wrong, and where the answer is conclusive.
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
 * The attempts of one flight: exponential and jittered delays, or the server's `Retry-After` where it is short enough
 * to be waited for.
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
