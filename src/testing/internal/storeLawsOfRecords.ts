/** What every store does with records. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { RecordKey, Service, Summary } from "../../store/TokenStore.js"
import type { Broken, Expect } from "./storeLaws.js"
import {
  entry,
  expecting,
  expiresAt,
  freshKey,
  holds,
  presentedAt,
  sameInstant,
  sameKey,
  saved
} from "./storeLaws.js"

/**
 * A law of every store.
 *
 * @since 0.1.0
 * @category models
 */
export interface RecordLaw {
  readonly name: string
  readonly check: (store: Service) => Effect.Effect<void, Broken>
}

const law = (
  name: string,
  check: (store: Service, expect: Expect, key: RecordKey) => Effect.Effect<void, Broken>
): RecordLaw => ({
  name,
  check: (store) => Effect.flatMap(freshKey, (key) => check(store, expecting(name), key))
})

const summaries = (store: Service, key: RecordKey): Effect.Effect<ReadonlyArray<Summary>, Broken> =>
  Effect.map(Stream.runCollect(store.list), (all) => [...all].filter((found) => found.key.id === key.id))

/**
 * The laws of every store.
 *
 * @since 0.1.0
 * @category laws
 */
export const recordLaws: ReadonlyArray<RecordLaw> = [
  law("a key that was never saved has version 0 and no record", (store, expect, key) =>
    Effect.gen(function* () {
      const { record, version } = yield* store.load(key)
      yield* expect("version 0", version === 0)
      yield* expect("no record", Option.isNone(record))
    })
  ),

  law("what was saved is loaded, whole", (store, expect, key) =>
    Effect.gen(function* () {
      const content = `"\\ {}\n\u0001 ü 漢 🔑 ${"x".repeat(20_000)}`
      yield* saved(
        store,
        expect,
        { ...entry(key, content), expiresAt: Option.some(expiresAt), presentedAt: Option.some(presentedAt) },
        0
      )
      const loaded = yield* store.load(key)
      yield* expect("version 1", loaded.version === 1)
      const record = Option.getOrUndefined(loaded.record)
      if (record === undefined) return yield* expect("a record", false)
      yield* expect("the content as it was", Redacted.value(record.content) === content)
      yield* expect("the record's version is the key's", record.version === 1)
      yield* expect("the key as it was", sameKey(record.key, key))
      yield* expect("expiresAt to the millisecond", sameInstant(record.expiresAt, Option.some(expiresAt)))
      yield* expect(
        "presentedAt to the millisecond",
        sameInstant(record.presentedAt, Option.some(presentedAt))
      )
    })
  ),

  law("what was left out stays out", (store, expect, key) =>
    Effect.gen(function* () {
      const bare = { ...key, tenant: undefined }
      yield* saved(
        store,
        expect,
        { ...entry(key, "first"), expiresAt: Option.some(expiresAt), presentedAt: Option.some(presentedAt) },
        0
      )
      yield* saved(store, expect, entry(bare, "second"), 1)
      const record = Option.getOrUndefined((yield* store.load(bare)).record)
      if (record === undefined) return yield* expect("a record", false)
      yield* expect("no tenant", record.key.tenant === undefined)
      yield* expect("no expiresAt", Option.isNone(record.expiresAt))
      yield* expect("no presentedAt", Option.isNone(record.presentedAt))
    })
  ),

  law("saves of a key take the versions 1, 2, 3 and so on", (store, expect, key) =>
    Effect.gen(function* () {
      for (let version = 0; version < 5; version++) {
        yield* saved(store, expect, entry(key, `content ${version + 1}`), version)
        yield* expect(
          "the last one is loaded",
          holds(yield* store.load(key), version + 1, `content ${version + 1}`)
        )
      }
    })
  ),

  law("a save after another version than the key's changes nothing", (store, expect, key) =>
    Effect.gen(function* () {
      yield* expect(
        "nothing is saved after a version that never was",
        Option.isNone(yield* store.save(entry(key, "early"), 1))
      )
      yield* expect("there is still no record", (yield* store.load(key)).version === 0)
      yield* saved(store, expect, entry(key, "first"), 0)
      yield* saved(store, expect, entry(key, "second"), 1)
      for (const wrong of [0, 1, 3, 7]) {
        yield* expect(
          `nothing is saved after version ${wrong} while it is 2`,
          Option.isNone(yield* store.save(entry(key, "wrong"), wrong))
        )
        yield* expect("the record is as before", holds(yield* store.load(key), 2, "second"))
      }
    })
  ),

  law("keys have nothing to do with each other", (store, expect, key) =>
    Effect.gen(function* () {
      const ids = [
        key.id.toUpperCase(),
        `${key.id}/../x`,
        `${key.id}/..`,
        `${key.id}%2F`,
        `${key.id} `,
        `${key.id}'"\\;:*?<>|`,
        `${key.id}ü`,
        `${key.id}${"x".repeat(2000)}y`,
        `${key.id}${"x".repeat(2000)}z`
      ]
      yield* saved(store, expect, entry(key, key.id), 0)
      for (const id of ids) yield* saved(store, expect, entry({ ...key, id }, id), 0)
      for (const id of [key.id, ...ids]) {
        yield* expect("each key has its own content", holds(yield* store.load({ ...key, id }), 1, id))
      }
    })
  ),

  law("a removal is conditional, and takes a version", (store, expect, key) =>
    Effect.gen(function* () {
      yield* expect("nothing is removed where there is nothing", !(yield* store.remove(key, 0)))
      yield* saved(store, expect, entry(key, "first"), 0)
      yield* saved(store, expect, entry(key, "second"), 1)
      yield* expect("nothing is removed at an older version", !(yield* store.remove(key, 1)))
      yield* expect("nothing is removed at a newer version", !(yield* store.remove(key, 3)))
      yield* expect("the record is as before", holds(yield* store.load(key), 2, "second"))
      yield* expect("it is removed at its version", yield* store.remove(key, 2))
      const { record, version } = yield* store.load(key)
      yield* expect("the record is gone", Option.isNone(record))
      yield* expect("the removal took version 3", version === 3)
      yield* expect("it is not removed twice", !(yield* store.remove(key, 3)))
      yield* expect("nor at the version that it had", !(yield* store.remove(key, 2)))
    })
  ),

  law("S29 a removal is not undone by whoever did not know of it", (store, expect, key) =>
    Effect.gen(function* () {
      yield* saved(store, expect, entry(key, "first"), 0)
      yield* store.remove(key, 1)
      for (const stale of [0, 1]) {
        yield* expect(
          `nothing is saved after version ${stale}`,
          Option.isNone(yield* store.save(entry(key, "late"), stale))
        )
      }
      yield* expect("the record stays gone", Option.isNone((yield* store.load(key)).record))
    })
  ),

  law("no version is given twice, after a removal neither", (store, expect, key) =>
    Effect.gen(function* () {
      const given = new Set<number>()
      for (let turn = 0; turn < 3; turn++) {
        const before = (yield* store.load(key)).version
        const version = yield* saved(store, expect, entry(key, `turn ${turn}`), before)
        yield* expect("a version that was not given before", !given.has(version))
        given.add(version)
        yield* expect("it can be removed", yield* store.remove(key, version))
        const after = (yield* store.load(key)).version
        yield* expect("the removal's version was not given before", !given.has(after))
        given.add(after)
      }
    })
  ),

  law("S26 of many who save after one version at once, exactly one does", (store, expect, key) =>
    Effect.gen(function* () {
      for (let version = 0; version < 5; version++) {
        const outcomes = yield* Effect.forEach(
          names(20),
          (name) => Effect.map(store.save(entry(key, name), version), (outcome) => ({ name, outcome })),
          { concurrency: "unbounded" }
        )
        const winners = outcomes.filter(({ outcome }) => Option.isSome(outcome))
        yield* expect("one saved", winners.length === 1)
        yield* expect(
          "its content is the one that stands there",
          holds(yield* store.load(key), version + 1, winners[0]?.name ?? "")
        )
      }
    })
  ),

  law("S26 no update is lost among many who load and save", (store, expect, key) =>
    Effect.gen(function* () {
      const add = (name: string): Effect.Effect<void, Broken> =>
        Effect.gen(function* () {
          const { record, version } = yield* store.load(key)
          const before = Option.match(record, {
            onNone: () => "",
            onSome: ({ content }) => `${Redacted.value(content)},`
          })
          if (Option.isNone(yield* store.save(entry(key, before + name), version))) return yield* add(name)
        })
      const all = names(12)
      yield* Effect.forEach(all, add, { concurrency: "unbounded", discard: true })
      const { record, version } = yield* store.load(key)
      const kept = Option.match(record, {
        onNone: () => "",
        onSome: ({ content }) => Redacted.value(content)
      })
      const namesKept = new Set(kept.split(","))
      yield* expect("a version for each", version === all.length)
      yield* expect(
        "each update is kept",
        all.every((name) => namesKept.has(name))
      )
    })
  ),

  law("of a save and a removal at once, exactly one comes about", (store, expect, key) =>
    Effect.gen(function* () {
      yield* saved(store, expect, entry(key, "first"), 0)
      const [version, removed] = yield* Effect.all(
        [store.save(entry(key, "second"), 1), store.remove(key, 1)],
        {
          concurrency: "unbounded"
        }
      )
      yield* expect("one of them", Option.isSome(version) !== removed)
      const loaded = yield* store.load(key)
      yield* expect("version 2", loaded.version === 2)
      yield* expect("which stands there", Option.isNone(loaded.record) === removed)
    })
  ),

  law("a list has each record once, without its content", (store, expect, key) =>
    Effect.gen(function* () {
      const removed = yield* freshKey
      yield* saved(
        store,
        expect,
        {
          ...entry(key, "a content"),
          expiresAt: Option.some(expiresAt),
          presentedAt: Option.some(presentedAt)
        },
        0
      )
      yield* saved(
        store,
        expect,
        {
          ...entry(key, "a content"),
          expiresAt: Option.some(expiresAt),
          presentedAt: Option.some(presentedAt)
        },
        1
      )
      yield* saved(store, expect, entry(removed, "a content"), 0)
      yield* store.remove(removed, 1)
      const [summary, ...others] = yield* summaries(store, key)
      if (summary === undefined) return yield* expect("the record is in the list", false)
      yield* expect("once", others.length === 0)
      yield* expect("without a content", !("content" in summary))
      yield* expect("by its key", sameKey(summary.key, key))
      yield* expect("in its version", summary.version === 2)
      yield* expect("with expiresAt", sameInstant(summary.expiresAt, Option.some(expiresAt)))
      yield* expect("with presentedAt", sameInstant(summary.presentedAt, Option.some(presentedAt)))
      yield* expect("what was removed is not", (yield* summaries(store, removed)).length === 0)
      yield* saved(store, expect, entry(removed, "a content"), 2)
      yield* expect("until it is saved again", (yield* summaries(store, removed)).length === 1)
    })
  ),

  law("savedAt tells the time of the save, and does not run backwards", (store, expect, key) =>
    Effect.gen(function* () {
      yield* saved(store, expect, entry(key, "first"), 0)
      const first = Option.getOrUndefined((yield* store.load(key)).record)
      yield* saved(store, expect, entry(key, "second"), 1)
      const second = Option.getOrUndefined((yield* store.load(key)).record)
      if (first === undefined || second === undefined) return yield* expect("a record", false)
      yield* expect("not earlier than before", DateTime.lessThanOrEqualTo(first.savedAt, second.savedAt))
    })
  )
]

const names = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, n) => `fiber${n}`)
