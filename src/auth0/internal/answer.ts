/**
 * From an answer of the Management API to a value or a typed error.
 */
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { parse, textAt } from "../../wire/responseBody.js"
import { sanitize } from "../../wire/sanitize.js"
import type { Failure } from "../UserError.js"
import { Forbidden, InsufficientScope, InvalidAnswer, InvalidRequest } from "../UserError.js"
import type { Answer, Operation, Refusal } from "./operation.js"

/** Reads an answer that is neither a rate limit nor a server's trouble. */
export const interpret = <A, E>(
  operation: Operation<A, E>,
  answer: Answer,
  secrets: ReadonlyArray<Redacted.Redacted>
): Effect.Effect<A, E | Failure> => {
  const { status } = answer
  if (status >= 200 && status < 300) return operation.read(answer)
  if (status < 400) {
    return new InvalidAnswer({ operation: operation.name, reason: "Redirect", status, path: "" })
  }
  const refusal = refusalOf(answer, secrets)
  return operation.means(refusal) ?? refused(operation.name, refusal)
}

/** What a refusal means to any operation. */
const refused = (
  operation: Operation<unknown, unknown>["name"],
  { code, description, status }: Refusal
): InsufficientScope | Forbidden | InvalidRequest => {
  if (status === 403 && (code === "insufficient_scope" || /insufficient scope/i.test(description ?? ""))) {
    return new InsufficientScope({ operation, scopes: description?.match(scope) ?? [] })
  }
  if (status === 401 || status === 403) return new Forbidden({ operation, status, code, description })
  return new InvalidRequest({ operation, status, code, description })
}

/** As in `create:users`. */
const scope = /\b[a-z_]+:[a-z_]+\b/g

/** Auth0's errors are `{"statusCode", "error", "message", "errorCode"}`; a page or an empty body says nothing. */
const refusalOf = ({ body, status }: Answer, secrets: ReadonlyArray<Redacted.Redacted>): Refusal => {
  const members = parse(body) ?? {}
  const said = (name: string, most: number) => sanitize(textAt(members, name) ?? "", secrets, most)
  const code = said("errorCode", 100)
  const description = said("message", 500)
  return { status, ...(code === "" ? {} : { code }), ...(description === "" ? {} : { description }) }
}

/** Reads a body by a schema. What a parser says of it prints values: only the place of the first mistake is kept. */
export const decode = <A, I>(
  operation: Operation<unknown, unknown>["name"],
  schema: Schema.Schema<A, I>
): ((answer: Answer) => Effect.Effect<A, InvalidAnswer>) => {
  const read = Schema.decodeUnknown(schema)
  return ({ body, status }) =>
    readJson(body).pipe(
      Effect.mapError(() => new InvalidAnswer({ operation, reason: "NotJson", status, path: "" })),
      Effect.flatMap((json) =>
        Effect.mapError(read(json), (error) => {
          const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
          const reason = issue?._tag === "Missing" ? "Missing" : "WrongShape"
          return new InvalidAnswer({
            operation,
            reason,
            status,
            path: issue?.path.map(String).join(".") ?? ""
          })
        })
      )
    )
}

const readJson = Schema.decode(Schema.parseJson())
