import * as SqlClient from "@effect/sql/SqlClient"
import { expect, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CommandLine from "./support/commandLine.js"
import { contents, databases, inDatabase, newer, older, recordKey, seed } from "./support/stores.js"

const keys = Array.from({ length: 100 }, (_, n) => recordKey("crm", `tenant-${n}.example`))

/** Lets ten records be sealed anew; the statement that saves the eleventh does not end. */
const stuckAfterTen = (sql: SqlClient.SqlClient) =>
  Effect.gen(function* () {
    yield* sql`create function get_stuck() returns trigger language plpgsql as $$
      begin
        if (select count(*) from oauth_tokens where version = 2) = 10 then perform pg_sleep(600); end if;
        return new;
      end $$`
    yield* sql`create trigger stuck before update on oauth_tokens for each row execute function get_stuck()`
  })

const isStuck = (sql: SqlClient.SqlClient) =>
  Effect.repeat(
    sql`select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
    { until: (rows) => rows.length > 0 }
  )

const freed = (sql: SqlClient.SqlClient) =>
  Effect.gen(function* () {
    yield* sql`select pg_terminate_backend(pid) from pg_stat_activity
      where wait_event = 'PgSleep' and datname = current_database()`
    yield* sql`drop trigger stuck on oauth_tokens`
  })

layer(CommandLine.layer, { excludeTestServices: true })("effect-oauth store rekey", (it) => {
  it.scoped("continues after a run that was killed", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const database = yield* databases.PostgreSQL
      const store = inDatabase(database)
      const sql = Context.get(yield* Layer.build(database.client), SqlClient.SqlClient)
      yield* seed(
        store,
        older,
        keys.map((key) => ({ key, content: `content of ${key.id}` }))
      )
      const env = { ...store.env, OAUTH_STORE_KEYS: `${newer},${older}` }
      yield* stuckAfterTen(sql)
      const first = yield* command.start(["store", "rekey"], { env })
      yield* isStuck(sql)
      const { stdout } = yield* first.kill
      expect(stdout).toBe("")
      yield* freed(sql)

      const behind = yield* command.spawn(["store", "check", "--json"], { env })
      expect(behind.code).toBe(0)
      const again = yield* command.spawn(["store", "rekey", "--json"], { env })
      expect(again.code).toBe(0)
      expect(JSON.parse(again.stdout)).toMatchObject({ current: 10, rekeyed: keys.length - 10 })
      expect(yield* contents(store, newer, keys)).toEqual(keys.map(({ id }) => `content of ${id}`))
    })
  )
})
