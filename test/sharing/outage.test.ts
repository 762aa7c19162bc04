import { describe, expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { restartable } from "../support/postgresRestart.js"
import type { Worker } from "./support/grant.js"
import { Fixture, makeGrant } from "./support/grant.js"
import { breaches, failures } from "./support/judge.js"

/** In milliseconds. A machine's token is due a second after it was issued, and does not expire. */
const ofMachines = { lifetime: 3_600_000, margin: 3_599_000 }
/** That of a person is due when it expires. */
const ofPersons = { lifetime: 5000, margin: 0 }

const load = { fibers: 50, pause: 30, timeout: 3000 }

/** When each of them has told something. */
const all = <A>(workers: ReadonlyArray<Worker>, tells: (worker: Worker) => Effect.Effect<A>) =>
  Effect.forEach(workers, tells, { concurrency: "unbounded" })

describe("a database that is stopped in the middle of load and started again", () => {
  layer(Fixture.layer, { excludeTestServices: true })((it) => {
    it.scoped(
      "S27 fails no machine, and no person before the token expires; both come back by themselves",
      () =>
        Effect.gen(function* () {
          const database = yield* restartable
          const location = { postgres: Redacted.value(database.url) }
          const [machine, person] = yield* Effect.all([
            makeGrant({ lifetime: ofMachines.lifetime / 1000, grace: 0 }),
            makeGrant({ lifetime: ofPersons.lifetime / 1000, grace: 0 })
          ])
          const machines = yield* Effect.replicateEffect(
            machine.start(location, { ...load, margin: ofMachines.margin, refreshToken: undefined }),
            2
          )
          const persons = yield* Effect.replicateEffect(
            person.start(location, { ...load, margin: ofPersons.margin }),
            2
          )
          yield* all([...machines, ...persons], (worker) => worker.tells("token"))
          yield* database.stop
          const stoppedAt = Date.now()

          // machines go on, each for itself, and say so
          yield* all(machines, (worker) =>
            worker.tells("event", ({ at, tag }) => at > stoppedAt && tag === "StoreUnavailable")
          )
          yield* all(machines, (worker) => worker.tells("token", ({ at }) => at > stoppedAt))
          // a refresh token is not presented, and its last access token is good to its end
          for (const worker of persons) {
            const failure = yield* worker.tells("failure", ({ at }) => at > stoppedAt)
            expect(failure).toMatchObject({ tag: "StoreFailure", reason: "Unavailable" })
            const tokens = worker.messages.filter((message) => message.type === "token")
            const last = tokens.filter(({ at }) => at <= failure.at).at(-1)
            expect(failure.at).toBeGreaterThanOrEqual(last?.expiresAt ?? Infinity)
          }
          // a database that takes long to stop may see another refresh before
          const wasDue = persons.some(({ messages }) =>
            messages.some((message) => message.type === "token" && message.expiresAt <= stoppedAt)
          )
          if (!wasDue) expect(yield* person.requests).toHaveLength(1)

          yield* database.start
          const startedAt = Date.now()
          yield* all(persons, (worker) => worker.tells("token", ({ at }) => at > startedAt))
          yield* all(machines, (worker) =>
            worker.tells("event", ({ at, tag }) => at > startedAt && tag === "Adopted")
          )
          yield* all([...machines, ...persons], ({ stop }) => stop)

          for (const [grant, workers, { lifetime }] of [
            [machine, machines, ofMachines],
            [person, persons, ofPersons]
          ] as const) {
            const requests = yield* grant.requests
            expect(requests.map(({ status }) => status)).toStrictEqual(requests.map(() => 200))
            expect(breaches({ requests, workers, lifetime })).toStrictEqual([])
          }
          expect(failures(machines)).toStrictEqual([])
          expect(new Set(failures(persons).map(({ tag }) => tag))).toStrictEqual(new Set(["StoreFailure"]))
        })
    )
  })
})
