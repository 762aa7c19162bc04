/** The databases that every test of the SQL stores runs on. */
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Postgres from "../../../support/postgres.js"

/** How an application may have set up its client. */
export interface Settings {
  readonly transformQueryNames?: (name: string) => string
  readonly transformResultNames?: (name: string) => string
}

/** A database, by the clients that it is reached with: each has its own connections. */
export type Reach = (settings?: Settings) => Layer.Layer<SqlClient.SqlClient>

/** A name for a file that is not there yet, in a directory that goes with the scope. */
export const sqliteFile: Effect.Effect<string, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "effect-oauth-sqlite-"))),
    (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
  ),
  (directory) => join(directory, "tokens.sqlite")
)

const sqlite =
  (filename: string): Reach =>
  (settings = {}) =>
    Layer.orDie(Layer.fresh(SqliteClient.layer({ filename, ...settings })))

/** An empty database each time. */
export const shared = {
  "SQLite in a file": Effect.map(sqliteFile, sqlite),
  PostgreSQL: Effect.map(
    Postgres.database,
    (url): Reach =>
      (settings) =>
        Layer.orDie(Postgres.clientOf(url, settings))
  )
}

/** The same with one that only one client can reach. */
export const databases: Readonly<Record<string, Effect.Effect<Reach, never, Scope.Scope>>> = {
  "SQLite in memory": Effect.succeed(sqlite(":memory:")),
  ...shared
}
