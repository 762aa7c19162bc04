import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import type { TokenProvider } from "effect-oauth"

/** How often a provider was asked for its token, and how often the answer was not there at once. */
export interface Gets {
  readonly asked: number
  readonly waited: number
  readonly failed: number
}

/**
 * The same provider, watched from now on. A `get` has waited unless it was done before it gave the thread away: that is
 * no matter of time, so a slow machine changes nothing.
 */
export const watch = (
  provider: TokenProvider.TokenProvider
): Effect.Effect<{ readonly provider: TokenProvider.TokenProvider; readonly gets: () => Gets }> =>
  Effect.map(Effect.runtime(), (runtime) => {
    const gets = { asked: 0, waited: 0, failed: 0 }
    const get: TokenProvider.TokenProvider["get"] = Effect.suspend(() => {
      gets.asked++
      const fiber = Runtime.runFork(runtime)(provider.get)
      if (fiber.unsafePoll() === null) gets.waited++
      return Effect.onExit(
        Effect.onInterrupt(Fiber.join(fiber), () => Fiber.interrupt(fiber)),
        (exit) =>
          Effect.sync(() => {
            if (Exit.isFailure(exit)) gets.failed++
          })
      )
    })
    return { provider: { ...provider, get }, gets: () => ({ ...gets }) }
  })
