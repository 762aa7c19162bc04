/**
 * An adapter for code that takes a function that returns a token.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { peekOf } from "../cache/peek.js"
import type { TokenProvider } from "../TokenProvider.js"
import { toPromise } from "./promise.js"

/**
 * A function that returns the value of a valid token in plain text. Its promise is rejected with a `TokenError`.
 *
 * @example
 * ```ts
 * import { TokenFunction, TokenProvider } from "effect-oauth"
 * import * as Effect from "effect/Effect"
 *
 * class Billing extends TokenProvider.Tag("app/Billing")<Billing>() {}
 * declare const makeSdk: (options: { readonly accessToken: () => Promise<string> }) => unknown
 *
 * const sdk = Effect.map(TokenFunction.make(Billing), (accessToken) => makeSdk({ accessToken }))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R>(
  provider: Effect.Effect<TokenProvider, E, R>
): Effect.Effect<() => Promise<string>, E, R> =>
  Effect.gen(function* () {
    const { get } = yield* provider
    const clock = yield* Effect.clock
    const run = toPromise(yield* Effect.runtime())
    const fresh = peekOf(get)
    const value = Effect.map(get, (token) => Redacted.value(token.value))
    let pending: Promise<string> | undefined
    return () => {
      const token = fresh(clock.unsafeCurrentTimeMillis())
      if (token !== undefined) return Promise.resolve(Redacted.value(token.value))
      // Callers that wait for the same refresh share one fiber.
      return (pending ??= run(value).finally(() => (pending = undefined)))
    }
  })
