/** Where a token store that several processes share can be, and the store there. */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as FileTokenStore from "../../../src/store/FileTokenStore.js"
import * as SqlTokenStore from "../../../src/sql/SqlTokenStore.js"
import type { LeasedTokenStore, TokenStore } from "../../../src/store/TokenStore.js"
import { NodeFiles } from "./files.js"
import { SealedByOneKey } from "./keys.js"

/** The URL of a database, the name of a file, or that of a directory. */
export type Location =
  { readonly postgres: string } | { readonly sqlite: string } | { readonly files: string }

/** The store at a location, with connections of its own. */
export const storeAt = (
  location: Location,
  cipher = SealedByOneKey
): Layer.Layer<TokenStore | LeasedTokenStore> =>
  "files" in location
    ? Layer.orDie(
        Layer.fresh(FileTokenStore.layer({ directory: location.files })).pipe(
          Layer.provide([cipher, NodeFiles])
        )
      )
    : Layer.orDie(Layer.fresh(SqlTokenStore.layer).pipe(Layer.provide([cipher, clientAt(location)])))

/** The client of a database. */
export const clientAt = (location: Exclude<Location, { readonly files: string }>) =>
  "sqlite" in location
    ? Layer.orDie(Layer.fresh(SqliteClient.layer({ filename: location.sqlite })))
    : Layer.orDie(Layer.fresh(PgClient.layer({ url: Redacted.make(location.postgres), maxConnections: 2 })))
