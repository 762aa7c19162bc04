import type { SqlClient } from "@effect/sql/SqlClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { StoreFailure } from "../../../token/TokenError.js"
import type { Dialect } from "./dialect.js"
import { unavailableAltogether } from "../../internal/failure.js"
import * as Rows from "./rows.js"
import type { Query } from "./statements.js"

/** Deletes what is left of records that were removed so long ago, then the turns that nobody takes any more. */
export const purgeTokens = (
  sql: SqlClient,
  { now }: Dialect,
  query: Query,
  olderThan: Duration.DurationInput
): Effect.Effect<number, StoreFailure> => {
  const age = Math.ceil(Duration.toMillis(olderThan))
  const records = query(
    { operation: "purge", table: "oauth_tokens", failure: unavailableAltogether },
    Rows.IdRow,
    sql`delete from oauth_tokens where content is null and saved_at <= ${now} - ${age} returning id`
  )
  const leases = query(
    { operation: "purge", table: "oauth_leases", failure: unavailableAltogether },
    Rows.IdRow,
    sql`delete from oauth_leases where ends_at <= ${now} - ${age}
      and not exists (select 1 from oauth_tokens where oauth_tokens.id = oauth_leases.id)
      returning id`
  )
  return Effect.map(Effect.zipLeft(records, leases), ({ length }) => length)
}
