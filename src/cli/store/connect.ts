/** A connection to the database of a token store. */
import * as FileSystem from "@effect/platform/FileSystem"
import type { SqlClient } from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Problem } from "../Problem.js"
import type { Place } from "./place.js"
import * as Problems from "./problems.js"

/** A place that is a database. */
export type DatabasePlace = Exclude<Place, { readonly _tag: "Files" }>

/** Connects to a database that is there. No file comes to be by it. */
export const connect = (
  place: DatabasePlace
): Effect.Effect<SqlClient, Problem, FileSystem.FileSystem | Scope.Scope> =>
  place._tag === "Sqlite" ? connectSqlite(place) : connectPostgres(place)

const connectSqlite = (place: Extract<Place, { readonly _tag: "Sqlite" }>) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    // the driver would make it
    if (!(yield* Effect.orElseSucceed(fs.exists(place.filename), () => false))) {
      return yield* Effect.fail(Problems.notThere(place))
    }
    const missing = Problems.noDriver(place, "better-sqlite3", "@effect/sql-sqlite-node")
    const { open } = yield* Effect.tryPromise({
      try: () => import("./sqlite.js"),
      catch: () => missing
    })
    return yield* open(place.filename).pipe(
      Effect.mapError((error) => Problems.noConnection(place, error)),
      // the driver throws where it does not get at the file, and where its binary cannot be loaded
      Effect.catchAllDefect((cause) =>
        Effect.fail(
          Problems.isOfDatabase(cause)
            ? Problems.noConnection(place, new SqlError({ cause, message: "refused" }))
            : missing
        )
      )
    )
  })

const connectPostgres = (place: Extract<Place, { readonly _tag: "Postgres" }>) =>
  Effect.tryPromise({
    try: () => import("./postgres.js"),
    catch: () => Problems.noDriver(place, "pg", "@effect/sql-pg")
  }).pipe(
    Effect.flatMap(({ open }) =>
      Effect.mapError(open(place.url), (error) => Problems.noConnection(place, error))
    )
  )

/** Fails where the database has not this table, which `migrate` makes. */
export const requireTable = (
  sql: SqlClient,
  place: Place,
  table: string,
  migrate: string
): Effect.Effect<void, Problem> =>
  sql
    .onDialectOrElse({
      sqlite: () => sql`select name from sqlite_master where type = 'table' and name = ${table}`,
      orElse: () => sql`select 1 where to_regclass(${table}) is not null`
    })
    .pipe(
      Effect.mapError((error) => Problems.noConnection(place, error)),
      Effect.filterOrFail(
        (rows) => rows.length > 0,
        () => Problems.noTable(place, table, migrate)
      ),
      Effect.asVoid
    )
