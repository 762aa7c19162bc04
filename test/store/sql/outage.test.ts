import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import { LeasedTokenStore } from "../../../src/store/TokenStore.js"
import { StoreFailure } from "../../../src/token/TokenError.js"
import * as Postgres from "../../support/postgres.js"
import { restartable } from "../../support/postgresRestart.js"
import { entryOf, freshKey } from "./support/entries.js"
import { storeIn } from "./support/store.js"

describe("a database that is stopped in the middle of load and started again", () => {
  it.scopedLive("fails what asks meanwhile, typed and at once, and is there again by itself", () =>
    Effect.gen(function* () {
      const { start, stop, url } = yield* restartable
      const reach = Effect.succeed(() => Layer.orDie(Postgres.clientOf(url)))
      const store = Context.get(yield* Layer.build(storeIn(reach)), LeasedTokenStore)
      const key = freshKey()
      yield* store.save(entryOf(key, "content"), 0)
      const failure = new StoreFailure({ provider: key.provider, reason: "Unavailable", key: key.id })

      const failures = yield* Ref.make(0)
      const goOn = yield* Ref.make(true)
      const load = Effect.gen(function* () {
        const outcome = yield* Effect.either(store.load(key))
        if (Either.isRight(outcome)) return
        expect(outcome.left).toStrictEqual(failure)
        yield* Ref.update(failures, (count) => count + 1)
        yield* Effect.sleep("1 millis")
      })
      const callers = yield* Effect.forkScoped(
        Effect.forEach(
          Array.from({ length: 20 }),
          () => Effect.repeat(load, { while: () => Ref.get(goOn) }),
          {
            concurrency: "unbounded",
            discard: true
          }
        )
      )

      yield* stop
      for (const ask of [
        store.load(key),
        store.save(entryOf(key, "next"), 1),
        store.remove(key, 1),
        store.acquire(key, "holder", Duration.seconds(1)),
        store.renew({ key, holder: "holder", fence: 1, remaining: Duration.zero }, Duration.seconds(1)),
        store.release({ key, holder: "holder", fence: 1, remaining: Duration.zero }),
        store.remaining(key)
      ]) {
        expect(yield* Effect.flip<unknown, StoreFailure, never>(ask)).toStrictEqual(failure)
      }
      yield* Effect.repeat(Ref.get(failures), { until: (count) => count > 100 })

      yield* start
      const back = yield* Effect.retry(store.load(key), {
        while: () => Effect.as(Effect.sleep("5 millis"), true)
      })
      expect(back.version).toBe(1)
      expect(yield* store.save(entryOf(key, "next"), 1)).toStrictEqual(Option.some(2))
      yield* Ref.set(goOn, false)
      yield* callers.await
    })
  )
})
