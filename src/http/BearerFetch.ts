/**
 * An adapter for code that takes a `fetch`.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../token/AccessToken.js"
import { header } from "../token/AccessToken.js"
import type { InvalidConfiguration } from "../token/TokenError.js"
import { TokenEventSink } from "../token/TokenEvent.js"
import type { TokenProvider } from "../TokenProvider.js"
import * as OriginList from "./OriginList.js"
import { toPromise } from "./promise.js"
import { retryOn401 } from "./retryOn401.js"

/**
 * The origins that the token may be sent to.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = OriginList.Options

/**
 * A `fetch` whose requests carry the provider's token, with the rules of `BearerClient`: a list of origins, one replay
 * after a 401, and no redirects followed. It calls the `FetchHttpClient.Fetch` of the context, or the global `fetch`.
 *
 * The promise is rejected with a `TokenError` if there is no token, or if the origin is not on the list. Aborting a request
 * does not abort a refresh of the token. A stream given as `body` is sent only once; the body of a `Request` is kept until
 * the response arrives, so that it can be sent again.
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
  options: Options = {}
): Effect.Effect<typeof globalThis.fetch, E | InvalidConfiguration, R> =>
  Effect.gen(function* () {
    const source = yield* provider
    const sink = yield* TokenEventSink
    const allowed = yield* OriginList.ofProvider(source, options)
    const run = toPromise(yield* Effect.runtime())
    const fetch = Option.getOrElse(yield* Effect.serviceOption(FetchHttpClient.Fetch), () => globalFetch)
    return async (input, init) => {
      const request = input instanceof Request ? input : undefined
      // Copied, so that the checked URL is the one that is sent even if the caller's objects change meanwhile.
      const url = input instanceof Request ? input.url : String(input)
      const settings: RequestInit = {
        ...init,
        redirect: (init?.redirect ?? request?.redirect) === "error" ? "error" : "manual"
      }
      const headers = new Headers(init?.headers ?? request?.headers)
      const exchange = retryOn401(
        { provider: source, sink },
        {
          send: (token) =>
            Effect.promise(() =>
              fetch(request?.clone() ?? url, { ...settings, headers: authorized(headers, token) })
            ),
          isUnauthorized: (response) => response.status === 401,
          isReplayable: !isStream(settings.body),
          discard: (response) => Effect.sync(() => void response.body?.cancel().catch(() => undefined))
        }
      )
      const signal = init?.signal === undefined ? request?.signal : init.signal
      return run(Effect.zipRight(OriginList.check(source, allowed, url), exchange), signal)
    }
  })

/** Looked up for each request, since some tools replace the global `fetch`. */
// @effect-diagnostics-next-line globalFetch:off
const globalFetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init)

const authorized = (headers: Headers, token: AccessToken): Headers => {
  const [name, value] = header(token)
  const all = new Headers(headers)
  all.set(name, Redacted.value(value))
  return all
}

/** Whether sending the body consumes it. Node accepts any async iterable as a body. */
const isStream = (body: unknown): boolean =>
  typeof body === "object" && body !== null && ("getReader" in body || Symbol.asyncIterator in body)
