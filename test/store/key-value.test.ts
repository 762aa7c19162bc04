import { describe, expect, it } from "@effect/vitest"
import { SystemError } from "@effect/platform/Error"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as KeyValueTokenStore from "../../src/store/KeyValueTokenStore.js"
import * as TokenCipher from "../../src/store/TokenCipher.js"
import { settle } from "../support/clock.js"
import { entryOf, recordKey } from "./support/keys.js"

const key = recordKey("acme")

const values = Effect.provide(KeyValueStore.KeyValueStore, KeyValueStore.layerMemory)

const storeOver = (values: KeyValueStore.KeyValueStore) =>
  KeyValueTokenStore.make.pipe(
    Effect.provideService(KeyValueStore.KeyValueStore, values),
    Effect.provideService(TokenCipher.TokenCipher, TokenCipher.plainText)
  )

const broken = Effect.fail(
  new SystemError({
    reason: "Busy",
    module: "KeyValueStore",
    method: "a method",
    pathOrDescriptor: "marked-content"
  })
)

describe("a store over a KeyValueStore", () => {
  it.effect("does not read what is half written, and finishes what was begun", () =>
    Effect.gen(function* () {
      const real = yield* values
      const goOn = yield* Deferred.make<void>()
      const store = yield* storeOver({
        ...real,
        set: (name, value) =>
          real
            .set(name, value.slice(0, 10))
            .pipe(Effect.zipRight(Deferred.await(goOn)), Effect.zipRight(real.set(name, value)))
      })
      const saving = yield* Effect.fork(store.save(entryOf(key, "x"), 0))
      yield* settle
      const loading = yield* Effect.fork(store.load(key))
      const listing = yield* Effect.fork(Stream.runCollect(store.list))
      yield* settle
      yield* Effect.fork(Fiber.interrupt(saving))
      yield* settle
      yield* Deferred.succeed(goOn, undefined)
      expect((yield* Fiber.join(loading)).version).toBe(1)
      expect([...(yield* Fiber.join(listing))]).toHaveLength(1)
    })
  )

  it.effect("names the key of what it cannot read, and lists the others", () =>
    Effect.gen(function* () {
      const real = yield* values
      const names: Array<string> = []
      const store = yield* storeOver({
        ...real,
        set: (name, value) => {
          names.push(name)
          return real.set(name, value)
        }
      })
      yield* store.save(entryOf(key, "marked-content"), 0)
      const name = names.at(-1) ?? ""
      yield* store.save(entryOf(recordKey("bravo"), "x"), 0)
      for (const garbage of ["", "marked-content", "{}", '{"version":1,"id":"bravo"}']) {
        yield* real.set(name, garbage)
        const failure = yield* Effect.flip(store.load(key))
        expect(failure).toMatchObject({ reason: "Undecryptable", provider: "a-provider", key: "acme" })
        expect([...(yield* Stream.runCollect(store.list))].map(({ key }) => key.id)).toEqual(["bravo"])
      }
    })
  )

  it.effect("fails with the record's key where its values are away", () =>
    Effect.gen(function* () {
      const real = yield* values
      const store = yield* storeOver({ ...real, get: () => broken, set: () => broken })
      for (const failing of [store.load(key), store.save(entryOf(key, "x"), 0), store.remove(key, 1)]) {
        const failure = yield* Effect.flip<unknown, unknown, never>(failing)
        expect(failure).toMatchObject({ _tag: "StoreFailure", reason: "Unavailable", key: "acme" })
        expect(JSON.stringify(failure)).not.toContain("marked-content")
      }
      expect(yield* Effect.flip(Stream.runCollect(store.list))).toMatchObject({ reason: "Unavailable" })
    })
  )

  it.effect("keeps apart from other values beside it", () =>
    Effect.gen(function* () {
      const real = yield* values
      yield* real.set("index", "the application's own")
      const store = yield* storeOver(real)
      yield* store.save(entryOf(key, "a token"), 0)
      expect(yield* real.get("index")).toEqual(Option.some("the application's own"))
      const { record } = yield* store.load(key)
      expect(Option.map(record, ({ content }) => Redacted.value(content))).toEqual(Option.some("a token"))
    })
  )

  it.effect("finds everything again when it is made anew", () =>
    Effect.gen(function* () {
      const real = yield* values
      yield* Effect.flatMap(storeOver(real), (store) => store.save(entryOf(key, "a token"), 0))
      const store = yield* storeOver(real)
      yield* store.save(entryOf(recordKey("bravo"), "x"), 0)
      expect((yield* store.load(key)).version).toBe(1)
      expect([...(yield* Stream.runCollect(store.list))]).toHaveLength(2)
    })
  )
})
