/** An empty location of each kind, which is gone with the scope. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { sqliteFile } from "../sql/support/databases.js"
import { NodeFiles, temporaryDirectory } from "./files.js"
import * as Postgres from "../../support/postgres.js"
import type { Location } from "./locations.js"

export const emptyLocations = {
  PostgreSQL: Effect.map(Postgres.database, (url): Location => ({ postgres: Redacted.value(url) })),
  SQLite: Effect.map(sqliteFile, (sqlite): Location => ({ sqlite })),
  files: Effect.map(temporaryDirectory, (files): Location => ({ files })).pipe(
    Effect.provide(NodeFiles),
    Effect.orDie
  )
} satisfies Readonly<Record<string, Effect.Effect<Location, never, Scope.Scope>>>

export type Kind = keyof typeof emptyLocations
