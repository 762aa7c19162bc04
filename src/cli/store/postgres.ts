/**
 * PostgreSQL. Its driver is no part of the command: this file is loaded where it is asked for, and cannot be where the
 * driver is not installed.
 */
import { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"

/** A pool of a few connections, of which one has been made. */
export const open = (url: Redacted.Redacted): Effect.Effect<SqlClient, SqlError, Scope.Scope> =>
  Effect.map(
    Layer.build(PgClient.layer({ url, maxConnections: 2, applicationName: "effect-oauth" })),
    Context.get(SqlClient)
  )
