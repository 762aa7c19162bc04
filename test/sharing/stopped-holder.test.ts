import { describe, expect, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { LeasedTokenStore } from "../../src/store/TokenStore.js"
import { emptyPlaces } from "./support/emptyPlaces.js"
import { failures } from "./support/judge.js"
import type { Login } from "./support/login.js"
import { Ground, login } from "./support/login.js"
import type { Place } from "./support/places.js"
import { storeAt } from "./support/places.js"
import type { Worker } from "./support/workers.js"

/** In milliseconds. */
const turn = { lease: 1000, deadline: 1500 }

/** Well past the deadline of the request: what has come for a process that was stopped counts, though it reads it late. */
const longAfter = "3 seconds"
const grace = 60_000

/** The store of the processes, and the one record that is in it. */
const lookInto = (place: Place) =>
  Effect.gen(function* () {
    const store = Context.get(yield* Layer.build(storeAt(place)), LeasedTokenStore)
    const { key } = Option.getOrThrow(yield* Stream.runHead(store.list))
    return {
      version: Effect.map(store.load(key), ({ version }) => version),
      leaseIsOver: Effect.repeat(Effect.zipLeft(store.remaining(key), Effect.sleep("20 millis")), {
        until: (remaining) => Duration.toMillis(remaining) === 0
      })
    }
  })

/** A process that has sent its request, and was stopped before the answer came. */
const stoppedHolder = (grant: Login, place: Place) =>
  Effect.gen(function* () {
    const held = yield* grant.hold("handled")
    const holder = yield* grant.start(place, { ...turn, gracePeriod: grace })
    yield* held
    yield* holder.signal("SIGSTOP")
    return holder
  })

/** The grant goes on, by each of these processes: the server takes only the refresh token that it has given last. */
const goesOnBy = (grant: Login, workers: ReadonlyArray<Worker>) =>
  Effect.gen(function* () {
    for (const worker of workers) {
      const before = yield* grant.requests
      yield* worker.refresh
      const after = yield* grant.requests
      expect(after).toHaveLength(before.length + 1)
      const last = after.at(-1)
      expect(last).toMatchObject({ status: 200, caller: String(worker.pid) })
      yield* worker.tells("token", ({ digest }) => digest === last?.issued?.digest)
    }
    expect(failures(workers)).toStrictEqual([])
  })

describe.concurrent("a holder that is stopped past its lease, and goes on", () => {
  layer(Ground.layer, { excludeTestServices: true })((it) => {
    for (const [kind, empty] of Object.entries(emptyPlaces)) {
      it.scoped(`S26 does not overwrite its successor, on ${kind}`, () =>
        Effect.gen(function* () {
          const place = yield* empty
          const grant = yield* login({ lifetime: 200, grace })
          const holder = yield* stoppedHolder(grant, place)
          const successor = yield* grant.start(place, { gracePeriod: grace })
          const token = yield* successor.tells("token")
          const store = yield* lookInto(place)
          const version = yield* store.version

          yield* grant.letGo
          yield* Effect.sleep(longAfter)
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

      it.scoped(`S26 saves what it was given if nobody came meanwhile, on ${kind}`, () =>
        Effect.gen(function* () {
          const place = yield* empty
          const grant = yield* login({ lifetime: 200, grace: 0 })
          const holder = yield* stoppedHolder(grant, place)
          const store = yield* lookInto(place)
          const version = yield* store.version
          yield* store.leaseIsOver

          yield* grant.letGo
          yield* Effect.sleep(longAfter)
          yield* holder.signal("SIGCONT")
          const { digest } = yield* holder.tells("token")
          expect((yield* grant.requests).map(({ issued }) => issued?.digest)).toStrictEqual([digest])
          expect(yield* store.version).toBe(version + 1)
          yield* goesOnBy(grant, [yield* grant.start(place), holder])
        })
      )
    }
  })
})
