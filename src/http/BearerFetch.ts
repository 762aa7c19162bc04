/**
 * A door to code that takes a `fetch`.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { header } from "../token/AccessToken.js"
import type { InvalidConfiguration } from "../token/TokenError.js"
import { TokenEventSink } from "../token/TokenEvent.js"
import type { TokenProvider } from "../TokenProvider.js"
import * as OriginList from "./OriginList.js"
import { promised } from "./promise.js"
import { withToken } from "./withToken.js"

/**
 * A `fetch` whose requests carry the provider's token, by the rules of `BearerClient`: origins by a list, one replay
 * after a 401, no redirect followed. It calls the `FetchHttpClient.Fetch` of the context, else the global one.
 *
 * The promise is rejected with a `TokenError` where there is no token, or the origin is not on the list; aborting a
 * request leaves the token alone. A body that is a stream is sent once only.
 *
 * @example
 * ```ts
 * import { BearerFetch, TokenProvider } from "effect-oauth"
 * import * as Effect from "effect/Effect"
 *
 * class Billing extends TokenProvider.Tag("app/Billing")<Billing>() {}
 *
 * const invoices = Effect.gen(function* () {
 *   const fetch = yield* BearerFetch.make(Billing, { origins: ["https://billing.example.com"] })
 *   return yield* Effect.promise(() => fetch("https://billing.example.com/invoices"))
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R>(
  provider: Effect.Effect<TokenProvider, E, R>,
  options: OriginList.Options = {}
): Effect.Effect<typeof globalThis.fetch, E | InvalidConfiguration, R> =>
  Effect.gen(function* () {
    const source = yield* provider
    const sink = yield* TokenEventSink
    const allowed = yield* OriginList.ofProvider(source, options)
    const run = promised(yield* Effect.runtime())
    const fetch = Option.getOrElse(yield* Effect.serviceOption(FetchHttpClient.Fetch), () => globalThis.fetch)
    return (input, init) => {
      const request = new Request(input, init)
      const exchange = withToken(
        { provider: source, sink },
        {
          send: (token) => {
            const [name, value] = header(token)
            const once = request.clone()
            once.headers.set(name, Redacted.value(value))
            return Effect.promise((signal) => fetch(once, { redirect: "manual", signal }))
          },
          isUnauthorized: (response) => response.status === 401,
          isReplayable: !(init?.body instanceof ReadableStream),
          discard: (response) => Effect.promise(() => response.body?.cancel() ?? Promise.resolve())
        }
      )
      return run(Effect.zipRight(OriginList.check(source, allowed, request.url), exchange), request.signal)
    }
  })
