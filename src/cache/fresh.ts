/**
 * The way from a `get` to its token without an effect, for doors to the promise world that spare themselves a fiber for
 * a token that is there.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { AccessToken } from "../token/AccessToken.js"
import type { TokenError } from "../token/TokenError.js"

/** A way to a token. */
export type Get = Effect.Effect<AccessToken, TokenError>

/** The token in hand, if it is fresh at an instant in milliseconds since the epoch. It sets nothing off. */
export type Fresh = (epochMillis: number) => AccessToken | undefined

// of the effect, not of the provider: a copy of a provider with another `get` must not answer by the old one's token
const readings = new WeakMap<Get, Fresh>()

/** Notes how the token of a `get` can be read. */
export const readable = (get: Get, fresh: Fresh): Get => {
  readings.set(get, fresh)
  return get
}

/** How the token of a `get` can be read; always nothing for one that is not a cache's own. */
export const freshOf = (get: Get): Fresh => readings.get(get) ?? (() => undefined)
