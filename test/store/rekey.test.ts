import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as MemoryTokenStore from "../../src/store/MemoryTokenStore.js"
import { rekey, seal } from "../../src/store/SealedTokenStore.js"
import * as TokenCipher from "../../src/store/TokenCipher.js"
import type { LeasedService, Service } from "../../src/store/TokenStore.js"
import { TokenStore } from "../../src/store/TokenStore.js"
import { StoreFailure } from "../../src/token/TokenError.js"
import { advance } from "../support/clock.js"
import { entryOf, recordKey, secretKey } from "./support/keys.js"

const older = secretKey("older", 1)
const newer = secretKey("newer", 2)

/** Ten records sealed with the older key, and the store as processes with both keys see it. */
const rotation = Effect.gen(function* () {
  const inner = yield* MemoryTokenStore.make
  const before = seal(inner, yield* TokenCipher.make([older]))
  for (const id of ids) yield* before.save(entryOf(recordKey(id), `content of ${id}`), 0)
  return { inner, before, cipher: yield* TokenCipher.make([newer, older]) }
})

const ids = Array.from({ length: 10 }, (_, n) => `record ${n}`)

const rekeyed = (
  inner: LeasedService,
  cipher: TokenCipher.Cipher,
  change: (store: Service) => Service = (store) => store
) =>
  rekey.pipe(
    Effect.provideService(TokenStore, change(seal(inner, cipher))),
    Effect.provideService(TokenCipher.TokenCipher, cipher)
  )

const recordOf = (store: Service, id: string) =>
  Effect.flatMap(store.load(recordKey(id)), ({ record }) => record)

const all = { rekeyed: 10, current: 0, gone: 0, busy: 0, undecryptable: [] }

describe("S24 rekey", () => {
  it.effect("seals every record with the newest key, and the old one can go", () =>
    Effect.gen(function* () {
      const { cipher, inner } = yield* rotation
      expect(yield* rekeyed(inner, cipher)).toEqual(all)
      const after = seal(inner, yield* TokenCipher.make([newer]))
      for (const id of ids) {
        const record = yield* recordOf(after, id)
        expect(Redacted.value(record.content)).toBe(`content of ${id}`)
        expect(record).toMatchObject({ version: 2, sealedWith: "newer" })
      }
    })
  )

  it.effect("leaves alone what the newest key has sealed", () =>
    Effect.gen(function* () {
      const { cipher, inner } = yield* rotation
      yield* rekeyed(inner, cipher)
      expect(yield* rekeyed(inner, cipher)).toEqual({ ...all, rekeyed: 0, current: 10 })
      expect((yield* recordOf(seal(inner, cipher), "record 0")).version).toBe(2)
    })
  )

  it.effect("goes on where it was stopped", () =>
    Effect.gen(function* () {
      const { cipher, inner } = yield* rotation
      let saves = 0
      const down = new StoreFailure({ provider: "a-provider", reason: "Unavailable" })
      const failing = yield* Effect.flip(
        rekeyed(inner, cipher, (store) => ({
          ...store,
          save: (entry, expected) => (++saves > 4 ? Effect.fail(down) : store.save(entry, expected))
        }))
      )
      expect(failing).toBe(down)
      expect(yield* rekeyed(inner, cipher)).toEqual({ ...all, rekeyed: 6, current: 4 })
    })
  )

  it.effect("comes back to what others change in the meantime, and undoes nothing of theirs", () =>
    Effect.gen(function* () {
      const { before, cipher, inner } = yield* rotation
      let conflicts = 3
      const fiber = yield* Effect.fork(
        rekeyed(inner, cipher, (store) => ({
          ...store,
          load: (key) =>
            Effect.tap(store.load(key), ({ version }) =>
              key.id === "record 5" && conflicts-- > 0
                ? before.save(entryOf(key, `theirs ${conflicts}`), version)
                : Effect.void
            )
        }))
      )
      yield* advance("1 second")
      expect(yield* Fiber.join(fiber)).toEqual(all)
      const record = yield* recordOf(seal(inner, cipher), "record 5")
      expect(Redacted.value(record.content)).toBe("theirs 0")
      expect(record.sealedWith).toBe("newer")
    })
  )

  it.effect("tells what it cannot open, what is gone, and what never came to rest", () =>
    Effect.gen(function* () {
      const { before, cipher, inner } = yield* rotation
      const stranger = seal(inner, yield* TokenCipher.make([secretKey("lost", 3)]))
      yield* stranger.save(entryOf(recordKey("record 1"), "lost"), 1)
      const fiber = yield* Effect.fork(
        rekeyed(inner, cipher, (store) => ({
          ...store,
          load: (key) =>
            key.id === "record 2" ? Effect.zipRight(before.remove(key, 1), store.load(key)) : store.load(key),
          save: (entry, expected) =>
            entry.key.id === "record 3" ? Effect.succeed(Option.none()) : store.save(entry, expected)
        }))
      )
      yield* advance("5 seconds")
      expect(yield* Fiber.join(fiber)).toEqual({
        rekeyed: 7,
        current: 0,
        gone: 1,
        busy: 1,
        undecryptable: ["record 1"]
      })
    })
  )

  it.effect("loses nothing of what many writers save meanwhile", () =>
    Effect.gen(function* () {
      const { cipher, inner } = yield* rotation
      const store = seal(inner, cipher)
      const add = (id: string): Effect.Effect<void> =>
        Effect.gen(function* () {
          const record = yield* recordOf(store, id)
          const entry = entryOf(record.key, `${Redacted.value(record.content)}+`)
          yield* Effect.yieldNow()
          if (Option.isNone(yield* store.save(entry, record.version))) yield* add(id)
        }).pipe(Effect.orDie)
      const writers = Effect.forEach(ids, (id) => Effect.repeatN(add(id), 19), { concurrency: "unbounded" })
      const fiber = yield* Effect.fork(
        Effect.all([writers, rekeyed(inner, cipher)], { concurrency: "unbounded" })
      )
      yield* advance("1 second")
      yield* Fiber.join(fiber)
      for (const id of ids) {
        const { content, sealedWith } = yield* recordOf(store, id)
        expect(Redacted.value(content)).toBe(`content of ${id}${"+".repeat(20)}`)
        expect(sealedWith).toBe("newer")
      }
    })
  )

  it.effect("has nothing to do in plain text", () =>
    Effect.gen(function* () {
      const inner = yield* MemoryTokenStore.make
      yield* seal(inner, TokenCipher.plainText).save(entryOf(recordKey("a"), "x"), 0)
      expect(yield* rekeyed(inner, TokenCipher.plainText)).toEqual({ ...all, rekeyed: 0, current: 1 })
    })
  )
})
