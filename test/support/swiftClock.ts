import * as Effect from "effect/Effect"
import { vi } from "vitest"

/**
 * Before each step the test clock waits for timers of the system, a millisecond each, so that everything else comes to
 * rest. Within this effect such a timer is one turn of the event loop: ten minutes in small steps take seconds.
 */
export const withSwiftClock = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const { setTimeout } = globalThis
      vi.stubGlobal("setTimeout", (callback: () => void, delay?: number) =>
        delay === 0 || delay === undefined ? setImmediate(callback) : setTimeout(callback, delay)
      )
    }),
    () => self,
    () => Effect.sync(() => vi.unstubAllGlobals())
  )
