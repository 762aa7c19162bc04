import * as SqlClient from "@effect/sql/SqlClient"
import { expect, layer } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as SqlTokenStore from "../../../src/sql/SqlTokenStore.js"
import { LeasedTokenStore } from "../../../src/store/TokenStore.js"
import { databases } from "./support/databases.js"
import { entryOf, freshKey, instant } from "./support/entries.js"
import { pass, storeIn } from "./support/store.js"

for (const [name, database] of Object.entries(databases)) {
  layer(storeIn(database), { excludeTestServices: true })(`records in ${name}`, (it) => {
    if (name === "PostgreSQL") {
      it.effect("a lease that is asked for in vain is not written", () =>
        Effect.gen(function* () {
          const store = yield* LeasedTokenStore
          const sql = yield* SqlClient.SqlClient
          const key = freshKey()
          // the transaction that has locked the row last, if any has
          const lockedBy = Effect.map(
            sql<{ xmax: string }>`select xmax::text as xmax from oauth_leases where id = ${key.id}`,
            ([row]) => row?.xmax
          )
          yield* store.acquire(key, "a holder", Duration.minutes(1))
          expect(yield* lockedBy).toBe("0")
          expect(yield* store.acquire(key, "another", Duration.minutes(1))).toEqual(Option.none())
          expect(yield* lockedBy).toBe("0")
        })
      )
    }

    it.effect("an id or a tenant may be any text", () =>
      Effect.gen(function* () {
        const store = yield* LeasedTokenStore
        const texts = ["a", "A", "a ", "ä", "a\u0308", "%", "_", "", "'); drop table oauth_tokens; --", "🔑"]
        const keys = texts.map((text) => freshKey({ id: text, tenant: text }))
        for (const key of keys) yield* store.save(entryOf(key, `content of ${key.id}`), 0)
        for (const key of keys) {
          const record = Option.getOrThrow((yield* store.load(key)).record)
          expect(Redacted.value(record.content)).toBe(`content of ${key.id}`)
        }
        const listed = yield* Stream.runCollect(store.list)
        expect(new Set([...listed].map(({ key }) => key.tenant))).toStrictEqual(new Set(texts))
      })
    )

    it.effect("savedAt is the database's time, to the millisecond", () =>
      Effect.gen(function* () {
        const store = yield* LeasedTokenStore
        const key = freshKey()
        const before = yield* DateTime.now
        yield* store.save(entryOf(key, "content"), 0)
        const after = yield* DateTime.now
        const { savedAt } = Option.getOrThrow((yield* store.load(key)).record)
        // the database has the clock of this machine; SQLite's is rounded
        expect(savedAt.epochMillis).toBeGreaterThanOrEqual(before.epochMillis - 1)
        expect(savedAt.epochMillis).toBeLessThanOrEqual(after.epochMillis + 1)
      })
    )

    it.effect("S26 of a hundred fibers that save after one version, one does", () =>
      Effect.gen(function* () {
        const store = yield* LeasedTokenStore
        const key = freshKey()
        for (const expected of [0, 1, 2]) {
          const saves = yield* Effect.forEach(
            Array.from({ length: 100 }, (_, fiber) => `content of ${fiber}`),
            (content) => Effect.map(store.save(entryOf(key, content), expected), Option.as(content)),
            { concurrency: "unbounded" }
          )
          const winners = saves.filter(Option.isSome)
          expect(winners).toHaveLength(1)
          const { record, version } = yield* store.load(key)
          expect(version).toBe(expected + 1)
          expect(Redacted.value(Option.getOrThrow(record).content)).toBe(winners[0]?.value)
        }
      })
    )

    it.effect("of a record that was removed no content stays in the table", () =>
      Effect.gen(function* () {
        const store = yield* LeasedTokenStore
        const sql = yield* SqlClient.SqlClient
        const key = freshKey()
        yield* store.save({ ...entryOf(key, "content"), expiresAt: instant(1), presentedAt: instant(1) }, 0)
        yield* store.remove(key, 1)
        expect(
          yield* sql`select content, expires_at, presented_at from oauth_tokens where id = ${key.id}`
        ).toStrictEqual([{ content: null, expires_at: null, presented_at: null }])
      })
    )

    it.effect("purge forgets the versions and fences of what was removed long enough ago", () =>
      Effect.gen(function* () {
        const store = yield* LeasedTokenStore
        const sql = yield* SqlClient.SqlClient
        yield* SqlTokenStore.purge(0)
        const [long, lately, kept, held] = [freshKey(), freshKey(), freshKey(), freshKey()]
        for (const key of [long, lately, kept, held]) {
          yield* store.save(entryOf(key, "content"), 0)
          yield* store.acquire(key, "holder", Duration.millis(1))
        }
        for (const key of [long, lately, held]) yield* store.remove(key, 1)
        yield* pass(Duration.hours(2))
        yield* store.acquire(held, "holder", Duration.hours(1))
        yield* sql`update oauth_tokens set saved_at = saved_at - 7200000 where id <> ${lately.id}`

        expect(yield* SqlTokenStore.purge("1 hour")).toBe(2)
        const versions = yield* Effect.forEach([long, lately, kept, held], store.load)
        expect(versions.map(({ version }) => version)).toStrictEqual([0, 2, 1, 0])
        const leases = yield* sql<{ readonly id: string }>`select id from oauth_leases`
        expect(leases.map(({ id }) => id).sort()).toStrictEqual([lately.id, kept.id, held.id].sort())
      })
    )

    it.effect("a turn may be as long as one likes", () =>
      Effect.gen(function* () {
        const store = yield* LeasedTokenStore
        const key = freshKey()
        const lease = Option.getOrThrow(yield* store.acquire(key, "holder", Duration.infinity))
        expect(Duration.toDays(lease.remaining)).toBeGreaterThan(365)
        expect(Option.isSome(yield* store.renew(lease, Duration.nanos(1_500_000n)))).toBe(true)
      })
    )
  })

  layer(storeIn(database), { excludeTestServices: true })(`a list in ${name}`, (it) => {
    it.effect("has every record once, page after page, without what was removed", () =>
      Effect.gen(function* () {
        const store = yield* LeasedTokenStore
        const sql = yield* SqlClient.SqlClient
        const rows = Array.from({ length: 1200 }, (_, place) => ({
          id: `${["k", "K", "_", "é"][place % 4] ?? ""}-${place}`,
          provider: "app/Server",
          version: 1,
          content: place === 7 ? null : "content",
          saved_at: 0
        }))
        yield* sql`insert into oauth_tokens ${sql.insert(rows)}`
        const listed = yield* Stream.runCollect(store.list)
        const ids = rows.filter(({ content }) => content !== null).map(({ id }) => id)
        expect([...listed].map(({ key }) => key.id).sort()).toStrictEqual(ids.sort())
      })
    )
  })
}
