/**
 * The way from effects to promises, for the doors to code that knows no Effect.
 */
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"

/**
 * Runs an effect as a promise that is rejected with the error itself, a `TokenError` as it is, or with the signal's
 * reason once that is aborted.
 */
export const promised =
  (runtime: Runtime.Runtime<never>) =>
  async <A>(effect: Effect.Effect<A, unknown>, signal?: AbortSignal | null): Promise<A> => {
    const exit = await Runtime.runPromiseExit(runtime)(effect, signal == null ? {} : { signal })
    if (Exit.isSuccess(exit)) return exit.value
    throw signal?.aborted === true ? signal.reason : Cause.squash(exit.cause)
  }
