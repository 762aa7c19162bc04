/**
 * An `HttpClient` whose requests carry a provider's token.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import type { InvalidConfiguration, TokenError } from "../token/TokenError.js"
import { TokenEventSink } from "../token/TokenEvent.js"
import type { TokenProvider } from "../TokenProvider.js"
import { sendWith } from "./bearerRequest.js"
import * as OriginList from "./OriginList.js"

/**
 * A client that fails with `TokenError` if there is no token, beside the client's own errors.
 *
 * @since 0.1.0
 * @category models
 */
export type BearerClient = HttpClient.HttpClient.With<HttpClientError.HttpClientError | TokenError>

/**
 * The origins that the token may be sent to.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = OriginList.Options

/**
 * A client over the `HttpClient` of the context. The provider is given by its tag, or by any effect that returns one.
 *
 * - The token is added last, to the final URL of each hop. A request to an origin that is not on the list fails with
 *   `InvalidConfiguration` and is not sent without the token either.
 * - A 401 invalidates the token, and the request is sent once more with another one if its body can be sent again. If that
 *   token is rejected too, or new tokens were rejected a moment ago, the 401 itself is the response.
 * - Redirects are not followed, not even by `fetch`. Wrap this client in `HttpClient.followRedirects` to follow them: each
 *   hop is checked. (A browser does not tell where a redirect leads, so redirects cannot be followed there.) Redirects
 *   that the given client follows by itself cannot be checked.
 * - No error, response or span shows the token.
 *
 * Fails with `InvalidConfiguration` if the list of origins is missing or malformed.
 *
 * @example
 * ```ts
 * import { BearerClient, TokenProvider } from "effect-oauth"
 * import * as Effect from "effect/Effect"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 *
 * const users = Effect.gen(function* () {
 *   const http = yield* BearerClient.make(Graph)
 *   return yield* http.get("https://graph.microsoft.com/v1.0/users")
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R>(
  provider: Effect.Effect<TokenProvider, E, R>,
  options: Options = {}
): Effect.Effect<BearerClient, E | InvalidConfiguration, R | HttpClient.HttpClient> =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    Effect.map(transform(provider, options), (bearer) => bearer(client))
  )

/**
 * Like {@link make}, as a plain `HttpClient` for code that accepts no other. A `TokenError` becomes the `cause` of a
 * `RequestError`. A transient failure has the reason `"Transport"`, which `HttpClient.retryTransient` retries; any other
 * failure has `"Encode"`, which it does not retry.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeFolded = <E, R>(
  provider: Effect.Effect<TokenProvider, E, R>,
  options: Options = {}
): Effect.Effect<HttpClient.HttpClient, E | InvalidConfiguration, R | HttpClient.HttpClient> =>
  Effect.map(make(provider, options), fold)

/**
 * The function that {@link make} applies to a client, for code that takes a function from client to client. Compose it
 * with {@link fold} if the result must be a plain `HttpClient`, as for the `transformClient` of `HttpApiClient`.
 *
 * @example
 * ```ts
 * import type { HttpApi, HttpApiGroup } from "@effect/platform"
 * import { HttpApiClient } from "@effect/platform"
 * import { BearerClient, TokenProvider } from "effect-oauth"
 * import * as Effect from "effect/Effect"
 *
 * class Billing extends TokenProvider.Tag("app/Billing")<Billing>() {}
 * declare const api: HttpApi.HttpApi<"billing", HttpApiGroup.HttpApiGroup.Any>
 *
 * const client = Effect.gen(function* () {
 *   const bearer = yield* BearerClient.transform(Billing, { origins: ["https://billing.example.com"] })
 *   return yield* HttpApiClient.make(api, {
 *     baseUrl: "https://billing.example.com",
 *     transformClient: (client) => BearerClient.fold(bearer(client))
 *   })
 * })
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const transform = <E, R>(
  provider: Effect.Effect<TokenProvider, E, R>,
  options: Options = {}
): Effect.Effect<(client: HttpClient.HttpClient) => BearerClient, E | InvalidConfiguration, R> =>
  Effect.gen(function* () {
    const source = yield* provider
    const sink = yield* TokenEventSink
    const allowed = yield* OriginList.ofProvider(source, options)
    return (client) => {
      const send = sendWith({ provider: source, client, allowed, sink })
      const bearer = HttpClient.makeWith((request: Request) => Effect.flatMap(request, send), unchanged)
      // The client's own `execute` does the same in two more steps of the fiber.
      return Object.assign(bearer, { execute: send })
    }
  })

type Request = Effect.Effect<HttpClientRequest.HttpClientRequest>

const unchanged = (request: HttpClientRequest.HttpClientRequest): Request => Effect.succeed(request)

/**
 * Turns token errors into `RequestError`; see {@link makeFolded}.
 *
 * @since 0.1.0
 * @category combinators
 */
export const fold = (client: BearerClient): HttpClient.HttpClient =>
  HttpClient.makeWith(
    (request: Request) =>
      Effect.flatMap(request, (request) =>
        Effect.mapError(client.execute(request), (error) =>
          HttpClientError.isHttpClientError(error)
            ? error
            : new HttpClientError.RequestError({
                request,
                reason: error.isRetryable ? "Transport" : "Encode",
                description: error.message,
                cause: error
              })
        )
      ),
    unchanged
  )
