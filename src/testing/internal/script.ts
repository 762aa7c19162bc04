/**
 * One step of a scripted grant.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { TokenError } from "../../token/TokenError.js"
import type { Failure } from "./failure.js"

/** A token's value, or the failure that stands in its place. */
export const perform = (
  provider: string,
  outcome: string | Redacted.Redacted | Failure
): Effect.Effect<Redacted.Redacted, TokenError> => {
  if (typeof outcome === "string") return Effect.succeed(Redacted.make(outcome))
  if (Redacted.isRedacted(outcome)) return Effect.succeed(outcome)
  if (typeof outcome !== "function") return Effect.fail(outcome)
  return Effect.flatMap(DateTime.now, (now) => Effect.fail(outcome(provider, now)))
}
