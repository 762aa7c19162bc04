/** Everything in which SQLite and PostgreSQL differ. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import type { Fragment, Statement } from "@effect/sql/Statement"
import * as Effect from "effect/Effect"

export interface Dialect {
  /** As OpenTelemetry names the system. */
  readonly system: string
  /** The database's own time in milliseconds since 1970: when it is read, and not when a transaction or a wait began. */
  readonly now: Fragment
  /** What a connection needs before it is trusted with tokens. */
  readonly prepare: Effect.Effect<unknown, SqlError>
  /** Runs a statement. */
  readonly run: (statement: Statement<object>) => Effect.Effect<ReadonlyArray<object>, SqlError>
  /** In a transaction in which nobody else migrates the table, which is made if it is not there. */
  readonly alone: <A, E>(
    table: string,
    makeTable: Effect.Effect<unknown, SqlError>,
    migrate: Effect.Effect<A, E>
  ) => Effect.Effect<A, E | SqlError>
}

/** The dialect of a client; it dies where nobody has tried the tables on it. */
export const dialectOf = (sql: SqlClient): Effect.Effect<Dialect> =>
  sql.onDialectOrElse({
    sqlite: () => Effect.succeed(sqlite(sql)),
    pg: () => Effect.succeed(postgres(sql)),
    orElse: () => Effect.dieMessage("effect-oauth/sql works with SQLite and PostgreSQL")
  })

const sqlite = (sql: SqlClient): Dialect => ({
  system: "sqlite",
  now: sql`cast(round((julianday('now') - 2440587.5) * 86400000.0) as integer)`,
  // a token that was rotated must survive a loss of power; some builds take less care with a write-ahead log
  prepare: sql`pragma synchronous = full`,
  // the client remembers a statement that it could not prepare once, and refuses it for minutes
  run: ({ unprepared }) =>
    Effect.catchAllDefect(unprepared, (cause) => Effect.fail(new SqlError({ cause, message: "refused" }))),
  alone: (table, makeTable, migrate) =>
    // it writes nothing, and takes the turn to write for the rest of the transaction
    Effect.zipRight(
      makeTable,
      sql.withTransaction(Effect.zipRight(sql`update ${sql(table)} set name = name where false`, migrate))
    )
})

const postgres = (sql: SqlClient): Dialect => ({
  system: "postgresql",
  now: sql`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`,
  prepare: Effect.void,
  run: (statement) => statement,
  alone: (_table, makeTable, migrate) =>
    // what was committed while this one waited is to be seen
    sql`set transaction isolation level read committed`.pipe(
      Effect.zipRight(sql`select pg_advisory_xact_lock(${advisoryLock})`),
      Effect.zipRight(makeTable),
      Effect.zipRight(migrate),
      sql.withTransaction
    )
})

/** One lock for every table of the library: the letters of "oauth". */
const advisoryLock = 0x6f61757468
