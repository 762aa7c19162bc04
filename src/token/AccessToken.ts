/**
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Redacted from "effect/Redacted"

/**
 * What a request carries: the value (redacted), how it is presented, what it is good for and how long it lives.
 *
 * `issuedAt` and `expiresAt` are instants of the local clock, counted from before the token was asked for, so that
 * the true expiry is never earlier than `expiresAt`. A token that does not expire has `expiresAt` {@link never}.
 *
 * `parameters` holds the further members of the server's answer that the provider's profile chose to keep
 * (RFC 6749 §5.1), such as Salesforce's `instance_url`. None of them is secret.
 *
 * @since 0.1.0
 * @category models
 */
export class AccessToken extends Data.Class<{
  readonly value: Redacted.Redacted
  readonly presentation: Presentation
  readonly scopes: ReadonlyArray<string>
  readonly issuedAt: DateTime.Utc
  readonly expiresAt: DateTime.Utc
  readonly parameters: Readonly<Record<string, string>>
}> {}

/**
 * How a credential stands in a request: the header's name in lower case and, before the value, the scheme if there is one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Presentation {
  readonly header: string
  readonly scheme: string | undefined
}

/**
 * `Authorization: Bearer …` (RFC 6750 §2.1).
 *
 * @since 0.1.0
 * @category presentations
 */
export const bearer: Presentation = { header: "authorization", scheme: "Bearer" }

/**
 * The last instant that a date can tell: the expiry of a credential that does not expire.
 *
 * @since 0.1.0
 * @category instants
 */
export const never: DateTime.Utc = DateTime.unsafeMake(8.64e15)

/**
 * The header that carries the token, as its lower-case name and its redacted value.
 *
 * @example
 * ```ts
 * import { AccessToken } from "effect-oauth"
 * import * as Redacted from "effect/Redacted"
 *
 * const send = (token: AccessToken.AccessToken) => {
 *   const [name, value] = AccessToken.header(token)
 *   return fetch("https://api.example.com", { headers: { [name]: Redacted.value(value) } })
 * }
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const header = (self: AccessToken): readonly [name: string, value: Redacted.Redacted] => {
  const { header, scheme } = self.presentation
  return [
    header,
    scheme === undefined ? self.value : Redacted.make(`${scheme} ${Redacted.value(self.value)}`)
  ]
}

/**
 * The header that carries the token, as `Headers` for a request. It prints redacted, whatever its name is; a copy of its
 * entries does not.
 *
 * @since 0.1.0
 * @category accessors
 */
export const headers = (self: AccessToken): Headers.Headers => {
  const [name, value] = header(self)
  const headers = Headers.fromInput({ [name]: Redacted.value(value) })
  const printed = { value: () => ({ [name]: "<redacted>" }) }
  // in the prototype, since some make a header of every property that an object of headers has of its own
  const prototype: object = Object.create(Object.getPrototypeOf(headers) as object, {
    toJSON: printed,
    [Inspectable.NodeInspectSymbol]: printed,
    [Inspectable.symbolRedactable]: printed
  }) as object
  return Object.setPrototypeOf(headers, prototype) as Headers.Headers
}

/**
 * Whether the token has expired at an instant, given in milliseconds since the epoch. A token is expired from
 * `expiresAt` on.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isExpiredAt = (self: AccessToken, epochMillis: number): boolean =>
  epochMillis >= DateTime.toEpochMillis(self.expiresAt)

/**
 * Whether the token has expired by now, on Effect's `Clock`.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isExpired = (self: AccessToken): Effect.Effect<boolean> =>
  Effect.map(Clock.currentTimeMillis, (now) => isExpiredAt(self, now))

/**
 * How long the token still lives at an instant, given in milliseconds since the epoch; zero once it has expired.
 *
 * @since 0.1.0
 * @category accessors
 */
export const remainingAt = (self: AccessToken, epochMillis: number): Duration.Duration =>
  Duration.millis(Math.max(0, DateTime.toEpochMillis(self.expiresAt) - epochMillis))

/**
 * How long the token still lives by now, on Effect's `Clock`; zero once it has expired.
 *
 * @since 0.1.0
 * @category accessors
 */
export const remaining = (self: AccessToken): Effect.Effect<Duration.Duration> =>
  Effect.map(Clock.currentTimeMillis, (now) => remainingAt(self, now))

/**
 * Whether two tokens are one and the same credential: the same value.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isSameValue = (self: AccessToken, that: AccessToken): boolean =>
  self === that || Redacted.value(self.value) === Redacted.value(that.value)
