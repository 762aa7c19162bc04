/**
 * Token stores for the command, each with what tells it where the store is.
 */
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import type * as SqlClient from "@effect/sql/SqlClient"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { join } from "node:path"
import * as FileTokenStore from "../../../src/store/FileTokenStore.js"
import * as SqlTokenStore from "../../../src/sql/SqlTokenStore.js"
import * as TokenCipher from "../../../src/store/TokenCipher.js"
import type { RecordKey } from "../../../src/store/TokenStore.js"
import { LeasedTokenStore } from "../../../src/store/TokenStore.js"
import { NodeFiles } from "../../store/support/files.js"
import * as Postgres from "../../support/postgres.js"
import { temporaryFolder } from "./commandLine.js"

export interface TestStore {
  /** Where it is, for the command. */
  readonly env: Readonly<Record<string, string>>
  /** The store as an application has it, made if it is not there. */
  readonly layer: Layer.Layer<LeasedTokenStore, never, TokenCipher.TokenCipher>
}

/** The database of a store, as an application reaches it. */
export interface TestDatabase {
  readonly env: Readonly<Record<string, string>>
  readonly client: Layer.Layer<SqlClient.SqlClient>
}

export const databases = {
  SQLite: Effect.map(temporaryFolder, (folder) => {
    const filename = join(folder, "tokens.sqlite")
    return {
      env: { OAUTH_STORE: `sqlite:${filename}` },
      client: Layer.orDie(SqliteClient.layer({ filename }))
    }
  }),
  PostgreSQL: Effect.map(Postgres.database, (url) => ({
    env: { OAUTH_STORE: Redacted.value(url) },
    client: Layer.orDie(Postgres.clientOf(url, { maxConnections: 2 }))
  }))
} satisfies Readonly<Record<string, Effect.Effect<TestDatabase, never, Scope.Scope>>>

const inFiles: Effect.Effect<TestStore, never, Scope.Scope> = Effect.map(temporaryFolder, (folder) => {
  const directory = join(folder, "tokens")
  return {
    env: { OAUTH_STORE: `files:${directory}` },
    layer: Layer.orDie(Layer.provide(FileTokenStore.layer({ directory }), NodeFiles))
  }
})

export const inDatabase = ({ client, env }: TestDatabase): TestStore => ({
  env,
  layer: Layer.orDie(Layer.provide(SqlTokenStore.layer, client))
})

export const stores: Readonly<Record<string, Effect.Effect<TestStore, never, Scope.Scope>>> = {
  files: inFiles,
  ...Object.fromEntries(
    Object.entries(databases).map(([name, database]) => [name, Effect.map(database, inDatabase)])
  )
}

/** A key of 32 equal bytes, as it stands in `OAUTH_STORE_KEYS`. */
export const keyText = (id: string, byte: number): string =>
  `${id}:${Encoding.encodeBase64Url(new Uint8Array(32).fill(byte))}`

export const older = keyText("2026-01", 1)
export const newer = keyText("2026-11", 2)
export const lost = keyText("lost", 3)

export const cipher = (keys: string): Layer.Layer<TokenCipher.TokenCipher> =>
  Layer.orDie(
    TokenCipher.layer(
      keys.split(",").map((one) => {
        const [id = "", secret = ""] = one.split(":")
        return { id, secret: Redacted.make(secret) }
      })
    )
  )

export const recordKey = (provider: string, tenant?: string): RecordKey => ({
  provider,
  tenant,
  id: JSON.stringify([provider, tenant ?? null])
})

/** Seconds from now. */
export const inSeconds = (seconds: number): Effect.Effect<Option.Option<DateTime.Utc>> =>
  Effect.map(DateTime.now, (now) => Option.some(DateTime.add(now, { seconds })))

export interface Seed {
  readonly key: RecordKey
  readonly content: string
  readonly expiresIn?: number
  readonly presentedFor?: number
}

/** Saves records with a key, as an application would. */
export const seed = (store: TestStore, keys: string, records: ReadonlyArray<Seed>): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { load, save } = yield* LeasedTokenStore
    for (const { content, expiresIn, key, presentedFor } of records) {
      const { version } = yield* load(key)
      yield* save(
        {
          key,
          content: Redacted.make(content),
          expiresAt: expiresIn === undefined ? Option.none() : yield* inSeconds(expiresIn),
          presentedAt: presentedFor === undefined ? Option.none() : yield* inSeconds(-presentedFor)
        },
        version
      )
    }
  }).pipe(Effect.provide(Layer.provide(store.layer, cipher(keys))), Effect.orDie)

/** What an application finds in the store. */
export const contents = (
  store: TestStore,
  keys: string,
  records: ReadonlyArray<RecordKey>
): Effect.Effect<ReadonlyArray<string | undefined>> =>
  Effect.gen(function* () {
    const { load } = yield* LeasedTokenStore
    return yield* Effect.forEach(records, (key) =>
      Effect.map(load(key), ({ record }) =>
        Option.getOrUndefined(Option.map(record, ({ content }) => Redacted.value(content)))
      )
    )
  }).pipe(Effect.provide(Layer.provide(store.layer, cipher(keys))), Effect.orDie)
