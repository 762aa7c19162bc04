/** What is shown of one provider. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { TokenStatus } from "../../cache/TokenStatus.js"
import { never } from "../../token/AccessToken.js"
import type { Arrival } from "../../token/TokenEvent.js"
import type { Style } from "../render/style.js"

/** A provider at an instant. Times are milliseconds, ages and delays counted from that instant. */
export interface Row {
  readonly name: string
  readonly state: State
  /** How much of its lifetime the token in hand has left; nothing where there is none. */
  readonly remaining: Option.Option<{ readonly part: number; readonly time: number }>
  readonly refreshed: Option.Option<Refreshed>
  readonly failure: Option.Option<Failure>
}

/** When a token last came to hand, and how long that took. */
export interface Refreshed {
  readonly age: number
  readonly took: Option.Option<number>
}

/**
 * The last failure, and the delay before there is another attempt; without end where somebody has to act first.
 */
export interface Failure {
  /** Nothing where it is no event of its own: settings are missing as long as nobody sets them. */
  readonly age: Option.Option<number>
  readonly message: string
  readonly retryIn: Option.Option<number>
}

/** The state in one word, and how it is set off. */
export interface State {
  readonly word: string
  readonly tone: keyof Style
}

/** Reads a row off a status. `arrival` is the last arrival that was heard of. */
export const rowOf = (
  name: string,
  status: TokenStatus,
  arrival: Option.Option<Arrival>,
  now: number
): Row => ({
  name,
  state: stateOf(status),
  remaining: Option.map(
    Option.all({ issuedAt: status.issuedAt, expiresAt: status.expiresAt }),
    ({ expiresAt, issuedAt }) => {
      const time = Math.max(0, DateTime.toEpochMillis(expiresAt) - now)
      return DateTime.Equivalence(expiresAt, never)
        ? { part: 1, time: Number.POSITIVE_INFINITY }
        : { part: time / Math.max(1, DateTime.distance(issuedAt, expiresAt)), time }
    }
  ),
  refreshed: Option.orElse(
    Option.map(arrival, ({ at, took }) => ({
      age: now - DateTime.toEpochMillis(at),
      took: Option.some(Duration.toMillis(took))
    })),
    () =>
      Option.map(status.issuedAt, (at) => ({
        age: now - DateTime.toEpochMillis(at),
        took: Option.none<number>()
      }))
  ),
  failure: Option.map(status.lastFailure, ({ at, error }) => ({
    age: status.isConfigured ? Option.some(now - DateTime.toEpochMillis(at)) : Option.none(),
    message: error.message,
    retryIn: Option.map(status.windowUntil, (until) =>
      DateTime.Equivalence(until, never) ? Number.POSITIVE_INFINITY : DateTime.toEpochMillis(until) - now
    )
  }))
})

const stateOf = (status: TokenStatus): State => {
  if (!status.isConfigured) return { word: "incomplete", tone: "bad" }
  switch (status.state) {
    case "Fresh":
      return { word: "fresh", tone: "good" }
    case "Due":
      return { word: status.isRefreshing ? "refreshing" : "due", tone: "notable" }
    case "Empty":
      return status.isRefreshing
        ? { word: "acquiring", tone: "notable" }
        : { word: emptyWord(status), tone: "bad" }
  }
}

const emptyWord = ({ lastFailure, windowUntil }: TokenStatus): string => {
  if (Option.isNone(windowUntil) || Option.isNone(lastFailure)) return "empty"
  switch (lastFailure.value.error._tag) {
    case "CredentialRejected":
    case "InvalidConfiguration":
    case "LoginFailed":
      return "rejected"
    case "ReauthorizationRequired":
      return "login needed"
    case "TransientFailure":
    case "InvalidTokenResponse":
    case "StoreFailure":
      return "failing"
  }
}
