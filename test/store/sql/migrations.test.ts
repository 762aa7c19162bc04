import * as Migrator from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as SqlTokenStore from "../../../src/sql/SqlTokenStore.js"
import * as TokenCipher from "../../../src/store/TokenCipher.js"
import { StoreFailure } from "../../../src/token/TokenError.js"
import * as Postgres from "../../support/postgres.js"
import type { Reach } from "./support/databases.js"
import { databases, shared } from "./support/databases.js"
import { entryOf, freshKey } from "./support/entries.js"
import { holdRow, someoneWaits } from "./support/locks.js"

const migrationsIn = (table: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.map(sql<{ readonly name: string }>`select name from ${sql(table)} order by migration_id`, (rows) =>
      rows.map(({ name }) => name)
    )
  )

const inEmpty =
  (database: Effect.Effect<Reach, never, Scope.Scope>) =>
  <A, E, R>(test: Effect.Effect<A, E, R>) =>
    Effect.flatMap(database, (reach) => Effect.provide(test, reach()))

const ours = ["tokens", "leases"]

for (const [name, database] of Object.entries(databases)) {
  describe(`migrations of ${name}`, () => {
    it.scoped("run once, and leave what is there", () =>
      Effect.gen(function* () {
        const key = freshKey()
        const first = yield* SqlTokenStore.make()
        yield* first.save(entryOf(key, "content"), 0)
        const second = yield* SqlTokenStore.make()
        expect((yield* second.load(key)).version).toBe(1)
        expect(yield* migrationsIn("oauth_token_migrations")).toStrictEqual(ours)
      }).pipe(Effect.provide(TokenCipher.layerPlainText), inEmpty(database))
    )

    it.scoped("have nothing to do with the application's", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const loader = Migrator.fromRecord({ "1_users": Effect.asVoid(sql`create table users (id integer)`) })
        yield* SqlTokenStore.migrate
        yield* Migrator.make({})({ loader })
        yield* SqlTokenStore.migrate
        expect(yield* migrationsIn("effect_sql_migrations")).toStrictEqual(["users"])
        expect(yield* migrationsIn("oauth_token_migrations")).toStrictEqual(ours)
      }).pipe(inEmpty(database))
    )

    it.scoped("that fail are a failure and no defect, and nothing of them stays", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`create table oauth_leases (somebody_elses integer)`
        const error = yield* Effect.flip(SqlTokenStore.migrate)
        expect(error).toMatchObject({ _tag: "MigrationError", reason: "failed" })
        expect(
          yield* migrationsIn("oauth_token_migrations").pipe(Effect.orElseSucceed(() => []))
        ).toStrictEqual([])
        expect(Exit.isFailure(yield* Effect.exit(sql`select id from oauth_tokens`))).toBe(true)
      }).pipe(inEmpty(database))
    )

    it.scoped("are left to others on demand, and a store without tables is unavailable until they come", () =>
      Effect.gen(function* () {
        const key = freshKey()
        const store = yield* SqlTokenStore.make({ migrate: false })
        expect(yield* Effect.flip(store.load(key))).toStrictEqual(
          new StoreFailure({ provider: key.provider, reason: "Unavailable", key: key.id })
        )
        yield* SqlTokenStore.migrate
        expect((yield* store.load(key)).version).toBe(0)
      }).pipe(Effect.provide(TokenCipher.layerPlainText), inEmpty(database))
    )
  })
}

describe("clients that migrate at once", () => {
  for (const [name, database] of Object.entries(shared)) {
    it.scoped(`leave one set of tables in ${name}`, () =>
      Effect.gen(function* () {
        const reach = yield* database
        yield* Effect.forEach(
          Array.from({ length: 8 }),
          () => Effect.provide(SqlTokenStore.migrate, reach()),
          { concurrency: "unbounded" }
        )
        expect(yield* Effect.provide(migrationsIn("oauth_token_migrations"), reach())).toStrictEqual(ours)
      })
    )
  }
})

describe("an application that may not make tables", () => {
  it.scoped("starts when somebody else has made them", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.database
      yield* Effect.provide(SqlTokenStore.migrate, Postgres.clientOf(url))
      const sql = yield* Effect.map(Layer.build(Postgres.clientOf(url)), Context.get(SqlClient.SqlClient))
      const role = `application_${new URL(Redacted.value(url)).pathname.slice(1)}`
      yield* Effect.acquireRelease(sql.unsafe(`create role ${role} login password 'not-a-secret'`), () =>
        Effect.orDie(Effect.zipRight(sql.unsafe(`drop owned by ${role}`), sql.unsafe(`drop role ${role}`)))
      )
      yield* sql.unsafe(`grant select on oauth_token_migrations to ${role}`)
      yield* sql.unsafe(`grant select, insert, update, delete on oauth_tokens, oauth_leases to ${role}`)
      const application = new URL(Redacted.value(url))
      application.username = role
      application.password = "not-a-secret"
      yield* Effect.gen(function* () {
        const store = yield* SqlTokenStore.make()
        expect(yield* store.save(entryOf(freshKey(), "content"), 0)).toStrictEqual(Option.some(1))
      }).pipe(
        Effect.provide([Postgres.clientOf(Redacted.make(application.href)), TokenCipher.layerPlainText])
      )
    })
  )
})

describe("a database whose transactions are serializable unless they say otherwise", () => {
  it.scoped("S26 fails neither migrations nor saves because of each other", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.database
      const { pathname } = new URL(Redacted.value(url))
      yield* Effect.flatMap(SqlClient.SqlClient, (sql) =>
        sql.unsafe(`alter database ${pathname.slice(1)} set default_transaction_isolation = 'serializable'`)
      ).pipe(Effect.provide(Postgres.clientOf(url)))
      const client = () => Postgres.clientOf(url)
      yield* Effect.forEach(
        Array.from({ length: 8 }),
        () => Effect.provide(SqlTokenStore.migrate, client()),
        { concurrency: "unbounded" }
      )
      yield* Effect.gen(function* () {
        const store = yield* SqlTokenStore.make({ migrate: false })
        const key = freshKey()
        yield* store.save(entryOf(key, "content"), 0)
        const { letGo } = yield* holdRow(key)
        const save = yield* Effect.fork(store.save(entryOf(key, "next"), 1))
        yield* someoneWaits
        // this one's commit is what the other one may not be serialized with
        yield* letGo
        expect(yield* Fiber.join(save)).toStrictEqual(Option.some(2))
      }).pipe(Effect.provide([client(), TokenCipher.layerPlainText]))
    })
  )
})
