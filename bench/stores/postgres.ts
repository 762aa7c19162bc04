/** A PostgreSQL for the measures: a database on the one that `DATABASE_URL` names, or else a server of their own. */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { randomBytes } from "node:crypto"
import { makeCluster } from "../../servers/postgresCluster.js"

/** Its URL; it is gone with the scope. Fails with what PostgreSQL said where it does not start. */
export const database = Effect.suspend((): Effect.Effect<Redacted.Redacted, unknown, Scope.Scope> => {
  const given = process.env["DATABASE_URL"]
  return given === undefined || given === "" ? ownServer : ownDatabase(given)
})

const ownServer = Effect.map(
  Effect.acquireRelease(
    Effect.tryPromise({ try: () => makeCluster({ isDurable: true }), catch: (problem) => problem }),
    ({ remove }) => Effect.promise(remove)
  ),
  ({ url }) => Redacted.make(url)
)

const ownDatabase = (server: string) =>
  Effect.gen(function* () {
    const name = `effect_oauth_bench_${randomBytes(6).toString("hex")}`
    yield* Effect.acquireRelease(administer(server, `create database ${name}`), () =>
      Effect.orDie(administer(server, `drop database if exists ${name} with (force)`))
    )
    const url = new URL(server)
    url.pathname = `/${name}`
    return Redacted.make(url.href)
  })

const administer = (server: string, statement: string) =>
  Effect.flatMap(PgClient.PgClient, (sql) => sql.unsafe(statement)).pipe(
    Effect.provide(PgClient.layer({ url: Redacted.make(server), maxConnections: 1 }))
  )
