/** Migrations that may be run by many processes at once, on an empty database too. */
import * as Migrator from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { dialectOf } from "./dialect.js"
import * as Context from "effect/Context"

/** Named as `Migrator.fromRecord` has it: a number, an underscore, words. */
export type Migrations = Readonly<Record<string, Effect.Effect<void, SqlError, SqlClient.SqlClient>>>

/**
 * Runs what has not run yet, and records it in a table of its own. `Migrator` alone is not enough where processes start
 * together: on PostgreSQL each may try to make that table, and on SQLite the one that comes second is told that all is
 * done while the first is still at it.
 *
 * Where nothing is left to run it only reads, so that it needs no right to make tables then.
 */
export const migrate = (
  table: string,
  migrations: Migrations
): Effect.Effect<void, Migrator.MigrationError | SqlError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const { alone, run } = yield* dialectOf(sql)
    const latest = yield* run(
      sql`select migration_id from ${sql(table)} where migration_id = ${last(migrations)}`
    ).pipe(
      // it is not there yet; whatever else is the matter shows below
      Effect.orElseSucceed(() => [])
    )
    if (latest.length > 0) return
    // the columns are those that `Migrator` would give it
    const makeTable = sql`create table if not exists ${sql(table)} (
      migration_id integer not null primary key,
      created_at timestamp with time zone not null default current_timestamp,
      name text not null
    )`
    const runAll = Effect.provideService(
      migrator({ loader: Migrator.fromRecord(migrations), table }),
      SqlClient.SqlClient,
      sql
    )
    yield* alone(table, makeTable, runAll)
  }).pipe(outsideTransactions, failedMigrations)

const migrator = Migrator.make({})

/** The number of the last one. */
const last = (migrations: Migrations): number =>
  Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name)))

/** `Migrator` dies of a migration that fails. */
const failedMigrations = Effect.catchSomeDefect((defect) =>
  defect instanceof Migrator.MigrationError ? Option.some(Effect.fail(defect)) : Option.none()
)

/**
 * Runs outside the caller's transaction: a rollback of the caller must not undo a saved token, and the transaction may be
 * one of another database.
 */
export const outsideTransactions = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.mapInputContext(self, (context: Context.Context<R>) => {
    const services = new Map(context.unsafeMap)
    services.delete(SqlClient.TransactionConnection.key)
    return Context.unsafeMake<R>(services)
  })
