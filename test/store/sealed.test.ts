import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as MemoryTokenStore from "../../src/store/MemoryTokenStore.js"
import { seal } from "../../src/store/SealedTokenStore.js"
import * as TokenCipher from "../../src/store/TokenCipher.js"
import type { LeasedService, RecordKey, TokenRecord } from "../../src/store/TokenStore.js"
import { entryOf, recordKey, secretKey } from "./support/keys.js"

const acme = recordKey("acme")
const bravo = recordKey("bravo")

const sealedStore = Effect.gen(function* () {
  const inner = yield* MemoryTokenStore.make
  const cipher = yield* TokenCipher.make([secretKey("a-key", 1)])
  return { inner, store: seal(inner, cipher) }
})

/** A store whose rows somebody has changed behind its back. */
const tampered = (
  inner: LeasedService,
  rows: (key: RecordKey) => Effect.Effect<TokenRecord, unknown>
): LeasedService => ({
  ...inner,
  load: (key) =>
    Effect.map(Effect.orDie(rows(key)), (record) => ({
      version: record.version,
      record: Option.some(record)
    }))
})

const rowOf = (inner: LeasedService, key: RecordKey) =>
  Effect.flatMap(inner.load(key), ({ record }) => record)

const refusal = { _tag: "StoreFailure", reason: "Undecryptable", provider: "a-provider", key: "acme" }

const cipherOf = Effect.orDie(TokenCipher.make([secretKey("a-key", 1)]))

describe("S23 a sealed store", () => {
  it.effect("keeps nothing readable in the store behind it, and gives back what was saved", () =>
    Effect.gen(function* () {
      const { inner, store } = yield* sealedStore
      yield* store.save(entryOf(acme, "marked-content"), 0)
      expect(Redacted.value((yield* rowOf(inner, acme)).content)).not.toContain("marked-content")
      const record = yield* Effect.flatMap(store.load(acme), ({ record }) => record)
      expect(Redacted.value(record.content)).toBe("marked-content")
      expect(record.sealedWith).toBe("a-key")
    })
  )

  it.effect("refuses two rows that were swapped", () =>
    Effect.gen(function* () {
      const { inner, store } = yield* sealedStore
      yield* store.save(entryOf(acme, "of acme"), 0)
      yield* store.save(entryOf(bravo, "of bravo"), 0)
      for (const swapped of [
        (key: RecordKey) => Effect.map(rowOf(inner, bravo), (row) => ({ ...row, key })),
        () => rowOf(inner, bravo)
      ]) {
        const failure = yield* Effect.flip(seal(tampered(inner, swapped), yield* cipherOf).load(acme))
        expect(failure).toMatchObject(refusal)
      }
    })
  )

  it.effect("refuses an older content under a newer version", () =>
    Effect.gen(function* () {
      const { inner, store } = yield* sealedStore
      yield* store.save(entryOf(acme, "older"), 0)
      const older = yield* rowOf(inner, acme)
      yield* store.save(entryOf(acme, "newer"), 1)
      const replayed = tampered(inner, () => Effect.succeed({ ...older, version: 2 }))
      expect(yield* Effect.flip(seal(replayed, yield* cipherOf).load(acme))).toMatchObject(refusal)
    })
  )

  it.effect("refuses a key that is not known, by the record's key and without a content", () =>
    Effect.gen(function* () {
      const { inner, store } = yield* sealedStore
      yield* store.save(entryOf(acme, "marked-content"), 0)
      const other = seal(inner, yield* TokenCipher.make([secretKey("another-key", 1)]))
      const failure = yield* Effect.flip(other.load(acme))
      expect(failure).toMatchObject(refusal)
      expect(failure.isRetryable).toBe(false)
      expect(`${failure.message} ${JSON.stringify(failure)}`).not.toContain("marked-content")
    })
  )

  it.effect("lists without opening anything", () =>
    Effect.gen(function* () {
      const { inner, store } = yield* sealedStore
      yield* store.save({ ...entryOf(acme, "x"), expiresAt: Option.some(DateTime.unsafeMake(5)) }, 0)
      const other = seal(inner, yield* TokenCipher.make([secretKey("another-key", 1)]))
      expect([...(yield* Stream.runCollect(other.list))]).toMatchObject([{ key: acme, version: 1 }])
    })
  )
})
