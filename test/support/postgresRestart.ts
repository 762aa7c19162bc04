/** A PostgreSQL that can be stopped and started again, apart from the one of the run. */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Postgres from "./postgres.js"
import { makeCluster } from "../../servers/postgresCluster.js"

export interface Restartable {
  readonly url: Redacted.Redacted
  /** Breaks every connection, and takes none until it is started. */
  readonly stop: Effect.Effect<void>
  readonly start: Effect.Effect<void>
}

const ownCluster: Effect.Effect<Restartable, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.promise(() => makeCluster()),
    ({ remove }) => Effect.promise(remove)
  ),
  ({ start, stop, url }) => ({
    url: Redacted.make(url),
    stop: Effect.promise(stop),
    start: Effect.promise(start)
  })
)

/** A database on a server that is somebody's is closed and opened instead. */
const ownDatabase = (server: string): Effect.Effect<Restartable, never, Scope.Scope> =>
  Effect.map(Postgres.database, (url) => {
    const name = new URL(Redacted.value(url)).pathname.slice(1)
    const administer = (statement: string) =>
      Effect.flatMap(PgClient.PgClient, (sql) => sql.unsafe(statement)).pipe(
        Effect.provide(Postgres.clientOf(Redacted.make(server), { maxConnections: 1 })),
        Effect.orDie,
        Effect.asVoid
      )
    return {
      url,
      stop: Effect.zipRight(
        administer(`alter database ${name} with allow_connections false`),
        administer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)
      ),
      start: administer(`alter database ${name} with allow_connections true`)
    }
  })

/** It runs at first, and is gone with the scope. */
export const restartable: Effect.Effect<Restartable, never, Scope.Scope> = Effect.suspend(() => {
  const server = process.env["DATABASE_URL"]
  return server === undefined || server === "" ? ownCluster : ownDatabase(server)
})
