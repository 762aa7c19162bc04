/** The records: one statement each, whatever else the database is doing. */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Array from "effect/Array"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Entry, Loaded, RecordKey, Service } from "../../store/TokenStore.js"
import type { StoreFailure } from "../../token/TokenError.js"
import type { Dialect } from "./dialect.js"
import { unavailable, unavailableAltogether } from "../../store/failure.js"
import type { Migrations } from "./migrate.js"
import type { LoadedRow } from "./rows.js"
import * as Rows from "./rows.js"
import type { Query } from "./query.js"

const table = "oauth_tokens"

export const makeRecords = (sql: SqlClient.SqlClient, { now }: Dialect, query: Query): Service => {
  const load: Service["load"] = (key) =>
    query(
      { operation: "load", table, failure: () => unavailable(key) },
      Rows.LoadedRow,
      sql`select provider, tenant, version, content, expires_at, presented_at, saved_at
        from oauth_tokens where id = ${key.id}`
    ).pipe(
      Effect.map(Array.head),
      Effect.map(Option.match({ onNone: () => nothing, onSome: (row) => loaded(key, row) }))
    )

  const first = ({ content, expiresAt, key, presentedAt }: Entry) => sql`
    insert into oauth_tokens (id, provider, tenant, version, content, expires_at, presented_at, saved_at)
    values (${key.id}, ${key.provider}, ${key.tenant ?? null}, 1, ${Redacted.value(content)},
      ${millis(expiresAt)}, ${millis(presentedAt)}, ${now})
    on conflict (id) do nothing
    returning version`

  const next = ({ content, expiresAt, key, presentedAt }: Entry, expected: number) => sql`
    update oauth_tokens set provider = ${key.provider}, tenant = ${key.tenant ?? null}, version = version + 1,
      content = ${Redacted.value(content)}, expires_at = ${millis(expiresAt)},
      presented_at = ${millis(presentedAt)}, saved_at = ${now}
    where id = ${key.id} and version = ${expected}
    returning version`

  const save: Service["save"] = (entry, expected) =>
    query(
      { operation: "save", table, failure: () => unavailable(entry.key) },
      Rows.VersionRow,
      expected === 0 ? first(entry) : next(entry, expected)
    ).pipe(Effect.map(Array.head), Effect.map(Option.map(({ version }) => version)))

  const remove: Service["remove"] = (key, expected) =>
    query(
      { operation: "remove", table, failure: () => unavailable(key) },
      Rows.VersionRow,
      sql`update oauth_tokens set version = version + 1, content = null, expires_at = null, presented_at = null,
          saved_at = ${now}
        where id = ${key.id} and version = ${expected} and content is not null
        returning version`
    ).pipe(Effect.map(Array.isNonEmptyReadonlyArray))

  const page = (after: string | undefined) =>
    query(
      { operation: "list", table, failure: unavailableAltogether },
      Rows.SummaryRow,
      sql`select id, provider, tenant, version, expires_at, presented_at, saved_at from oauth_tokens
        where content is not null ${after === undefined ? sql`` : sql`and id > ${after}`}
        order by id limit ${pageSize}`
    )

  const list: Service["list"] = Stream.paginateChunkEffect(undefined, (after: string | undefined) =>
    Effect.map(page(after), (rows) => [
      Chunk.fromIterable(Array.map(rows, Rows.summaryOf)),
      rows.length < pageSize ? Option.none() : Option.map(Array.last(rows), ({ id }) => id)
    ])
  )

  return { load, save, remove, list }
}

/** A list is read in pages: it holds up nobody, and not all of it is in memory. */
const pageSize = 500

const nothing: Loaded = { version: 0, record: Option.none() }

const loaded = ({ id }: RecordKey, row: typeof LoadedRow.Type): Loaded => ({
  version: row.version,
  record: Option.map(Option.fromNullable(row.content), (content) => Rows.recordOf({ ...row, id }, content))
})

const millis = (instant: Option.Option<DateTime.Utc>): number | null =>
  Option.getOrNull(Option.map(instant, DateTime.toEpochMillis))

/** Instants are milliseconds since 1970: both databases have those, and neither rounds them. */
export const tokenTables: Migrations = {
  // a record that was removed stays without content, so that its key's version goes on counting
  "1_tokens": Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`create table oauth_tokens (
      id text not null primary key,
      provider text not null,
      tenant text,
      version bigint not null,
      content text,
      expires_at bigint,
      presented_at bigint,
      saved_at bigint not null
    )`
  ),
  "2_leases": Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`create table oauth_leases (
      id text not null primary key,
      holder text not null,
      fence bigint not null,
      ends_at bigint not null
    )`
  )
}

/** Deletes the remains of records that were removed before that age, then the leases that have ended before it. */
export const purgeTokens = (
  sql: SqlClient.SqlClient,
  { now }: Dialect,
  query: Query,
  olderThan: Duration.DurationInput
): Effect.Effect<number, StoreFailure> => {
  const age = Math.ceil(Duration.toMillis(olderThan))
  const records = query(
    { operation: "purge", table: "oauth_tokens", failure: unavailableAltogether },
    Rows.IdRow,
    sql`delete from oauth_tokens where content is null and saved_at <= ${now} - ${age} returning id`
  )
  const leases = query(
    { operation: "purge", table: "oauth_leases", failure: unavailableAltogether },
    Rows.IdRow,
    sql`delete from oauth_leases where ends_at <= ${now} - ${age}
      and not exists (select 1 from oauth_tokens where oauth_tokens.id = oauth_leases.id)
      returning id`
  )
  return Effect.map(Effect.zipLeft(records, leases), ({ length }) => length)
}
