/** Makes the tables of a token store and of the audit log in the SQLite file that it is given. */
import { SqliteClient } from "@effect/sql-sqlite-node"
import { Effect } from "effect"
import { SqlAuditRecorder, SqlTokenStore } from "effect-oauth/sql"

await Effect.runPromise(
  Effect.zipRight(SqlTokenStore.migrate, SqlAuditRecorder.migrate).pipe(
    Effect.provide(SqliteClient.layer({ filename: process.argv[2] }))
  )
)
