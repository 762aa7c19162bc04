/**
 * The record that an audit log keeps of an event.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import type { TokenEvent } from "../token/TokenEvent.js"
import { outcomeOf, reasonOf } from "./internal/outcome.js"

/**
 * One line of an audit log: flat, with one shape for all events, and without secrets or the server's error texts.
 *
 * `id` is unique for each event, and stays the same when a batch is recorded again, so a recorder that ignores known ids
 * records each event once. It consists of an id of the process's run and, after the last `-`, a sequence number: a missing
 * number means a lost record.
 *
 * @since 0.1.0
 * @category models
 */
export class AuditRecord extends Schema.Class<AuditRecord>("effect-oauth/AuditRecord")({
  id: Schema.NonEmptyString,
  type: Schema.Literal(
    "Acquired",
    "Refreshed",
    "Adopted",
    "RefreshFailed",
    "Rejected",
    "Discarded",
    "Invalidated",
    "Cleared",
    "Replayed",
    "Evicted",
    "StoreUnavailable"
  ),
  at: Schema.DateTimeUtc,
  provider: Schema.String,
  tenant: Schema.optional(Schema.String),
  /** The grant of the token request, and why it was made. */
  grant: Schema.optional(Schema.String),
  cause: Schema.optional(Schema.Literal("Cold", "Expired", "Due", "Invalidated", "Cleared", "Requested")),
  /** The outcome: `token`, `adopted`, `discarded`, or the tag of an error. */
  outcome: Schema.optional(Schema.String),
  reason: Schema.optional(Schema.String),
  /** The number of requests, and how long they took including the delays between them. */
  attempts: Schema.optional(Schema.NonNegativeInt),
  durationMillis: Schema.optional(Schema.NonNegative)
}) {}

/**
 * Makes the record of an event.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromEvent = (id: string, event: TokenEvent): AuditRecord =>
  new AuditRecord(
    {
      id,
      type: event._tag,
      at: event.at,
      provider: event.provider,
      tenant: event.tenant,
      outcome: outcomeOf(event),
      reason: reasonOf(event),
      ...("grant" in event && {
        grant: event.grant,
        cause: event.cause,
        attempts: event.attempts.length,
        durationMillis: Duration.toMillis(event.took)
      })
    },
    { disableValidation: true }
  )
