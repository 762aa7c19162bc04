/** One process of several on one database: it is told what to do, does it, and tells what came of it. */
import * as PgClient from "@effect/sql-pg/PgClient"
import type * as SqlClient from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as SqlTokenStore from "../../../../src/store/sql/SqlTokenStore.js"
import * as TokenCipher from "../../../../src/store/TokenCipher.js"
import { LeasedTokenStore } from "../../../../src/store/TokenStore.js"
import { entryOf } from "./entries.js"
import type { Orders, Word } from "./orders.js"
import { counter, fences } from "./orders.js"

const add = Effect.gen(function* () {
  const store = yield* LeasedTokenStore
  const { record, version } = yield* store.load(counter)
  const before = Option.match(record, {
    onNone: () => 0,
    onSome: ({ content }) => Number(Redacted.value(content))
  })
  return yield* store.save(entryOf(counter, String(before + 1)), version)
})

const takeTurn = (holder: string) =>
  Effect.gen(function* () {
    const store = yield* LeasedTokenStore
    const lease = yield* store.acquire(fences, holder, Duration.minutes(1)).pipe(
      Effect.tap(() => Effect.sleep("2 millis")),
      Effect.repeat({ until: Option.isSome })
    )
    const { fence } = Option.getOrThrow(lease)
    const { record, version } = yield* store.load(fences)
    yield* Effect.sleep("2 millis")
    const before = Option.match(record, {
      onNone: () => "",
      onSome: ({ content }) => `${Redacted.value(content)},`
    })
    const saved = yield* store.save(entryOf(fences, `${before}${fence}`), version)
    if (Option.isNone(saved)) return yield* Effect.dieMessage("somebody has saved in another one's turn")
    yield* store.release(Option.getOrThrow(lease))
  })

const clientOf = (database: Orders["database"]): Layer.Layer<SqlClient.SqlClient> =>
  "sqlite" in database
    ? Layer.orDie(SqliteClient.layer({ filename: database.sqlite }))
    : Layer.orDie(PgClient.layer({ url: Redacted.make(database.postgres), maxConnections: 2 }))

const work = ({ adds, database, holder, turns }: Orders) =>
  Effect.gen(function* () {
    yield* Effect.repeatN(Effect.repeat(add, { until: Option.isSome }), adds - 1)
    yield* Effect.repeatN(takeTurn(holder), turns - 1)
  }).pipe(
    Effect.provide(SqlTokenStore.layer),
    Effect.provide([TokenCipher.layerPlainText, clientOf(database)])
  )

const say = (word: Word): void => void process.send?.(word)

process.once("message", (orders: Orders) => {
  void Effect.runPromiseExit(work(orders)).then((exit) => {
    say({ problem: exit._tag === "Failure" ? String(exit.cause) : undefined })
    process.disconnect()
  })
})
say("ready")
