import type * as Headers from "@effect/platform/Headers"

/**
 * The instant that `Retry-After` names (RFC 9110 §10.2.3), in milliseconds since the epoch; `now` if the header is
 * missing or malformed. A date is compared with the server's own `Date` header if there is one, so that the server's
 * clock need not agree with ours.
 */
export const parseRetryAfter = (headers: Headers.Headers, now: number): number => {
  const value = headers["retry-after"]?.trim() ?? ""
  const seconds = firstSeconds.exec(value)?.[1]
  const wait = seconds === undefined ? waitUntil(value, headers["date"], now) : Number(seconds) * 1000
  return wait > 0 ? Math.min(now + wait, lastInstant) : now
}

/** Matches seconds, also where several `Retry-After` headers were joined by commas: the first one counts. */
const firstSeconds = /^(\d+(?:\.\d+)?)\s*(?:,|$)/

const waitUntil = (date: string, serverDate: string | undefined, now: number): number => {
  const serverNow = serverDate === undefined ? NaN : instantOf(serverDate)
  return instantOf(date) - (Number.isNaN(serverNow) ? now : serverNow)
}

/** Parses an HTTP date (RFC 9110 §5.6.7) or an ISO date; `NaN` for other texts, which `Date.parse` would guess at. */
const instantOf = (date: string): number =>
  httpDate.test(date) ? Date.parse(zone.test(date) ? date : `${date} GMT`) : NaN

const httpDate = /^(?:[A-Za-z]{3,9},? |\d{4}-\d\d-\d\dT)/

const zone = /(?:GMT|UTC|Z|[+-]\d\d:?\d\d)$/i

const lastInstant = 8.64e15
