import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import type { Migrations } from "../../../store/sql/internal/migrate.js"

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
