/** A database of one's own on the PostgreSQL of the run. */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { randomBytes } from "node:crypto"
import { inject } from "vitest"
// for the type of what is injected
import type {} from "./postgresSetup.js"

/** The URL of an empty database, which is dropped when the scope closes. */
export const database: Effect.Effect<Redacted.Redacted, never, Scope.Scope> = Effect.gen(function* () {
  const server = new URL(yield* serverUrl)
  const name = `effect_oauth_${randomBytes(6).toString("hex")}`
  yield* Effect.acquireRelease(administer(server, `create database ${name}`), () =>
    administer(server, `drop database if exists ${name} with (force)`)
  )
  const url = new URL(server)
  url.pathname = `/${name}`
  return Redacted.make(url.href)
})

/** A client with a pool of its own. */
export const clientOf = (
  url: Redacted.Redacted,
  options: Omit<PgClient.PgClientConfig, "url"> = {}
): ReturnType<typeof PgClient.layer> => Layer.fresh(PgClient.layer({ ...options, url }))

const administer = (server: URL, statement: string) =>
  Effect.flatMap(PgClient.PgClient, (sql) => sql.unsafe(statement)).pipe(
    Effect.provide(clientOf(Redacted.make(server.href), { maxConnections: 1 })),
    Effect.orDie
  )

const serverUrl = Effect.promise(async () => {
  const response = await fetch(inject("postgres"))
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text
})
