/** Where a token store can be that several processes share, and the store that is there. */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as FileTokenStore from "../../../src/store/FileTokenStore.js"
import * as SqlTokenStore from "../../../src/store/sql/SqlTokenStore.js"
import type { LeasedTokenStore, TokenStore } from "../../../src/store/TokenStore.js"
import { NodeFiles } from "../../store/support/files.js"
import { SealedByOneKey } from "../../store/support/keys.js"

/** The URL of a database, the name of a file, or that of a directory. */
export type Place = { readonly postgres: string } | { readonly sqlite: string } | { readonly files: string }

/** The store at a place, with connections of its own. */
export const storeAt = (place: Place, cipher = SealedByOneKey): Layer.Layer<TokenStore | LeasedTokenStore> =>
  "files" in place
    ? Layer.orDie(
        Layer.fresh(FileTokenStore.layer({ directory: place.files })).pipe(Layer.provide([cipher, NodeFiles]))
      )
    : Layer.orDie(Layer.fresh(SqlTokenStore.layer).pipe(Layer.provide([cipher, clientAt(place)])))

/** The client of a database. */
export const clientAt = (place: Exclude<Place, { readonly files: string }>) =>
  "sqlite" in place
    ? Layer.orDie(Layer.fresh(SqliteClient.layer({ filename: place.sqlite })))
    : Layer.orDie(Layer.fresh(PgClient.layer({ url: Redacted.make(place.postgres), maxConnections: 2 })))
