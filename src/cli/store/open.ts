/** Opens a token store that is there. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { SqlError } from "@effect/sql/SqlError"
import * as FileTokenStore from "../../store/FileTokenStore.js"
import * as SqlTokenStore from "../../sql/SqlTokenStore.js"
import { TokenCipher } from "../../store/TokenCipher.js"
import type { LeasedService } from "../../store/TokenStore.js"
import type { Problem } from "../Problem.js"
import { fromTokenError } from "../Problem.js"
import { untouched } from "./records.js"
import type { Location } from "./location.js"
import * as Problems from "./problems.js"
import type { StoreFailure } from "../../token/TokenError.js"
import { stopWith } from "../configured.js"
import type { Stop } from "../ExitCode.js"
import type { Output } from "../Output.js"
import type { StoreOptions } from "./options.js"

/**
 * The store without its cipher: contents are as they stand there. Neither folder nor file nor table comes to be by it.
 */
export const openStore = (
  location: Location
): Effect.Effect<LeasedService, Problem, FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.suspend((): Opening =>
    location._tag === "Files" ? openFiles(location) : openDatabase(location)
  ).pipe(Effect.provideService(TokenCipher, untouched))

type Opening = Effect.Effect<
  LeasedService,
  Problem,
  FileSystem.FileSystem | Path.Path | Scope.Scope | TokenCipher
>

const openFiles = (location: Extract<Location, { readonly _tag: "Files" }>) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    if (path.sep === "\\") return yield* Effect.fail(Problems.notOnWindows(location))
    // the store would make it
    if (!(yield* Effect.orElseSucceed(fs.exists(location.directory), () => false))) {
      return yield* Effect.fail(Problems.notThere(location))
    }
    return yield* Effect.mapError(FileTokenStore.make({ directory: location.directory }), (error) =>
      error._tag === "InvalidConfiguration"
        ? Problems.notPrivate(location.directory, location)
        : fromTokenError(error)
    )
  })

const openDatabase = (location: Exclude<Location, { readonly _tag: "Files" }>) =>
  Effect.gen(function* () {
    const sql = yield* connect(location)
    for (const table of ["oauth_tokens", "oauth_leases"]) {
      yield* requireTable(sql, location, table, "SqlTokenStore.migrate")
    }
    return yield* SqlTokenStore.make({ migrate: false }).pipe(
      Effect.provideService(SqlClient, sql),
      Effect.catchTags({
        SqlError: (error) => Effect.fail(Problems.noConnection(location, error)),
        MigrationError: () => Effect.dieMessage("nothing is migrated here")
      })
    )
  })

/** The location of a database. */
export type DatabaseLocation = Exclude<Location, { readonly _tag: "Files" }>

/** Connects to a database that exists, and creates no file. */
export const connect = (
  location: DatabaseLocation
): Effect.Effect<SqlClient, Problem, FileSystem.FileSystem | Scope.Scope> =>
  location._tag === "Sqlite" ? connectSqlite(location) : connectPostgres(location)

const connectSqlite = (location: Extract<Location, { readonly _tag: "Sqlite" }>) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    // the driver would make it
    if (!(yield* Effect.orElseSucceed(fs.exists(location.filename), () => false))) {
      return yield* Effect.fail(Problems.notThere(location))
    }
    const missing = Problems.noDriver(location, "better-sqlite3", "@effect/sql-sqlite-node")
    const { open } = yield* Effect.tryPromise({
      try: () => import("./sqlite.js"),
      catch: () => missing
    })
    return yield* open(location.filename).pipe(
      Effect.mapError((error) => Problems.noConnection(location, error)),
      // the driver throws where it does not get at the file, and where its binary cannot be loaded
      Effect.catchAllDefect((cause) =>
        Effect.fail(
          Problems.isOfDatabase(cause)
            ? Problems.noConnection(location, new SqlError({ cause, message: "refused" }))
            : missing
        )
      )
    )
  })

const connectPostgres = (location: Extract<Location, { readonly _tag: "Postgres" }>) =>
  Effect.tryPromise({
    try: () => import("./postgres.js"),
    catch: () => Problems.noDriver(location, "pg", "@effect/sql-pg")
  }).pipe(
    Effect.flatMap(({ open }) =>
      Effect.mapError(open(location.url), (error) => Problems.noConnection(location, error))
    )
  )

/** Fails where the database has not this table, which `migrate` makes. */
export const requireTable = (
  sql: SqlClient,
  location: Location,
  table: string,
  migrate: string
): Effect.Effect<void, Problem> =>
  sql
    .onDialectOrElse({
      sqlite: () => sql`select name from sqlite_master where type = 'table' and name = ${table}`,
      orElse: () => sql`select 1 where to_regclass(${table}) is not null`
    })
    .pipe(
      Effect.mapError((error) => Problems.noConnection(location, error)),
      Effect.filterOrFail(
        (rows) => rows.length > 0,
        () => Problems.noTable(location, table, migrate)
      ),
      Effect.asVoid
    )

/** Opens the store without its cipher. Ends the command if there is no store at the location. */
export const openOrExit = (
  location: Location,
  options: StoreOptions
): Effect.Effect<LeasedService, Stop, Output | FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.catchAll(openStore(location), (problem) => stopWith(problem, options))

/** Writes the failure of a store, and ends the command. */
export const orStop = <A, R>(
  self: Effect.Effect<A, StoreFailure, R>,
  options: StoreOptions
): Effect.Effect<A, Stop, Output | R> =>
  Effect.catchAll(self, (error) => stopWith(fromTokenError(error), options))
