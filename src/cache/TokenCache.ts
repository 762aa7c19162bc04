/**
 * One provider's token, its expiry and its refresh. The state is a `Ref` that is read without a lock; a semaphore guards
 * only the start of a flight; a flight is a fiber of the cache's own scope, and callers wait on its `Deferred`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Grant } from "../token/Grant.js"
import { StateRef } from "./CacheState.js"
import * as FlightScope from "./FlightScope.js"
import { makeWith } from "./operations.js"
import type { TokenCache } from "./operations.js"
import type { RefreshPolicy } from "./RefreshPolicy.js"

export type {
  /**
   * The outcome of an invalidation. `"Invalidated"`: the token was in hand and was given up. `"Superseded"`: it was not in
   * hand, so `get` answers another one. `"Guarded"`: it stays in hand, since a new token was refused a moment ago too (L11);
   * a request that was refused with it is not worth sending again.
   *
   * @since 0.1.0
   * @category models
   */
  Invalidation
} from "./CacheState.js"
export type {
  /**
   * The operations of one provider's token.
   *
   * @since 0.1.0
   * @category models
   */
  TokenCache
} from "./operations.js"

/**
 * Makes a token cache over a grant. Its flights run in the scope that it is made in and with that scope's services, not with
 * those of the callers; its events go to the `TokenEventSink` found there.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly provider: string
  readonly grant: Grant
  readonly policy: RefreshPolicy
}): Effect.Effect<TokenCache, never, Scope.Scope> =>
  Effect.map(FlightScope.make, (scope) =>
    makeWith(scope, new StateRef(), { ...options, grant: Effect.succeed(options.grant) })
  )
