import * as SqlClient from "@effect/sql/SqlClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * Runs beside the transaction of whoever calls, not in it: what was saved of a token must not be undone with somebody's
 * order, and the transaction may be one of another database.
 */
export const outsideTransactions = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.mapInputContext(self, (context: Context.Context<R>) => {
    const services = new Map(context.unsafeMap)
    services.delete(SqlClient.TransactionConnection.key)
    return Context.unsafeMake<R>(services)
  })
