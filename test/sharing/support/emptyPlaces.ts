/** An empty place of each kind, which is gone with the scope. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { sqliteFile } from "../../store/sql/support/databases.js"
import { NodeFiles, temporaryDirectory } from "../../store/support/files.js"
import * as Postgres from "../../support/postgres.js"
import type { Place } from "./places.js"

export const emptyPlaces = {
  PostgreSQL: Effect.map(Postgres.database, (url): Place => ({ postgres: Redacted.value(url) })),
  SQLite: Effect.map(sqliteFile, (sqlite): Place => ({ sqlite })),
  files: Effect.map(temporaryDirectory, (files): Place => ({ files })).pipe(
    Effect.provide(NodeFiles),
    Effect.orDie
  )
} satisfies Readonly<Record<string, Effect.Effect<Place, never, Scope.Scope>>>

export type Kind = keyof typeof emptyPlaces
