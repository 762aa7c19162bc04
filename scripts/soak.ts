/**
 * Processes share a rotating grant, and are killed at random, for as long as you like:
 *
 *     npm run soak -- --minutes 10 --store postgres --server strict --seed 7
 *
 * Without `--store` or `--server` it takes all of them, side by side; `--stops 0.2` is how many processes are only stopped
 * for a while, and `--processes` and `--fibers` tell how many there are. It ends with code 1 after a breach. The same seed
 * kills after the same times, as far as a machine does anything twice.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { randomBytes, randomInt } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { Figures } from "../test/sharing/support/campaign.js"
import * as Campaign from "../test/sharing/support/campaign.js"
import { chance } from "../test/sharing/support/chance.js"
import { Fixture } from "../test/sharing/support/grant.js"
import type { Location } from "../test/store/support/locations.js"
import { makeCluster } from "../servers/postgresCluster.js"

const directory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "effect-oauth-soak-"))),
  (made) => Effect.promise(() => rm(made, { recursive: true, force: true }))
)

/** A database of its own, on the server of `DATABASE_URL` or on one that is started for it. */
const database = Effect.gen(function* () {
  const given = process.env["DATABASE_URL"]
  const server = new URL(given === undefined || given === "" ? yield* cluster : given)
  const administer = (statement: string) =>
    Effect.flatMap(PgClient.PgClient, (sql) => sql.unsafe(statement)).pipe(
      Effect.provide(PgClient.layer({ url: Redacted.make(server.href), maxConnections: 1 })),
      Effect.orDie
    )
  const name = `effect_oauth_soak_${randomBytes(6).toString("hex")}`
  yield* Effect.acquireRelease(administer(`create database ${name}`), () =>
    administer(`drop database if exists ${name} with (force)`)
  )
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
})

const cluster = Effect.map(
  Effect.acquireRelease(
    Effect.promise(() => makeCluster()),
    ({ remove }) => Effect.promise(remove)
  ),
  ({ url }) => url
)

const locations = {
  postgres: Effect.map(database, (postgres) => ({ postgres })),
  sqlite: Effect.map(directory, (made) => ({ sqlite: join(made, "tokens.sqlite") })),
  files: Effect.map(directory, (files) => ({ files }))
} satisfies Readonly<Record<string, Effect.Effect<Location, never, Scope.Scope>>>

const stores = ["postgres", "sqlite", "files"] as const
const servers = ["strict", "grace"] as const

const settings = () => {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "1" },
      store: { type: "string" },
      server: { type: "string" },
      seed: { type: "string", default: String(randomInt(2 ** 31)) },
      processes: { type: "string", default: "4" },
      fibers: { type: "string", default: "50" },
      stops: { type: "string", default: "0.2" }
    }
  })
  return {
    minutes: number("minutes", values.minutes),
    stores: oneOf("store", stores, values.store),
    servers: oneOf("server", servers, values.server),
    seed: number("seed", values.seed),
    processes: number("processes", values.processes),
    fibers: number("fibers", values.fibers),
    stops: number("stops", values.stops)
  }
}

const number = (name: string, value: string): number => {
  const read = Number(value)
  if (!Number.isFinite(read) || read < 0) throw new Error(`--${name}: expected a number`)
  return read
}

const oneOf = <const A extends string>(
  name: string,
  all: ReadonlyArray<A>,
  value: string | undefined
): ReadonlyArray<A> => {
  if (value === undefined) return all
  const found = all.filter((one) => one === value)
  if (found.length === 0) throw new Error(`--${name}: expected one of ${all.join(", ")}`)
  return found
}

const summary = ({ aimed, kills, logins, lost, requests, stops, tokens, breaches }: Figures): string =>
  `${kills} kills and ${stops} stops (${aimed} of them amid a refresh), ${requests} requests, ${tokens} tokens, ${logins} logins, ` +
  `${lost} grants lost, ${breaches.length} breaches`

/** Tells how it goes, every ten seconds. */
const reporting = (name: string, startedAt: number) => {
  let toldAt = startedAt
  return (figures: Figures) => {
    if (Date.now() - toldAt < 10_000) return
    toldAt = Date.now()
    console.log(
      `${String(Math.round((toldAt - startedAt) / 1000)).padStart(6)} s  ${name}: ${summary(figures)}`
    )
  }
}

const soak = Effect.gen(function* () {
  const { fibers, minutes, processes, seed, servers, stops, stores } = settings()
  const startedAt = Date.now()
  console.log(`seed ${seed}, ${minutes} minutes, ${processes} processes of ${fibers} fibers`)
  const campaigns = stores.flatMap((store) => servers.map((server) => ({ store, server })))
  const counts = yield* Effect.forEach(
    campaigns,
    ({ server, store }, index) =>
      Effect.gen(function* () {
        const name = `${store}, ${server} server`
        const figures = yield* Campaign.run({
          location: yield* locations[store],
          server,
          processes,
          fibers,
          stops,
          random: chance(seed + index),
          goOn: () => Date.now() - startedAt < minutes * 60_000,
          report: reporting(name, startedAt)
        })
        console.log(`  done    ${name}: ${summary(figures)}`)
        for (const breach of figures.breaches) console.error(`  BREACH  ${name}: ${breach}`)
        return figures.breaches.length
      }),
    { concurrency: "unbounded" }
  )
  const found = counts.reduce((sum, count) => sum + count, 0)
  console.log(found === 0 ? "nothing was lost in silence" : `${found} breaches; seed ${seed}`)
  if (found > 0) process.exitCode = 1
}).pipe(Effect.provide(Fixture.layer), Effect.scoped)

NodeRuntime.runMain(soak)
