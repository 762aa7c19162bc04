import * as SqlClient from "@effect/sql/SqlClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as SqlTokenStore from "../../../../src/sql/SqlTokenStore.js"
import * as TokenCipher from "../../../../src/store/TokenCipher.js"
import type { Reach, Settings } from "./databases.js"

/** A store in an empty database, and the client that it uses. */
export const storeIn = (
  database: Effect.Effect<Reach, never, Scope.Scope>,
  {
    cipher = TokenCipher.layerPlainText,
    ...settings
  }: Settings & { readonly cipher?: Layer.Layer<TokenCipher.TokenCipher> } = {}
) =>
  SqlTokenStore.layer.pipe(
    Layer.provide(cipher),
    Layer.provideMerge(Layer.unwrapScoped(Effect.map(database, (reach) => reach(settings)))),
    Layer.orDie
  )

/** Lets time pass for every turn: what a turn is measured by is the database's time, which no test can move. */
export const pass = (by: Duration.Duration): Effect.Effect<void, never, SqlClient.SqlClient> =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`update oauth_leases set ends_at = ends_at - ${Duration.toMillis(by)}`
  ).pipe(Effect.orDie, Effect.asVoid)
