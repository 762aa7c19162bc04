/**
 * The scope that flights run in: those of one cache, or of the caches of a hundred thousand tenants.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Sink } from "../token/TokenEvent.js"
import { TokenEventSink } from "../token/TokenEvent.js"
import type { Settings } from "./CacheStore.js"
import { CacheStore } from "./CacheStore.js"

export interface FlightScope {
  readonly sink: Sink
  /** The token store and its settings, if there is one. */
  readonly shared: Settings | undefined
  /** Guards the start of a flight. */
  readonly semaphore: Effect.Semaphore
  readonly fork: (flight: Effect.Effect<void>) => Fiber.RuntimeFiber<void>
  readonly isClosed: () => boolean
}

/** Flights run with the services of this effect, not with those of their callers, and end with its scope. */
export const make: Effect.Effect<FlightScope, never, Scope.Scope> = Effect.gen(function* () {
  const sink = yield* TokenEventSink
  const shared = Option.getOrUndefined(yield* CacheStore)
  const semaphore = yield* Effect.makeSemaphore(1)
  const fork = yield* FiberSet.makeRuntime<never, void, never>()
  let isClosed = false
  // Finalizers run in reverse order: this one runs before the fiber set closes, so nothing is forked into a closed set.
  yield* Effect.addFinalizer(() => Effect.sync(() => (isClosed = true)))
  return { sink, shared, semaphore, fork, isClosed: () => isClosed }
})
