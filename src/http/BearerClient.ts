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
 * A client that says what went wrong with the token in the type of its errors.
 *
 * @since 0.1.0
 * @category models
 */
export type BearerClient = HttpClient.HttpClient.With<HttpClientError.HttpClientError | TokenError>

/**
 * Where the token may go.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = OriginList.Options

/**
 * A client over the `HttpClient` of the context. The provider is given by its tag, or by any effect that brings one.
 *
 * - The token is added last, to the URL as it finally is, hop by hop. A request to an origin that is not on the list
 *   fails with `InvalidConfiguration`; it is not sent without the token either.
 * - A 401 gives up the token and sends the request once more with another, if its body can be sent again. If that
 *   token is refused too, or brand-new tokens were refused a moment ago, the 401 itself is the answer.
 * - Redirects are not followed, by `fetch` neither. Put `HttpClient.followRedirects` around this client to follow them:
 *   each hop is checked. (A browser does not tell where a redirect leads, so there is no following it there.) What a
 *   client that is given here follows by itself cannot be guarded.
 * - No error, no response and no span shows the token.
 *
 * Fails with `InvalidConfiguration` where there is no list of origins, or one that cannot be read.
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
 * The same as a plain `HttpClient`, for those who take no other: what goes wrong with the token is folded into a
 * `RequestError`, whose `cause` is the `TokenError`. A failure that passes has the reason `"Transport"`, which
 * `HttpClient.retryTransient` tries again; everything else has `"Encode"`, which it leaves alone.
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
 * What {@link make} does to a client, for those who take a function from client to client; compose it with {@link fold}
 * where a plain `HttpClient` has to come out, as for the `transformClient` of `HttpApiClient` and of API clients.
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
      // its own `execute` would take two steps more for the same
      return Object.assign(bearer, { execute: send })
    }
  })

type Request = Effect.Effect<HttpClientRequest.HttpClientRequest>

const unchanged = (request: HttpClientRequest.HttpClientRequest): Request => Effect.succeed(request)

/**
 * Folds token errors into `RequestError`; see {@link makeFolded}.
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
