import * as SqlClient from "@effect/sql/SqlClient"
import * as Statement from "@effect/sql/Statement"
import { describe, expect, it, layer } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { readFileSync } from "node:fs"
import { LeasedTokenStore } from "../../../src/store/TokenStore.js"
import { StoreFailure } from "../../../src/token/TokenError.js"
import { marks, marksIn } from "../../canary/marks.js"
import { renderings } from "../../canary/renderings.js"
import { recordingTracer } from "../../support/recordingTracer.js"
import { SealedByOneKey } from "../support/keys.js"
import { databases, sqliteFile } from "./support/databases.js"
import { entryOf, freshKey } from "./support/entries.js"
import { storeIn } from "./support/store.js"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"

const secrets = Object.values(marks).join(" ")

/** From here on the database refuses whatever it is asked to save, and says with which row. */
const refuse = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql.onDialectOrElse({
    pg: () => sql`alter table oauth_tokens add check (version < 2)`,
    orElse: () =>
      sql.unsafe(`create trigger refuse before update on oauth_tokens
      begin select raise(abort, 'refused'); end`)
  })
})

/** Everything that a store does, as it succeeds and as it fails; what it gives is kept. */
const life = Effect.gen(function* () {
  const store = yield* LeasedTokenStore
  const key = freshKey()
  const lease = yield* store.acquire(key, "holder", Duration.hours(1))
  const saved = yield* store.save(entryOf(key, secrets), 0)
  const loaded = yield* store.load(key)
  const listed = yield* Stream.runCollect(store.list)
  yield* refuse
  const refused = yield* Effect.flip(store.save(entryOf(key, secrets), 1))
  expect(refused).toStrictEqual(
    new StoreFailure({ provider: key.provider, reason: "Unavailable", key: key.id })
  )
  return [lease, saved, loaded, listed, refused, store]
})

for (const [name, database] of Object.entries(databases)) {
  describe(`S22 a store in ${name}`, () => {
    // in plain text, so that whatever shows a content shows it
    it.scoped("shows no secret in a value, an error, a span or a log", () =>
      Effect.gen(function* () {
        const shown: Array<unknown> = []
        const looked: Array<unknown> = []
        const { spans, tracer } = recordingTracer()
        const values = yield* life.pipe(
          Effect.withSpan("the caller"),
          Effect.withTracer(tracer),
          Statement.withTransformer((statement) => {
            looked.push(statement.compile())
            return Effect.succeed(statement)
          }),
          Logger.withMinimumLogLevel(LogLevel.All),
          Effect.provide(
            Layer.merge(
              Logger.replace(
                Logger.defaultLogger,
                Logger.make((entry) => shown.push(entry))
              ),
              storeIn(database)
            )
          )
        )
        const ofStore = spans.filter((span) => span.name.startsWith("effect-oauth.store."))
        expect(ofStore.map((span) => span.name)).toStrictEqual(
          ["acquire", "save", "load", "list", "save"].map((operation) => `effect-oauth.store.${operation}`)
        )
        expect(ofStore.at(-1)?.attributes.get("db.response.status_code")).toMatch(
          /^(23514|SQLITE_CONSTRAINT_TRIGGER)$/
        )
        for (const value of [
          ...values,
          ...shown,
          ...looked,
          ...spans,
          ...spans.map((span) => span.attributes)
        ]) {
          for (const [way, text] of renderings(value)) expect([way, marksIn(text)]).toStrictEqual([way, []])
        }
      })
    )
  })

  layer(storeIn(database, { cipher: SealedByOneKey }))(`S23 a sealed store in ${name}`, (it) => {
    it.effect("has nothing in its tables that gives a secret away", () =>
      Effect.gen(function* () {
        const store = yield* LeasedTokenStore
        const sql = yield* SqlClient.SqlClient
        const key = freshKey()
        yield* store.acquire(key, "holder", Duration.hours(1))
        yield* store.save(entryOf(key, secrets), 0)
        const dump = JSON.stringify([
          yield* sql`select * from oauth_tokens`,
          yield* sql`select * from oauth_leases`
        ])
        expect(dump).toContain(key.id)
        expect(marksIn(dump)).toStrictEqual([])
      })
    )

    it.effect(
      "opens no row that was swapped for another, nor one of another version, nor one with a bit flipped",
      () =>
        Effect.gen(function* () {
          const store = yield* LeasedTokenStore
          const sql = yield* SqlClient.SqlClient
          const [one, other] = [freshKey(), freshKey()]
          for (const key of [one, other]) yield* store.save(entryOf(key, `content of ${key.id}`), 0)
          const contentOf = ({ id }: typeof one) =>
            Effect.map(
              sql<{ readonly content: string }>`select content from oauth_tokens where id = ${id}`,
              ([row]) => row?.content ?? ""
            )
          const [ofOne, ofOther] = [yield* contentOf(one), yield* contentOf(other)]
          const put = ({ id }: typeof one, content: string, version = 1) =>
            sql`update oauth_tokens set content = ${content}, version = ${version} where id = ${id}`
          const undecryptable = (key: typeof one) =>
            new StoreFailure({ provider: key.provider, reason: "Undecryptable", key: key.id })

          yield* put(one, ofOther)
          yield* put(other, ofOne)
          expect(yield* Effect.flip(store.load(one))).toStrictEqual(undecryptable(one))
          expect(yield* Effect.flip(store.load(other))).toStrictEqual(undecryptable(other))
          yield* put(one, ofOne, 2)
          expect(yield* Effect.flip(store.load(one))).toStrictEqual(undecryptable(one))
          const place = ofOne.indexOf('"ciphertext":"') + 20
          yield* put(one, ofOne.slice(0, place) + (ofOne[place] === "A" ? "B" : "A") + ofOne.slice(place + 1))
          expect(yield* Effect.flip(store.load(one))).toStrictEqual(undecryptable(one))
          yield* put(one, ofOne)
          const { record } = yield* store.load(one)
          expect(Redacted.value(Option.getOrThrow(record).content)).toBe(`content of ${one.id}`)
        })
    )
  })
}

describe("S23 the file of a sealed store", () => {
  it.scoped("holds no secret, in its log neither", () =>
    Effect.gen(function* () {
      const filename = yield* sqliteFile
      const reach = Effect.succeed(() => Layer.orDie(SqliteClient.layer({ filename })))
      const key = freshKey()
      const bytes = yield* Effect.gen(function* () {
        const store = yield* LeasedTokenStore
        yield* store.save(entryOf(key, secrets), 0)
        yield* store.save(entryOf(key, secrets), 1)
        return [filename, `${filename}-wal`].map((file) => readFileSync(file, "latin1")).join("")
      }).pipe(Effect.provide(storeIn(reach, { cipher: SealedByOneKey })))
      expect(bytes).toContain(key.id)
      expect(marksIn(bytes)).toStrictEqual([])
    })
  )
})
