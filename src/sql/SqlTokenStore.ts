/**
 * A token store in SQLite or PostgreSQL, for any number of processes.
 *
 * @since 0.1.0
 */
import type { MigrationError } from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { StoreFailure } from "../token/TokenError.js"
import { seal } from "../store/SealedTokenStore.js"
import { TokenCipher } from "../store/TokenCipher.js"
import type { LeasedService, LeasedTokenStore, TokenStore } from "../store/TokenStore.js"
import { layerLeased } from "../store/TokenStore.js"
import { dialectOf } from "./internal/dialect.js"
import { makeLeases } from "./internal/leases.js"
import { migrate as runMigrations } from "./internal/migrate.js"
import { purgeTokens } from "./internal/records.js"
import { makeRecords } from "./internal/records.js"
import { outsideTransactions } from "./internal/migrate.js"
import { makeQuery } from "./internal/query.js"
import { tokenTables } from "./internal/records.js"

/**
 * Options of the store.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long a statement may take, the wait for a connection included. Default: 10 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
  /** Whether the tables are made here; where they are not, somebody has run {@link migrate}. Default: true. */
  readonly migrate?: boolean | undefined
}

/**
 * Makes the tables `oauth_tokens` and `oauth_leases`, or changes them to what this version needs. Processes may run it at
 * the same time. What has run is recorded in `oauth_token_migrations`, apart from the application's own migrations.
 *
 * @since 0.1.0
 * @category migrations
 */
export const migrate: Effect.Effect<void, MigrationError | SqlError, SqlClient.SqlClient> = runMigrations(
  "oauth_token_migrations",
  tokenTables
)

/**
 * A store over the `SqlClient` that it finds, sealed by the cipher. Its instants and its leases go by the database's time.
 * Each operation is one statement beside any transaction of the caller's; between two of them no connection is held.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ migrate: isToMigrate = true, timeout = defaultTimeout }: Options = {}): Effect.Effect<
  LeasedService,
  MigrationError | SqlError,
  SqlClient.SqlClient | TokenCipher
> =>
  Effect.gen(function* () {
    const { dialect, query, sql } = yield* connect(timeout)
    yield* outsideTransactions(dialect.prepare)
    if (isToMigrate) yield* migrate
    const store = { ...makeRecords(sql, dialect, query), ...makeLeases(sql, dialect, query) }
    return seal(store, yield* TokenCipher)
  })

/**
 * {@link make} as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (
  options: Options
): Layer.Layer<TokenStore | LeasedTokenStore, MigrationError | SqlError, SqlClient.SqlClient | TokenCipher> =>
  layerLeased(make(options))

/**
 * The same with the default options.
 *
 * @example
 * ```ts
 * import { SqliteClient } from "@effect/sql-sqlite-node"
 * import { TokenCipher } from "effect-oauth"
 * import { SqlTokenStore } from "effect-oauth/sql"
 * import * as Layer from "effect/Layer"
 *
 * const StoreLive = SqlTokenStore.layer.pipe(
 *   Layer.provide(SqliteClient.layer({ filename: "tokens.sqlite" })),
 *   Layer.provide(TokenCipher.layerConfig())
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<
  TokenStore | LeasedTokenStore,
  MigrationError | SqlError,
  SqlClient.SqlClient | TokenCipher
> = Layer.suspend(() => layerWith({}))

/**
 * Forgets the versions of records that were removed longer ago than this, and the fences of their leases; gives the number
 * of records. A key that comes again afterwards counts from 1: let it be much longer than any process may sleep.
 *
 * @since 0.1.0
 * @category retention
 */
export const purge = (
  olderThan: Duration.DurationInput
): Effect.Effect<number, StoreFailure, SqlClient.SqlClient> =>
  Effect.flatMap(connect(defaultTimeout), ({ dialect, query, sql }) =>
    purgeTokens(sql, dialect, query, olderThan)
  )

const defaultTimeout = "10 seconds"

const connect = (timeout: Duration.DurationInput) =>
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* dialectOf(sql)
    return { sql, dialect, query: makeQuery(dialect, timeout) }
  })
