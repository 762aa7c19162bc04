/** One line for each event: of `watch`, and of the audit log that `events` reads. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { never } from "../token/AccessToken.js"
import type { InvalidConfiguration } from "../token/TokenError.js"
import type { Arrival, FlightSummary, Occasion, Setback, TokenEvent } from "../token/TokenEvent.js"
import type { Problem } from "./Problem.js"
import { fromTokenError } from "./Problem.js"
import { count, printable, span } from "./render/text.js"
import type { AuditRecord } from "../telemetry/AuditRecord.js"

/** An event as JSON. A field that the event does not have is left out. */
export interface EventRecord {
  /** The id of the record in the audit log. */
  readonly id?: string
  readonly at: string
  readonly provider: string
  readonly tenant?: string
  readonly event: TokenEvent["_tag"] | "Incomplete"
  readonly grant?: string
  readonly cause?: string
  readonly outcome?: string
  readonly attempts?: number
  readonly joined?: number
  readonly milliseconds?: number
  readonly issuedAt?: string
  /** `null` where the token does not expire. */
  readonly expiresAt?: string | null
  readonly lifetimeSeconds?: number | null
  readonly retryAt?: string | null
  readonly status?: number
  readonly reason?: string
  readonly error?: Problem
}

export const fromEvent = (event: TokenEvent): EventRecord => {
  switch (event._tag) {
    case "Acquired":
    case "Refreshed":
    case "Adopted":
      return { ...occasion(event), ...flight(event), ...arrival(event) }
    case "RefreshFailed":
    case "Rejected":
      return { ...occasion(event), ...flight(event), ...setback(event) }
    case "Discarded":
      return { ...occasion(event), ...flight(event) }
    case "Replayed":
      return { ...occasion(event), status: event.status }
    case "Evicted":
      return { ...occasion(event), reason: event.reason }
    case "StoreUnavailable":
      return { ...occasion(event), error: fromTokenError(event.error) }
    case "Invalidated":
    case "Cleared":
      return occasion(event)
  }
}

/** An audit record with its texts made printable: others can write to the database. */
export const fromAuditRecord = (record: AuditRecord): EventRecord => ({
  id: printable(record.id),
  at: DateTime.formatIso(record.at),
  provider: printable(record.provider),
  ...(record.tenant === undefined ? {} : { tenant: printable(record.tenant) }),
  event: record.type,
  ...(record.grant === undefined ? {} : { grant: printable(record.grant) }),
  ...(record.cause === undefined ? {} : { cause: record.cause }),
  ...(record.outcome === undefined ? {} : { outcome: printable(record.outcome) }),
  ...(record.reason === undefined ? {} : { reason: printable(record.reason) }),
  ...(record.attempts === undefined ? {} : { attempts: record.attempts }),
  ...(record.durationMillis === undefined ? {} : { milliseconds: Math.round(record.durationMillis) })
})

/** The event of a provider whose settings are incomplete, which emits no events of its own. */
export const incomplete = (provider: string, at: DateTime.Utc, error: InvalidConfiguration): EventRecord => ({
  at: DateTime.formatIso(at),
  provider: printable(provider),
  event: "Incomplete",
  error: fromTokenError(error)
})

/** An event as a line of text. */
export const lineOf = (record: EventRecord): string => {
  const owner = record.tenant === undefined ? record.provider : `${record.provider}/${record.tenant}`
  const facts = [
    ...(record.cause === undefined ? [] : [`cause ${record.cause}`]),
    ...(record.milliseconds === undefined ? [] : [`took ${span(record.milliseconds)}`]),
    ...(record.attempts === undefined || record.attempts < 2 ? [] : [count(record.attempts, "attempt")]),
    ...(record.joined === undefined || record.joined === 0 ? [] : [`${record.joined} joined`]),
    ...(record.lifetimeSeconds === undefined ? [] : [lifetimeText(record.lifetimeSeconds)]),
    ...(record.status === undefined ? [] : [`status ${record.status}`]),
    ...outcomeText(record),
    ...(record.retryAt === undefined ? [] : [`next attempt ${record.retryAt ?? "never"}`]),
    ...(record.error === undefined
      ? []
      : [`${record.error.tag} (${record.error.reason}): ${record.error.message}`])
  ]
  return [record.at, owner, record.event, facts.join(", ")].filter((part) => part !== "").join("  ")
}

/** An error by its tag and reason. An outcome in lower case repeats the event's type. */
const outcomeText = ({ outcome = "", reason }: EventRecord): ReadonlyArray<string> => {
  if (reason !== undefined) return [outcome === "" ? reason : `${outcome} (${reason})`]
  return /^[A-Z]/.test(outcome) ? [outcome] : []
}

const lifetimeText = (seconds: number | null): string =>
  seconds === null ? "does not expire" : `lives ${span(seconds * 1000)}`

const occasion = (event: Occasion & { readonly _tag: TokenEvent["_tag"] }) => ({
  at: DateTime.formatIso(event.at),
  provider: printable(event.provider),
  ...(event.tenant === undefined ? {} : { tenant: printable(event.tenant) }),
  event: event._tag
})

const flight = ({ attempts, cause, grant, joined, took }: FlightSummary) => ({
  grant: printable(grant),
  cause,
  attempts: attempts.length,
  joined,
  milliseconds: Math.round(Duration.toMillis(took))
})

const arrival = ({ expiresAt, issuedAt }: Arrival) => {
  const isEndless = DateTime.Equivalence(expiresAt, never)
  return {
    issuedAt: DateTime.formatIso(issuedAt),
    expiresAt: isEndless ? null : DateTime.formatIso(expiresAt),
    lifetimeSeconds: isEndless ? null : Math.round(DateTime.distance(issuedAt, expiresAt) / 1000)
  }
}

const setback = ({ error, retryAt }: Setback) => ({
  retryAt: DateTime.Equivalence(retryAt, never) ? null : DateTime.formatIso(retryAt),
  error: fromTokenError(error)
})
