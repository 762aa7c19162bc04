import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Inspectable from "effect/Inspectable"
import * as Schema from "effect/Schema"
import { TokenError } from "effect-oauth"
import { inspect } from "node:util"

/** Every way in which an error gets into a log. */
export const renderings = (error: TokenError.TokenError): ReadonlyArray<string> => [
  error.message,
  String(error),
  error.stack ?? "",
  JSON.stringify(error),
  JSON.stringify(Schema.encodeSync(TokenError.TokenError)(error)),
  inspect(error, { depth: Infinity, showHidden: true }),
  Inspectable.toStringUnknown(error),
  Cause.pretty(Cause.fail(error), { renderErrorCause: true }),
  inspect(Cause.fail(error), { depth: Infinity }),
  JSON.stringify(Exit.fail(error))
]
