import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import {
  FileTokenStore,
  KeyValueTokenStore,
  MemoryTokenStore,
  SealedTokenStore,
  TokenCipher,
  TokenStore
} from "effect-oauth"
import type { Entry } from "./lives.js"
import { marks } from "./marks.js"
import type { Exhibit } from "./witness.js"

const key: TokenStore.RecordKey = { provider: "app/Api", tenant: "acme", id: "a record" }

const entry: TokenStore.Entry = {
  key,
  content: Redacted.make<string>(marks.refreshToken),
  expiresAt: Option.none(),
  presentedAt: Option.none()
}

const secret: TokenCipher.SecretKey = {
  id: "a-key",
  secret: Redacted.make(Encoding.encodeBase64Url(marks.otherSecret.slice(-32).padStart(32, "-")))
}

/** A store through its operations, and what each of them brings. */
const life = <E, R>(make: Effect.Effect<TokenStore.Service, E, R>) =>
  Effect.gen(function* () {
    const store = yield* make
    const saved = yield* store.save(entry, 0)
    const loaded = yield* store.load(key)
    const listed = yield* Stream.runCollect(store.list)
    const stranger = { ...key, tenant: "another" }
    const failed = yield* Effect.exit(store.load(stranger))
    const removed = yield* store.remove(key, 1)
    const holds = Option.match(loaded.record, {
      onNone: () => [],
      onSome: ({ content }) => [Redacted.value(content)]
    })
    return { shows: [store, entry, saved, loaded, listed, failed, removed], holds } satisfies Exhibit
  })

const sealing = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(effect, TokenCipher.layer([secret]))

const values = Effect.provide(KeyValueStore.layerMemory)

const inFiles = <A, E, R>(use: (directory: string) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    return yield* use(yield* fs.makeTempDirectoryScoped())
  }).pipe(Effect.provide(NodeContext.layer))

/** A cipher, and what it has sealed and opened. */
const use = (cipher: TokenCipher.Cipher) =>
  Effect.gen(function* () {
    const sealed = yield* cipher.seal(key, 1, entry.content)
    const opened = yield* cipher.open(key, 1, sealed)
    const failed = yield* Effect.exit(cipher.open(key, 1, entry.content))
    return {
      shows: [cipher, secret, sealed, opened, failed],
      holds: [Redacted.value(opened.content)]
    } satisfies Exhibit
  })

const keysFrom = (text: string) =>
  Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["OAUTH_STORE_KEYS", text]])))

export const stores: Readonly<Record<string, Entry>> = {
  "FileTokenStore.make": inFiles((directory) => sealing(life(FileTokenStore.make({ directory })))),
  "FileTokenStore.layer": inFiles((directory) =>
    life(TokenStore.TokenStore).pipe(Effect.provide(FileTokenStore.layer({ directory })), sealing)
  ),
  "KeyValueTokenStore.make": values(sealing(life(KeyValueTokenStore.make))),
  "KeyValueTokenStore.layer": values(
    sealing(Effect.provide(life(TokenStore.TokenStore), KeyValueTokenStore.layer))
  ),
  "MemoryTokenStore.make": life(MemoryTokenStore.make),
  "MemoryTokenStore.layer": Effect.provide(life(TokenStore.TokenStore), MemoryTokenStore.layer),
  "SealedTokenStore.make": sealing(life(Effect.flatMap(MemoryTokenStore.make, SealedTokenStore.make))),
  "SealedTokenStore.seal": life(
    Effect.map(MemoryTokenStore.make, (store) => SealedTokenStore.seal(store, TokenCipher.plainText))
  ),
  "SealedTokenStore.rekey": Effect.gen(function* () {
    const store = yield* TokenStore.TokenStore
    yield* store.save(entry, 0)
    const { record } = yield* store.load(key)
    return {
      shows: [yield* SealedTokenStore.rekey],
      holds: Option.toArray(Option.map(record, ({ content }) => Redacted.value(content)))
    }
  }).pipe(Effect.provide(KeyValueTokenStore.layer), sealing, values),
  "TokenCipher.TokenCipher": sealing(Effect.flatMap(TokenCipher.TokenCipher, use)),
  "TokenCipher.make": Effect.flatMap(TokenCipher.make([secret]), use),
  "TokenCipher.layer": sealing(Effect.flatMap(TokenCipher.TokenCipher, use)),
  "TokenCipher.layerConfig": Effect.gen(function* () {
    const read = (text: string) =>
      Effect.flatMap(TokenCipher.TokenCipher, use).pipe(
        Effect.provide(TokenCipher.layerConfig().pipe(Layer.provide(keysFrom(text))))
      )
    const exhibit = yield* read(`a-key:${Redacted.value(secret.secret)}`)
    const wrong = yield* Effect.exit(read(`${Redacted.value(secret.secret)},${marks.clientSecret}:a-key`))
    if (Exit.isSuccess(wrong)) return yield* Effect.dieMessage("keys that are wrong were taken")
    return { ...exhibit, shows: [...exhibit.shows, wrong] }
  }),
  "TokenCipher.plainText": use(TokenCipher.plainText),
  "TokenCipher.layerPlainText": Effect.provide(
    Effect.flatMap(TokenCipher.TokenCipher, use),
    TokenCipher.layerPlainText
  ),
  "TokenStore.TokenStore": Effect.provide(life(TokenStore.TokenStore), MemoryTokenStore.layer),
  "TokenStore.LeasedTokenStore": Effect.gen(function* () {
    const store = yield* TokenStore.LeasedTokenStore
    const exhibit = yield* life(Effect.succeed(store))
    const lease = yield* store.acquire(key, "a holder", Duration.minutes(1))
    return { ...exhibit, shows: [...exhibit.shows, lease] }
  }).pipe(Effect.provide(MemoryTokenStore.layer)),
  "TokenStore.layer": Effect.provide(life(TokenStore.TokenStore), TokenStore.layer(MemoryTokenStore.make)),
  "TokenStore.layerLeased": Effect.provide(
    life(TokenStore.LeasedTokenStore),
    TokenStore.layerLeased(MemoryTokenStore.make)
  )
}

const sql = "shown, with all that it holds, in test/store/sql/s22-sql.test.ts"

export const sqlStores: Readonly<Record<string, Entry>> = {
  "SqlAuditRecorder.events": sql,
  "SqlAuditRecorder.layer": sql,
  "SqlAuditRecorder.layerWith": sql,
  "SqlAuditRecorder.make": sql,
  "SqlAuditRecorder.migrate": sql,
  "SqlAuditRecorder.purge": sql,
  "SqlTokenStore.layer": sql,
  "SqlTokenStore.layerWith": sql,
  "SqlTokenStore.make": sql,
  "SqlTokenStore.migrate": sql,
  "SqlTokenStore.purge": sql
}
