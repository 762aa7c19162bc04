/**
 * An audit log in SQLite or PostgreSQL: the table `oauth_events`.
 *
 * @since 0.1.0
 */
import type { MigrationError } from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Array from "effect/Array"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { ParseError } from "effect/ParseResult"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { dialectOf } from "./internal/dialect.js"
import { outsideTransactions, migrate as runMigrations } from "./internal/migrate.js"
import type { AuditRecord } from "../telemetry/AuditRecord.js"
import type { Recorder } from "../telemetry/AuditRecorder.js"
import { AuditRecorder } from "../telemetry/AuditRecorder.js"
import { withoutParentSpan } from "../telemetry/background.js"
import { decodeRows, eventTable, rowOf } from "./internal/eventRow.js"

/**
 * Options of the recorder.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long records are kept; what is older is deleted once an hour. Default: for ever. */
  readonly retention?: Duration.DurationInput | undefined
  /** Whether the table is made here; where it is not, somebody has run {@link migrate}. Default: true. */
  readonly migrate?: boolean | undefined
}

/**
 * Which records. `since` is inclusive and `until` is not; of `types`, any will do.
 *
 * @since 0.1.0
 * @category models
 */
export interface Query {
  readonly since: DateTime.Utc
  readonly until?: DateTime.Utc | undefined
  readonly provider?: string | undefined
  readonly tenant?: string | undefined
  readonly types?: ReadonlyArray<AuditRecord["type"]> | undefined
  /** Default: `OldestFirst`. */
  readonly order?: "OldestFirst" | "NewestFirst" | undefined
}

/**
 * Makes the table `oauth_events`, or changes it to what this version needs. Processes may run it at the same time. What
 * has run is recorded in `oauth_event_migrations`, apart from the application's own migrations.
 *
 * @since 0.1.0
 * @category migrations
 */
export const migrate: Effect.Effect<void, MigrationError | SqlError, SqlClient.SqlClient> = runMigrations(
  "oauth_event_migrations",
  eventTable
)

/**
 * A recorder over the `SqlClient` that it finds. A batch that it is given again is recorded once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ migrate: isToMigrate = true }: Pick<Options, "migrate"> = {}): Effect.Effect<
  Recorder,
  MigrationError | SqlError,
  SqlClient.SqlClient
> =>
  Effect.gen(function* () {
    const { run, sql } = yield* connect
    if (isToMigrate) yield* migrate
    return {
      record: (records) =>
        Effect.forEach(
          Array.chunksOf(Array.map(records, rowOf), rowsAtOnce),
          (rows) => run(sql`insert into oauth_events ${sql.insert(rows)} on conflict (id) do nothing`),
          { discard: true }
        )
    }
  })

/**
 * {@link make} as a layer, with its retention.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (
  options: Options
): Layer.Layer<AuditRecorder, MigrationError | SqlError, SqlClient.SqlClient> =>
  Layer.scoped(
    AuditRecorder,
    Effect.tap(make(options), () =>
      options.retention === undefined ? Effect.void : Effect.forkScoped(keep(options.retention))
    )
  )

/**
 * The same with the default options.
 *
 * @example
 * ```ts
 * import { PgClient } from "@effect/sql-pg"
 * import { AuditLog, TokenEvents } from "effect-oauth"
 * import { SqlAuditRecorder } from "effect-oauth/sql"
 * import * as Config from "effect/Config"
 * import * as Layer from "effect/Layer"
 *
 * const SightLive = AuditLog.layer.pipe(
 *   Layer.provide(SqlAuditRecorder.layer),
 *   // connections of its own
 *   Layer.provide(PgClient.layerConfig({ url: Config.redacted("DATABASE_URL"), maxConnections: Config.succeed(1) })),
 *   Layer.provideMerge(TokenEvents.layer)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<AuditRecorder, MigrationError | SqlError, SqlClient.SqlClient> =
  Layer.suspend(() => layerWith({}))

/**
 * The records of a time, in the order of time.
 *
 * @since 0.1.0
 * @category queries
 */
export const events = (
  query: Query
): Stream.Stream<AuditRecord, SqlError | ParseError, SqlClient.SqlClient> =>
  Stream.unwrap(
    Effect.map(connect, ({ run, sql }) => {
      const isNewestFirst = query.order === "NewestFirst"
      const direction = isNewestFirst ? sql`desc` : sql`asc`
      const beyond = ({ at, id }: AuditRecord) => {
        const place = sql`(${DateTime.toEpochMillis(at)}, ${id})`
        return isNewestFirst ? sql`(occurred_at, id) < ${place}` : sql`(occurred_at, id) > ${place}`
      }
      const page = (after: AuditRecord | undefined) => {
        const conditions = [
          sql`occurred_at >= ${DateTime.toEpochMillis(query.since)}`,
          ...(after === undefined ? [] : [beyond(after)]),
          ...(query.until === undefined ? [] : [sql`occurred_at < ${DateTime.toEpochMillis(query.until)}`]),
          ...(query.provider === undefined ? [] : [sql`provider = ${query.provider}`]),
          ...(query.tenant === undefined ? [] : [sql`tenant = ${query.tenant}`]),
          ...(query.types === undefined ? [] : [sql.in("type", query.types)])
        ]
        return Effect.flatMap(
          run(sql`select id, type, occurred_at, provider, tenant, grant_name, cause, outcome, reason, attempts,
            duration_millis from oauth_events where ${sql.and(conditions)}
            order by occurred_at ${direction}, id ${direction} limit ${rowsAtOnce}`),
          decodeRows
        )
      }
      return Stream.paginateChunkEffect(undefined, (after: AuditRecord | undefined) =>
        Effect.map(page(after), (records) => [
          Chunk.unsafeFromArray(records),
          records.length < rowsAtOnce ? Option.none() : Array.last(records)
        ])
      )
    })
  )

/**
 * Deletes the records that are older than this, by the database's time, and gives their number.
 *
 * @since 0.1.0
 * @category retention
 */
export const purge = (
  olderThan: Duration.DurationInput
): Effect.Effect<number, SqlError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const { now, run, sql } = yield* connect
    const age = Math.ceil(Duration.toMillis(olderThan))
    let deleted = 0
    for (let last = rowsAtOnce; last === rowsAtOnce; deleted += last) {
      // a few at a time, so that nobody waits long for the table
      const rows = yield* run(sql`delete from oauth_events where id in (
        select id from oauth_events where occurred_at <= ${now} - ${age} order by occurred_at limit ${rowsAtOnce}
      ) returning id`)
      last = rows.length
    }
    return deleted
  })

const rowsAtOnce = 500

const keep = (retention: Duration.DurationInput): Effect.Effect<void, never, SqlClient.SqlClient> =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    purge(retention).pipe(
      Effect.provideService(SqlClient.SqlClient, sql),
      Effect.catchAllCause(() => Effect.logWarning("old audit records could not be deleted")),
      Effect.repeat(Schedule.spaced("1 hour")),
      withoutParentSpan,
      Effect.asVoid
    )
  )

/** Beside the transaction of whoever calls: what happened has happened, whatever becomes of that. */
const connect = Effect.gen(function* () {
  const sql = (yield* SqlClient.SqlClient).withoutTransforms()
  const { now, run } = yield* dialectOf(sql)
  return { sql, now, run: (statement: Parameters<typeof run>[0]) => outsideTransactions(run(statement)) }
})
