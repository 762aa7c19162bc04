/**
 * What an audit log keeps of an event.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import type { TokenEvent } from "../token/TokenEvent.js"
import { outcomeOf, reasonOf } from "./internal/outcome.js"

/**
 * One line of an audit log: flat, of one shape for all events, and without a secret or a word of the server's.
 *
 * `id` is made once for each event, and is the same when a batch is recorded again: a recorder that ignores an `id` which is
 * there already records each event once. It is the run of the process and, after the last `-`, a number that counts up by
 * one: a number that is missing is a record that was lost.
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
  /** With which grant the token was asked for, and why. */
  grant: Schema.optional(Schema.String),
  cause: Schema.optional(Schema.Literal("Cold", "Expired", "Due", "Invalidated", "Cleared", "Requested")),
  /** What came of it: `token`, `adopted`, `discarded`, or the tag of an error. */
  outcome: Schema.optional(Schema.String),
  reason: Schema.optional(Schema.String),
  /** How many requests there were, and how long they took with the delays between them. */
  attempts: Schema.optional(Schema.NonNegativeInt),
  durationMillis: Schema.optional(Schema.NonNegative)
}) {}

/**
 * The record of an event.
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
