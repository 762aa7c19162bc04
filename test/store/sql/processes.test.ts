import * as SqlClient from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as SqlTokenStore from "../../../src/store/sql/SqlTokenStore.js"
import * as TokenCipher from "../../../src/store/TokenCipher.js"
import type { RecordKey } from "../../../src/store/TokenStore.js"
import * as Postgres from "../../support/postgres.js"
import { sqliteFile } from "./support/databases.js"
import type { Orders } from "./support/orders.js"
import { counter, fences } from "./support/orders.js"
import { bundle, runSiblings } from "./support/siblings.js"

const processes = 8
const adds = 20
const turns = 10

const databases = {
  "one file of SQLite": Effect.map(sqliteFile, (filename) => ({
    database: { sqlite: filename },
    client: Layer.orDie(SqliteClient.layer({ filename }))
  })),
  PostgreSQL: Effect.map(Postgres.database, (url) => ({
    database: { postgres: Redacted.value(url) },
    client: Layer.orDie(Postgres.clientOf(url))
  }))
}

const contentOf = (key: RecordKey) =>
  Effect.gen(function* () {
    const store = yield* SqlTokenStore.make({ migrate: false })
    const { record, version } = yield* store.load(key)
    return { version, content: Redacted.value(Option.getOrThrow(record).content) }
  })

describe("eight processes that start at once on an empty database", () => {
  for (const [name, database] of Object.entries(databases)) {
    it.scopedLive(`S26 take turns, and lose nothing, in ${name}`, () =>
      Effect.gen(function* () {
        const { client, database: reached } = yield* database
        const orders = Array.from({ length: processes }, (_, place): Orders => ({
          database: reached,
          holder: `process ${place}`,
          adds,
          turns
        }))
        expect(yield* runSiblings(yield* bundle, orders)).toStrictEqual([])

        yield* Effect.gen(function* () {
          const sum = processes * adds
          expect(yield* contentOf(counter)).toStrictEqual({ version: sum, content: String(sum) })
          const inTurn = (yield* contentOf(fences)).content.split(",").map(Number)
          expect(inTurn).toStrictEqual(Array.from({ length: processes * turns }, (_, turn) => turn + 1))
          const sql = yield* SqlClient.SqlClient
          const migrations = yield* sql<{ readonly name: string }>`select name from oauth_token_migrations
            order by migration_id`
          expect(migrations.map(({ name }) => name)).toStrictEqual(["tokens", "leases"])
        }).pipe(Effect.provide([client, TokenCipher.layerPlainText]))
      })
    )
  }
})
