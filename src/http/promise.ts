/**
 * Runs effects as promises, for the adapters to code without Effect.
 */
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"

/** The part of `AbortSignal` that is used, so that look-alikes such as Azure's are accepted. */
export interface Signal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: "abort", listener: () => void): void
  removeEventListener(type: "abort", listener: () => void): void
}

/**
 * Runs an effect as a promise. It is rejected with the effect's own error; with the signal's reason once the signal is
 * aborted; and with an `AbortError` if the effect was interrupted otherwise, for instance because a scope was closed.
 */
export const toPromise =
  <R>(runtime: Runtime.Runtime<R>) =>
  async <A, E>(effect: Effect.Effect<A, E, R>, signal?: Signal | null): Promise<A> => {
    // A signal may be shared by many requests, so no request may leave its listener behind.
    const interruption = new AbortController()
    const interrupt = () => interruption.abort()
    if (signal?.aborted === true) interrupt()
    else signal?.addEventListener("abort", interrupt)
    const exit = await Runtime.runPromiseExit(runtime)(effect, { signal: interruption.signal })
    signal?.removeEventListener("abort", interrupt)
    if (Exit.isSuccess(exit)) return exit.value
    // Within a span, the cause holds a proxy of the error, not the error itself.
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
