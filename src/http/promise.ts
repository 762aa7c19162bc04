/**
 * The way from effects to promises, for the doors to code that knows no Effect.
 */
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"

/** An `AbortSignal`, as far as it is needed here: there are others that look like it. */
export interface Signal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: "abort", listener: () => void): void
  removeEventListener(type: "abort", listener: () => void): void
}

/**
 * Runs an effect as a promise that is rejected with the error itself, a `TokenError` as it is; with the signal's reason
 * once that is aborted; and with an `AbortError` where the effect was interrupted otherwise, as by a scope that closed.
 */
export const promised =
  <R>(runtime: Runtime.Runtime<R>) =>
  async <A, E>(effect: Effect.Effect<A, E, R>, signal?: Signal | null): Promise<A> => {
    // one signal may serve a thousand requests, so none of them leaves a listener behind
    const interruption = new AbortController()
    const interrupt = () => interruption.abort()
    if (signal?.aborted === true) interrupt()
    else signal?.addEventListener("abort", interrupt)
    const exit = await Runtime.runPromiseExit(runtime)(effect, { signal: interruption.signal })
    signal?.removeEventListener("abort", interrupt)
    if (Exit.isSuccess(exit)) return exit.value
    // within a span, the error in the cause is only a stand-in for the one that it failed with
    throw Cause.isInterruptedOnly(exit.cause)
      ? reasonOf(signal)
      : Cause.originalError(Cause.squash(exit.cause))
  }

const reasonOf = (signal: Signal | null | undefined): unknown =>
  signal?.reason ??
  new DOMException(
    signal?.aborted === true ? "The request was aborted" : "The token's provider was closed",
    "AbortError"
  )
