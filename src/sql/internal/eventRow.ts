/** An audit record as a row. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { ParseError } from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import { Instant, Whole } from "./rows.js"
import { AuditRecord } from "../../telemetry/AuditRecord.js"
import * as SqlClient from "@effect/sql/SqlClient"
import type { Migrations } from "./migrate.js"

const text = Schema.NullOr(Schema.String)

const EventRow = Schema.Struct({
  id: Schema.String,
  type: Schema.String,
  occurred_at: Instant,
  provider: Schema.String,
  tenant: text,
  grant_name: text,
  cause: text,
  outcome: text,
  reason: text,
  attempts: Schema.NullOr(Whole),
  duration_millis: Schema.NullOr(Schema.Number)
})

/** As it is written: every column, so that rows are of one shape. */
export const rowOf = (record: AuditRecord) => ({
  id: record.id,
  type: record.type,
  occurred_at: DateTime.toEpochMillis(record.at),
  provider: record.provider,
  tenant: record.tenant ?? null,
  grant_name: record.grant ?? null,
  cause: record.cause ?? null,
  outcome: record.outcome ?? null,
  reason: record.reason ?? null,
  attempts: record.attempts ?? null,
  duration_millis: record.durationMillis ?? null
})

/** As they are read. */
export const decodeRows = (
  rows: ReadonlyArray<object>
): Effect.Effect<ReadonlyArray<AuditRecord>, ParseError> =>
  Effect.flatMap(decode(rows), Effect.forEach(recordOf))

const decode = Schema.decodeUnknown(Schema.Array(EventRow))
const decodeRecord = Schema.decodeUnknown(AuditRecord)

const recordOf = (row: typeof EventRow.Type): Effect.Effect<AuditRecord, ParseError> =>
  decodeRecord(
    Record.filter(
      {
        id: row.id,
        type: row.type,
        at: DateTime.formatIso(row.occurred_at),
        provider: row.provider,
        tenant: row.tenant,
        grant: row.grant_name,
        cause: row.cause,
        outcome: row.outcome,
        reason: row.reason,
        attempts: row.attempts,
        durationMillis: row.duration_millis
      },
      Predicate.isNotNull
    )
  )

/** An instant is milliseconds since 1970. */
export const eventTable: Migrations = {
  "1_events": Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`create table oauth_events (
      id text not null primary key,
      type text not null,
      occurred_at bigint not null,
      provider text not null,
      tenant text,
      grant_name text,
      cause text,
      outcome text,
      reason text,
      attempts integer,
      duration_millis double precision
    )`
  ),
  "2_events_by_time": Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`create index oauth_events_by_time on oauth_events (occurred_at, id)`
  )
}
