/** How a statement is run, and what becomes of its failures. */
import type { SqlError } from "@effect/sql/SqlError"
import type { Statement } from "@effect/sql/Statement"
import { withTransformerDisabled } from "@effect/sql/Statement"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { endAfter } from "../../token/deadline.js"
import type { StoreFailure } from "../../token/TokenError.js"
import type { Dialect } from "./dialect.js"
import { codeOf, isConflict } from "./errorCode.js"
import { outsideTransactions } from "./migrate.js"

/** What is done, for the span, and the failure that its caller gets. */
export interface Purpose {
  readonly operation: string
  readonly table: string
  readonly failure: () => StoreFailure
}

export type Query = <A, I>(
  purpose: Purpose,
  row: Schema.Schema<A, I>,
  statement: Statement<object>
) => Effect.Effect<ReadonlyArray<A>, StoreFailure>

/**
 * Runs single statements, and answers with decoded rows or with the caller's failure.
 *
 * No error, span or log of the database or of its driver leaves this function: any of them may hold the row that a
 * statement was about. The span tells the database's code of an error.
 *
 * A caller who is interrupted leaves at once, and the statement comes to its end behind it: to cancel one may hit the next
 * one on the same connection.
 */
export const makeQuery =
  ({ run, system }: Dialect, timeout: Duration.DurationInput): Query =>
  ({ failure, operation, table }, row, statement) =>
    Effect.forkDaemon(Effect.interruptible(Effect.exit(execute(run(statement))))).pipe(
      Effect.flatMap((fiber) =>
        Fiber.join(fiber).pipe(
          Effect.interruptible,
          endAfter(
            Duration.toMillis(timeout),
            Effect.zipRight(Fiber.interruptFork(fiber), Effect.fail(undefined))
          )
        )
      ),
      Effect.flatten,
      Effect.flatMap(Schema.decodeUnknown(Schema.Array(row))),
      Effect.mapError(failure),
      Effect.withSpan(`effect-oauth.store.${operation}`, {
        kind: "client",
        captureStackTrace: false,
        attributes: { "db.system.name": system, "db.collection.name": table, "db.operation.name": operation }
      })
    )

/** Once, or a few times more where the database has undone it because of another one. */
const execute = <A>(statement: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> =>
  statement.pipe(
    Effect.withTracerEnabled(false),
    // what an application has set to look at statements would look at contents
    withTransformerDisabled,
    outsideTransactions,
    Effect.retry({ times: 5, while: isConflict }),
    Effect.tapError((error) => Effect.annotateCurrentSpan("db.response.status_code", codeOf(error)))
  )
