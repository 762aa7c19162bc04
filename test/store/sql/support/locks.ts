/** Those who wait for each other, in PostgreSQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { RecordKey } from "../../../../src/store/TokenStore.js"

/** Changes the row of a key, in a transaction that goes on until it is let go; it is committed by then. */
export const holdRow = ({ id }: RecordKey) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const held = yield* Deferred.make<void>()
    const done = yield* Deferred.make<void>()
    const holder = yield* sql`update oauth_tokens set version = version where id = ${id}`.pipe(
      Effect.zipRight(Deferred.succeed(held, undefined)),
      Effect.zipRight(Deferred.await(done)),
      sql.withTransaction,
      Effect.forkScoped
    )
    yield* Deferred.await(held)
    return { letGo: Effect.zipRight(Deferred.succeed(done, undefined), Fiber.join(holder)) }
  })

/** Until a statement waits for a lock. */
export const someoneWaits = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.repeat(
    sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    { until: (rows) => rows.length > 0 }
  )
)
