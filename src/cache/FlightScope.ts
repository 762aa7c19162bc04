/**
 * Where flights run: those of one cache, or of the caches of a hundred thousand tenants.
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

/** A scope for flights, with the services that they run with, and where their events and what they bring go to. */
export interface FlightScope {
  readonly sink: Sink
  /** The store that the caches are made on. */
  readonly shared: Settings | undefined
  /** Guards the start of a flight. */
  readonly semaphore: Effect.Semaphore
  readonly fork: (flight: Effect.Effect<void>) => Fiber.RuntimeFiber<void>
  readonly isClosed: () => boolean
}

/** Flights run with the services that are found here, whoever asks for a token later, and end with the scope. */
export const make: Effect.Effect<FlightScope, never, Scope.Scope> = Effect.gen(function* () {
  const sink = yield* TokenEventSink
  const shared = Option.getOrUndefined(yield* CacheStore)
  const semaphore = yield* Effect.makeSemaphore(1)
  const fork = yield* FiberSet.makeRuntime<never, void, never>()
  let isClosed = false
  // after the fiber set's finalizer in this list, so before it in time: nothing is forked into a closed set
  yield* Effect.addFinalizer(() => Effect.sync(() => (isClosed = true)))
  return { sink, shared, semaphore, fork, isClosed: () => isClosed }
})
