import { describe, expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { restartable } from "../support/postgresRestart.js"
import { breaches, failures } from "./support/judge.js"
import { Ground, login } from "./support/login.js"
import type { Worker } from "./support/workers.js"

/** In seconds; long enough for the database to stop before anything is due. */
const lifetime = 4

const load = { fibers: 50, pause: 30, timeout: 500 }

const together = { concurrency: "unbounded" } as const

/** When each of them tells something of which this is true. */
const all = <A>(workers: ReadonlyArray<Worker>, tells: (worker: Worker) => Effect.Effect<A>) =>
  Effect.forEach(workers, tells, together)

describe("a database that is stopped in the middle of load and started again", () => {
  layer(Ground.layer, { excludeTestServices: true })((it) => {
    it.scoped(
      "S27 fails no machine, and nobody else before its token expires; both come back by themselves",
      () =>
        Effect.gen(function* () {
          const database = yield* restartable
          const place = { postgres: Redacted.value(database.url) }
          const [machine, person] = yield* Effect.all([
            login({ lifetime, grace: 0 }),
            login({ lifetime, grace: 0 })
          ])
          const machines = yield* Effect.replicateEffect(
            machine.start(place, { ...load, seed: undefined }),
            2
          )
          const persons = yield* Effect.replicateEffect(person.start(place, load), 2)
          const workers = [...machines, ...persons]

          // nothing is due while the database stops
          yield* all(workers, (worker) => worker.tells("token"))
          yield* database.stop
          const stoppedAt = Date.now()

          // machines go on, each for itself, and say so
          yield* all(machines, (worker) => worker.tells("event", ({ tag }) => tag === "StoreUnavailable"))
          yield* all(machines, (worker) => worker.tells("token", ({ at }) => at > stoppedAt))
          // a refresh token is not presented, and its last access token is good to its end
          const first = yield* all(persons, (worker) => worker.tells("token"))
          const told = yield* all(persons, (worker) => worker.tells("failure"))
          for (const [place, { at, reason, tag }] of told.entries()) {
            expect([tag, reason]).toStrictEqual(["StoreFailure", "Unavailable"])
            expect(at).toBeGreaterThanOrEqual(first[place]!.expiresAt)
          }
          expect(yield* person.requests).toHaveLength(1)

          const startedAt = Date.now()
          yield* database.start
          yield* all(persons, (worker) => worker.tells("token", ({ at }) => at > startedAt))
          yield* all(machines, (worker) =>
            worker.tells("event", ({ at, tag }) => at > startedAt && tag === "Adopted")
          )
          yield* all(workers, ({ stop }) => stop)

          const requests = [...(yield* machine.requests), ...(yield* person.requests)]
          expect(requests.map(({ status }) => status)).toStrictEqual(requests.map(() => 200))
          expect(breaches({ requests, workers, lifetime: lifetime * 1000 })).toStrictEqual([])
          expect(failures(machines)).toStrictEqual([])
          expect(new Set(failures(persons).map(({ tag }) => tag))).toStrictEqual(new Set(["StoreFailure"]))
        }),
      120_000
    )
  })
})
