/** The bytes of a store, as an attacker with the disk or the database sees them. */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Location } from "../../store/support/locations.js"
import { clientAt } from "../../store/support/locations.js"

export interface RawLocation {
  /** The sealed content of a record. */
  readonly read: (id: string) => Effect.Effect<string>
  readonly write: (id: string, content: string) => Effect.Effect<void>
  /** Everything. */
  readonly dump: Effect.Effect<string>
}

export const rawLocation = (location: Location): RawLocation =>
  "files" in location ? rawFiles(location.files) : rawDatabase(location)

const rawDatabase = (location: Exclude<Location, { readonly files: string }>): RawLocation => {
  const within = <A, E>(effect: Effect.Effect<A, E, SqlClient.SqlClient>) =>
    effect.pipe(Effect.provide(clientAt(location)), Effect.orDie)
  return {
    read: (id) =>
      within(
        Effect.flatMap(SqlClient.SqlClient, (sql) =>
          Effect.map(
            sql<{ readonly content: string }>`select content from oauth_tokens where id = ${id}`,
            ([row]) => row?.content ?? ""
          )
        )
      ),
    write: (id, content) =>
      within(
        Effect.flatMap(SqlClient.SqlClient, (sql) =>
          Effect.asVoid(sql`update oauth_tokens set content = ${content} where id = ${id}`)
        )
      ),
    dump:
      "sqlite" in location
        ? Effect.sync(() => bytesIn(dirname(location.sqlite)))
        : within(
            Effect.gen(function* () {
              const sql = yield* SqlClient.SqlClient
              const tables = yield* sql<{ readonly name: string }>`select tablename as name from pg_tables
                where schemaname = 'public'`
              const rows = yield* Effect.forEach(
                tables,
                ({ name }) => sql`select t::text as row from ${sql(name)} t`
              )
              return JSON.stringify(rows)
            })
          )
  }
}

const rawFiles = (directory: string): RawLocation => {
  const fileOf = (id: string) => {
    const ofKey = join(directory, createHash("sha256").update(id).digest("hex"))
    const versions = readdirSync(ofKey).flatMap((name) => /^record-(\d+)\.json$/.exec(name)?.[1] ?? [])
    return join(ofKey, `record-${Math.max(...versions.map(Number))}.json`)
  }
  const change = (id: string, put: (content: string) => string) =>
    Effect.sync(() => {
      const file = fileOf(id)
      // these are what the store writes
      const outer = JSON.parse(readFileSync(file, "utf8")) as { text: string }
      const inner = JSON.parse(outer.text) as { record: { content: string } }
      const before = inner.record.content
      inner.record.content = put(before)
      writeFileSync(file, JSON.stringify({ ...outer, text: JSON.stringify(inner) }))
      return before
    })
  return {
    read: (id) => change(id, (content) => content),
    write: (id, content) => Effect.asVoid(change(id, () => content)),
    dump: Effect.sync(() => bytesIn(directory))
  }
}

const bytesIn = (directory: string): string =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => `${path}\n${readFileSync(path, "latin1")}`)
    .join("\n")
