import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Hub, SubscribeOptions, Subscription } from "../TokenEvents.js"

/**
 * A subscription whose queued events are still read when the scope closes: the stream ends after them, and the scope waits
 * for the effect that is passed to `closed`.
 */
export const subscribeUntilClosed = (
  hub: Hub,
  options: SubscribeOptions
): Effect.Effect<
  Subscription & {
    readonly closed: (read: Effect.Effect<unknown>) => Effect.Effect<void, never, Scope.Scope>
  },
  never,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
    const subscription = yield* Scope.extend(hub.subscribe(options), scope)
    return {
      ...subscription,
      closed: (read) => Effect.addFinalizer(() => Effect.zipRight(Scope.close(scope, Exit.void), read))
    }
  })
