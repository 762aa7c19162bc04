/** A client is the application's: what it has set up, and what it is doing. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Statement from "@effect/sql/Statement"
import { describe, expect, it, layer } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as SqlTokenStore from "../../../src/sql/SqlTokenStore.js"
import * as TokenCipher from "../../../src/store/TokenCipher.js"
import { LeasedTokenStore } from "../../../src/store/TokenStore.js"
import { StoreFailure } from "../../../src/token/TokenError.js"
import { databases, shared } from "./support/databases.js"
import { entryOf, freshKey } from "./support/entries.js"
import { holdRow, someoneWaits } from "./support/locks.js"
import { storeIn } from "./support/store.js"

const transforms = {
  transformQueryNames: (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  transformResultNames: (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

for (const [name, database] of Object.entries(databases)) {
  layer(storeIn(database, transforms))(`a client in ${name}`, (it) => {
    it.effect("may have names transformed, and integers as they are", () =>
      Effect.gen(function* () {
        const store = yield* LeasedTokenStore
        const key = freshKey()
        yield* store.save(entryOf(key, "content"), 0)
        expect(Option.getOrThrow((yield* store.load(key)).record).version).toBe(1)
        const lease = Option.getOrThrow(yield* store.acquire(key, "holder", Duration.hours(1)))
        expect(lease.fence).toBe(1)
        expect(Duration.toMinutes(yield* store.remaining(key))).toBeGreaterThan(59)
        expect((yield* Stream.runCollect(store.list)).length).toBe(1)
      }).pipe(Effect.provideService(SqlClient.SafeIntegers, true))
    )

    it.effect("goes by the database's time, wherever the clock of the process stands", () =>
      Effect.gen(function* () {
        const store = yield* LeasedTokenStore
        const key = freshKey()
        yield* store.acquire(key, "a", Duration.hours(1))
        yield* TestClock.adjust("36500 days")
        expect(Option.isNone(yield* store.acquire(key, "b", Duration.hours(1)))).toBe(true)
        yield* store.save(entryOf(key, "content"), 0)
        const { savedAt } = Option.getOrThrow((yield* store.load(key)).record)
        expect(savedAt.epochMillis).toBeLessThan(Date.UTC(2060))
        expect(savedAt.epochMillis).toBeGreaterThan(Date.UTC(2020))
      })
    )
  })
}

const saveAndFail = (sql: SqlClient.SqlClient) =>
  Effect.gen(function* () {
    const store = yield* LeasedTokenStore
    const key = freshKey()
    yield* store
      .save(entryOf(key, "content"), 0)
      .pipe(
        Effect.zipRight(Effect.fail("what the transaction was for did not work")),
        sql.withTransaction,
        Effect.ignore
      )
    return (yield* store.load(key)).version
  })

const OtherDatabase = Layer.fresh(SqliteClient.layer({ filename: ":memory:" }))

describe("a transaction of the application", () => {
  it.scoped("in the store's database does not undo a save", () =>
    Effect.gen(function* () {
      expect(yield* saveAndFail(yield* SqlClient.SqlClient)).toBe(1)
    }).pipe(Effect.provide(storeIn(shared.PostgreSQL)))
  )

  for (const [name, database] of Object.entries(databases)) {
    it.scoped(`in another database has nothing to do with a store in ${name}`, () =>
      Effect.gen(function* () {
        const other = yield* SqlClient.SqlClient
        const save = Effect.provide(saveAndFail(other), storeIn(database))
        expect(yield* save).toBe(1)
      }).pipe(Effect.provide(OtherDatabase))
    )
  }
})

describe("a database that is slow", () => {
  it.scopedLive("is given up after the timeout, also where the caller cannot be interrupted", () =>
    Effect.gen(function* () {
      const store = yield* LeasedTokenStore
      const impatient = yield* SqlTokenStore.make({ timeout: "50 millis" })
      const key = freshKey()
      yield* store.save(entryOf(key, "content"), 0)
      const { letGo } = yield* holdRow(key)
      const failure = yield* Effect.flip(Effect.uninterruptible(impatient.save(entryOf(key, "next"), 1)))
      expect(failure).toStrictEqual(
        new StoreFailure({ provider: key.provider, reason: "Unavailable", key: key.id })
      )
      yield* letGo
      // nobody knows whether what was given up comes about; the store goes on either way
      const saveNext = Effect.flatMap(store.load(key), ({ version }) =>
        store.save(entryOf(key, "last"), version)
      )
      yield* Effect.repeat(saveNext, { until: Option.isSome })
      const { record } = yield* store.load(key)
      expect(Redacted.value(Option.getOrThrow(record).content)).toBe("last")
    }).pipe(Effect.provide(Layer.provideMerge(storeIn(shared.PostgreSQL), TokenCipher.layerPlainText)))
  )

  it.scopedLive("does not hold a caller who is interrupted, and what was sent comes to its end", () =>
    Effect.gen(function* () {
      const store = yield* LeasedTokenStore
      const key = freshKey()
      yield* store.save(entryOf(key, "content"), 0)
      const { letGo } = yield* holdRow(key)
      const caller = yield* Effect.fork(store.save(entryOf(key, "next"), 1))
      yield* someoneWaits
      yield* Fiber.interrupt(caller)
      // it still waits, however often one looks
      yield* Effect.repeatN(someoneWaits, 50)
      yield* letGo
      const { record } = yield* Effect.repeat(store.load(key), { until: ({ version }) => version === 2 })
      expect(Redacted.value(Option.getOrThrow(record).content)).toBe("next")
    }).pipe(Effect.provide(storeIn(shared.PostgreSQL)))
  )
})

describe("SQLite in a file", () => {
  it.scoped("does not answer before a save is on the disk", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      expect(yield* sql`pragma journal_mode`).toStrictEqual([{ journal_mode: "wal" }])
      expect(yield* sql`pragma synchronous`).toStrictEqual([{ synchronous: 2 }])
    }).pipe(Effect.provide(storeIn(shared["SQLite in a file"])))
  )
})

describe("a database of another kind", () => {
  it.effect("is refused with a word that says so", () =>
    Effect.gen(function* () {
      const mysql = yield* SqlClient.make({
        acquirer: Effect.never,
        compiler: Statement.makeCompiler({
          dialect: "mysql",
          placeholder: () => "?",
          onIdentifier: (name) => name,
          onRecordUpdate: () => ["", []],
          onCustom: () => ["", []]
        }),
        spanAttributes: []
      })
      const exit = yield* Effect.exit(Effect.provideService(SqlTokenStore.make(), SqlClient.SqlClient, mysql))
      expect(String(exit)).toContain("effect-oauth/sql works with SQLite and PostgreSQL")
    }).pipe(Effect.provide([Reactivity.layer, TokenCipher.layerPlainText]))
  )
})
