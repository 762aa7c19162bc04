/**
 * When the server wants to be asked again.
 *
 * @since 0.1.0
 */
import type * as Headers from "@effect/platform/Headers"

/**
 * The instant that `Retry-After` asks for (RFC 9110 §10.2.3), in milliseconds since the epoch: seconds from now, or a
 * date, which is laid against the server's own `Date` where it sent one, so that its clock need not agree with ours.
 * Now, where the server asks for nothing that can be read.
 */
export const retryAfterAt = (headers: Headers.Headers, now: number): number => {
  const value = headers["retry-after"]?.trim() ?? ""
  const seconds = firstSeconds.exec(value)?.[1]
  const wait = seconds === undefined ? waitUntil(value, headers["date"], now) : Number(seconds) * 1000
  return wait > 0 ? Math.min(now + wait, lastInstant) : now
}

/** Seconds, alone or before those of another header of the same name. */
const firstSeconds = /^(\d+(?:\.\d+)?)\s*(?:,|$)/

const waitUntil = (date: string, serverDate: string | undefined, now: number): number => {
  const serverNow = serverDate === undefined ? NaN : instantOf(serverDate)
  return instantOf(date) - (Number.isNaN(serverNow) ? now : serverNow)
}

/** A date as HTTP writes it (RFC 9110 §5.6.7), or as ISO does; `NaN` for what `Date.parse` would only guess at. */
const instantOf = (date: string): number =>
  httpDate.test(date) ? Date.parse(zone.test(date) ? date : `${date} GMT`) : NaN

const httpDate = /^(?:[A-Za-z]{3,9},? |\d{4}-\d\d-\d\dT)/

const zone = /(?:GMT|UTC|Z|[+-]\d\d:?\d\d)$/i

const lastInstant = 8.64e15
