/**
 * Reads a fresh token without running an effect, so that a hit costs an adapter no fiber.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { AccessToken } from "../token/AccessToken.js"
import type { TokenError } from "../token/TokenError.js"

export type Get = Effect.Effect<AccessToken, TokenError>

/** Returns the token in hand if it is fresh at an instant in milliseconds since the epoch, and starts nothing. */
export type Peek = (epochMillis: number) => AccessToken | undefined

// The key is the effect and not the provider: a copy of a provider with another `get` must not answer with this token.
const peeks = new WeakMap<Get, Peek>()

/** Registers how to peek at the token of a `get`. */
export const withPeek = (get: Get, peek: Peek): Get => {
  peeks.set(get, peek)
  return get
}

/** Returns how to peek at the token of a `get`. A `get` that is not a cache's own has nothing to peek at. */
export const peekOf = (get: Get): Peek => peeks.get(get) ?? (() => undefined)

/** Reads `Clock.currentTimeMillis` of a fiber without running an effect. */
export const nowOf = (fiber: Fiber.RuntimeFiber<unknown, unknown>): number =>
  Context.unsafeGet(fiber.currentDefaultServices, Clock.Clock).unsafeCurrentTimeMillis()
