import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as SqlClient from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { FileTokenStore, MemoryTokenStore, SqlTokenStore, TokenCipher } from "../library.js"
import type { Place, Places } from "./place.js"
import { database } from "./postgres.js"

/** Every place there is, with what is in it; all of them are gone with the scope. */
export const open: Effect.Effect<Places, unknown, Scope.Scope> = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const cipher = TokenCipher.layer([
    { id: "bench", secret: Redacted.make(randomBytes(32).toString("base64url")) }
  ])
  const here = [
    yield* memory,
    yield* files("plain text", join(folder, "plain"), TokenCipher.layerPlainText),
    yield* files("sealed", join(folder, "sealed"), cipher),
    yield* sql("SQLite", SqliteClient.layer({ filename: join(folder, "tokens.sqlite") }), cipher)
  ]
  const note = "Contents are sealed, but for those in memory and those called plain text."
  return yield* postgres(cipher).pipe(
    Effect.map(({ note: server, place }) => ({ places: [...here, place], notes: [note, server] })),
    // a machine on which it does not run still learns about the others
    Effect.catchAll((problem) =>
      Effect.succeed({ places: here, notes: [note, `PostgreSQL was not measured: ${firstLine(problem)}.`] })
    )
  )
})

type Cipher = Layer.Layer<TokenCipher.TokenCipher, unknown>

const memory = Effect.map(MemoryTokenStore.make, (store): Place => ({
  name: "memory",
  contents: "in memory",
  connect: Effect.succeed(store),
  query: undefined
}))

/** The least that can be asked of files is to read one, as long as a record is. */
const files = (contents: "plain text" | "sealed", directory: string, cipher: Cipher) =>
  Effect.gen(function* () {
    const connect = FileTokenStore.make({ directory }).pipe(
      Effect.provide(cipher),
      Effect.provide(NodeContext.layer)
    )
    const fs = yield* Effect.provide(FileSystem.FileSystem, NodeContext.layer)
    const file = `${directory}.txt`
    yield* fs.writeFileString(file, "x".repeat(1000))
    const name = contents === "sealed" ? "files" : `files, ${contents}`
    return { name, contents, connect, query: fs.readFileString(file) } satisfies Place
  })

const sql = (name: string, client: Layer.Layer<SqlClient.SqlClient, unknown>, cipher: Cipher) =>
  Effect.gen(function* () {
    // built anew each time: a pool, or a connection, of its own
    const connect = Effect.flatMap(Layer.build(client), (context) =>
      Effect.provide(SqlTokenStore.make(), context)
    )
    const query = yield* Effect.provide(SqlClient.SqlClient, yield* Layer.build(client))
    return {
      name,
      contents: "sealed",
      connect: Effect.provide(connect, cipher),
      query: query`select 1`
    } satisfies Place
  })

const postgres = (cipher: Cipher) =>
  Effect.gen(function* () {
    const client = PgClient.layer({ url: yield* database })
    return { place: yield* sql("PostgreSQL", client, cipher), note: yield* Effect.provide(settings, client) }
  })

const settings = Effect.map(
  Effect.flatMap(
    PgClient.PgClient,
    (sql) =>
      sql<{ version: string; fsync: string; commit: string }>`
        select current_setting('server_version') as version, current_setting('fsync') as fsync,
          current_setting('synchronous_commit') as commit`
  ),
  ([server]) =>
    `PostgreSQL ${server!.version} on the loopback address has \`fsync\` ${server!.fsync} and \`synchronous_commit\` ${server!.commit}.`
)

const temporaryFolder = Effect.flatMap(FileSystem.FileSystem, (fs) =>
  fs.makeTempDirectoryScoped({ prefix: "effect-oauth-bench-" })
).pipe(Effect.provide(NodeContext.layer))

const firstLine = (problem: unknown): string => String(problem).split("\n")[0] ?? ""
