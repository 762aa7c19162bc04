/**
 * When Auth0 takes requests again.
 */
import * as Headers from "@effect/platform/Headers"
import * as DateTime from "effect/DateTime"
import { parseRetryAfter } from "../../wire/retryAfter.js"

/**
 * The later of what `Retry-After` and `x-ratelimit-reset` say, in milliseconds since the epoch. The latter is an instant
 * on the server's clock, in seconds; as a date it is laid against the server's own `Date`, as a `Retry-After` is.
 * Where neither says anything, or an instant that has passed, it is in a second.
 */
export const takesRequestsAt = (headers: Headers.Headers, now: number): number => {
  const reset = Number(headers["x-ratelimit-reset"]) * 1000
  const resetDate =
    Number.isFinite(reset) && Math.abs(reset) <= lastInstant
      ? DateTime.toDateUtc(DateTime.unsafeMake(reset)).toUTCString()
      : ""
  const at = Math.max(
    parseRetryAfter(headers, now),
    parseRetryAfter(Headers.set(headers, "retry-after", resetDate), now)
  )
  return at > now ? at : now + 1000
}

const lastInstant = 8.64e15
