/**
 * SQLite. Its driver is no part of the command: this file is loaded where it is asked for, and cannot be where the driver is
 * not installed.
 */
import type { SqlError } from "@effect/sql/SqlError"
import { SqlClient } from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

/**
 * A connection. It is one that may write, since one that may not leaves files of its own behind; how the file is journaled
 * stays as the application has it.
 */
export const open = (filename: string): Effect.Effect<SqlClient, SqlError, Scope.Scope> =>
  Effect.map(
    Effect.orDie(Layer.build(SqliteClient.layer({ filename, disableWAL: true }))),
    Context.get(SqlClient)
  )
