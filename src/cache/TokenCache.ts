/**
 * One provider's token, its expiry and its refresh. The state stands in a `Ref` that is read without a lock; a
 * semaphore guards only the start of a flight; a flight is a fiber of the cache's own scope, and callers wait on its
 * `Deferred`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Grant } from "../token/Grant.js"
import { StateRef } from "./CacheState.js"
import * as FlightScope from "./FlightScope.js"
import { over } from "./operations.js"
import type { TokenCache } from "./operations.js"
import type { RefreshPolicy } from "./RefreshPolicy.js"

export type {
  /**
   * What came of an invalidation. `"Invalidated"`: the token was the one in hand, and is so no longer. `"Superseded"`: it
   * was not the one in hand, so `get` brings another. `"Guarded"`: it is the one in hand and stays it, since a brand-new
   * token was refused a moment ago too (L11); a request that was refused with it is not worth sending again.
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
 * A token cache over a grant. Its flights run in the scope and with the services that it is made in, whoever asks for
 * the token; its events go to the `TokenEventSink` found there.
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
    over(scope, new StateRef(), { ...options, grant: Effect.succeed(options.grant) })
  )
