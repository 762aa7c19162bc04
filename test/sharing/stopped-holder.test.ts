import { describe, expect, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { LeasedTokenStore } from "../../src/store/TokenStore.js"
import { emptyLocations } from "../store/support/emptyLocations.js"
import type { Location } from "../store/support/locations.js"
import { storeAt } from "../store/support/locations.js"
import type { Grant, Worker } from "./support/grant.js"
import { Fixture, makeGrant } from "./support/grant.js"
import { breaches, failures } from "./support/judge.js"

/** In seconds: nothing is due while a test runs. */
const lifetime = 3600

/** In milliseconds. */
const lease = 1000
const grace = 600_000

/** The store of the processes, and the one record in it. */
const lookInto = (location: Location) =>
  Effect.gen(function* () {
    const store = Context.get(yield* Layer.build(storeAt(location)), LeasedTokenStore)
    const { key } = Option.getOrThrow(yield* Stream.runHead(store.list))
    return {
      version: Effect.map(store.load(key), ({ version }) => version),
      leaseIsOver: Effect.repeat(Effect.zipLeft(store.remaining(key), Effect.sleep("20 millis")), {
        until: (remaining) => Duration.toMillis(remaining) === 0
      })
    }
  })

/** A process that has sent its request, and was stopped before the response came. */
const stoppedHolder = (grant: Grant, location: Location, waits: { readonly deadline?: number } = {}) =>
  Effect.gen(function* () {
    const held = yield* grant.hold("handled")
    const holder = yield* grant.start(location, { lease, gracePeriod: grace, ...waits })
    yield* held
    yield* holder.signal("SIGSTOP")
    return holder
  })

/** The grant goes on, by each of these processes: the server takes only the refresh token that it issued last. */
const goesOnBy = (grant: Grant, workers: ReadonlyArray<Worker>) =>
  Effect.gen(function* () {
    for (const worker of workers) {
      const before = yield* grant.requests
      expect(yield* worker.refresh).toBeUndefined()
      const after = yield* grant.requests
      expect(after).toHaveLength(before.length + 1)
      const last = after.at(-1)
      expect(last).toMatchObject({ status: 200, caller: String(worker.pid) })
      yield* worker.tells("token", ({ digest }) => digest === last?.issued?.digest)
    }
    const evidence = { requests: yield* grant.requests, workers, lifetime: lifetime * 1000 }
    expect(breaches(evidence)).toStrictEqual([])
    expect(failures(workers)).toStrictEqual([])
  })

describe("a holder that is stopped past its lease, and goes on", () => {
  layer(Fixture.layer, { excludeTestServices: true })((it) => {
    for (const [kind, empty] of Object.entries(emptyLocations)) {
      it.scoped(`S26 does not overwrite its successor, on ${kind}`, () =>
        Effect.gen(function* () {
          const location = yield* empty
          const grant = yield* makeGrant({ lifetime, grace })
          const holder = yield* stoppedHolder(grant, location)
          const successor = yield* grant.start(location, { gracePeriod: grace })
          const token = yield* successor.tells("token")
          const store = yield* lookInto(location)
          const version = yield* store.version

          yield* grant.letGo
          yield* holder.signal("SIGCONT")
          const late = yield* holder.tells("token")
          const requests = yield* grant.requests
          expect(requests.map(({ presented }) => presented?.generation)).toStrictEqual([0, 0])
          expect(requests[1]?.issued?.digest).toBe(token.digest)
          expect(late.digest).toBe(token.digest)
          expect(yield* store.version).toBe(version)
          yield* goesOnBy(grant, [holder, successor])
        })
      )

      it.scoped(`S26 saves what it was issued if no other process came meanwhile, on ${kind}`, () =>
        Effect.gen(function* () {
          const location = yield* empty
          const grant = yield* makeGrant({ lifetime, grace: 0 })
          const deadline = 4000
          const holder = yield* stoppedHolder(grant, location, { deadline })
          const { at } = yield* holder.tells("request")
          const store = yield* lookInto(location)
          const version = yield* store.version
          yield* store.leaseIsOver

          yield* grant.letGo
          // a response that has come counts, though the process hears of its deadline first, more than a second late
          yield* Effect.sleep(Duration.millis(Math.max(0, at + deadline + 1500 - Date.now())))
          yield* holder.signal("SIGCONT")
          const outcome = yield* Effect.raceFirst(holder.tells("token"), holder.tells("failure"))
          const digest = outcome.type === "token" ? outcome.digest : outcome.message
          expect((yield* grant.requests).map(({ issued }) => issued?.digest)).toStrictEqual([digest])
          expect(yield* store.version).toBe(version + 1)
          yield* goesOnBy(grant, [yield* grant.start(location), holder])
        })
      )
    }
  })
})
