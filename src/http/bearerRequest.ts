/**
 * One request of an `HttpClient` with a token, and once more after a 401.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import { identity } from "effect/Function"
import { globalValue } from "effect/GlobalValue"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { AccessToken } from "../token/AccessToken.js"
import { header } from "../token/AccessToken.js"
import type { TokenError } from "../token/TokenError.js"
import type { Sink } from "../token/TokenEvent.js"
import type { TokenProvider } from "../TokenProvider.js"
import { withoutTokenInError, withoutTokenReadAhead } from "./bearerResponse.js"
import { withoutTokenInSpans } from "./bearerSpan.js"
import * as OriginList from "./OriginList.js"
import { withToken } from "./withToken.js"

interface Options {
  readonly provider: TokenProvider
  readonly client: HttpClient.HttpClient
  readonly allowed: OriginList.OriginList
  readonly sink: Sink
}

type Request = HttpClientRequest.HttpClientRequest
type Response = HttpClientResponse.HttpClientResponse
type Failure = HttpClientError.HttpClientError | TokenError

/** Sends requests with the provider's token. */
export const sendWith =
  (options: Options) =>
  (request: Request): Effect.Effect<Response, Failure> =>
    Effect.zipRight(
      OriginList.check(options.provider, options.allowed, request.url),
      Effect.flatten(
        withToken(options, {
          send: (token) => Effect.either(attempt(options, request, token)),
          isUnauthorized: (outcome) => Option.exists(responseOf(outcome), ({ status }) => status === 401),
          isReplayable: isReplayable(request.body),
          discard: discardBody
        })
      )
    )

type Outcome = Either.Either<Response, Failure>

/** A client that turns statuses into failures tells the response there. */
const responseOf = (outcome: Outcome): Option.Option<Response> =>
  Either.match(outcome, {
    onRight: Option.some,
    onLeft: (error) => (error._tag === "ResponseError" ? Option.some(error.response) : Option.none())
  })

/**
 * The token stands in the request only on its way out: neither the response nor an error keeps it, and no span shows it.
 */
const attempt = (options: Options, request: Request, token: AccessToken): Effect.Effect<Response, Failure> =>
  HttpClient.mapRequestEffect(options.client, addToken(options, request, token))
    .execute(request)
    .pipe(
      Effect.mapBoth({
        onFailure: (error) => withoutTokenInError(error, request, withoutTokenReadAhead),
        onSuccess: (response) => withoutTokenReadAhead(response, request)
      }),
      withoutTokenInSpans(request, header(token)[0]),
      // the fibers inside a client would log its raw error, which prints the request, at debug level
      Effect.withUnhandledErrorLogLevel(Option.none()),
      // what `addToken` does to the context ends here
      Effect.mapInputContext(identity<Context.Context<never>>)
    )

/**
 * Runs after all that the client does to a request of its own accord, and where the client sees its own context: so the
 * list holds for the URL that is sent, and `fetch` keeps the `RequestInit` that its layer was given.
 */
const addToken =
  ({ allowed, provider }: Options, request: Request, token: AccessToken) =>
  (last: Request): Effect.Effect<Request, TokenError> => {
    const [name, value] = header(token)
    const url = Option.match(HttpClientRequest.toUrl(last), {
      onNone: () => last.url,
      onSome: ({ href }) => href
    })
    return OriginList.check(provider, allowed, url).pipe(
      Effect.zipRight(FiberRef.update(FiberRef.currentContext, handOutRedirects)),
      Effect.as(inScopeOf(request, HttpClientRequest.setHeader(last, name, Redacted.value(value))))
    )
  }

/** Makes `fetch` hand redirects out, as other clients do, so that each hop passes the list of origins. */
const handOutRedirects = (context: Context.Context<never>): Context.Context<never> =>
  Context.add(context, FetchHttpClient.RequestInit, {
    ...Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
    redirect: "manual"
  })

/** `HttpClient.withScope` knows a request by its identity, which a request with another header does not have. */
const inScopeOf = (request: Request, changed: Request): Request => {
  const controller = scopedRequests.get(request)
  if (controller !== undefined) scopedRequests.set(changed, controller)
  return changed
}

const scopedRequests = globalValue(
  "@effect/platform/HttpClient/scopedRequests",
  () => new WeakMap<Request, AbortController>()
)

/** Whether a body can be sent a second time: what is read as it is sent may have been used up. */
const isReplayable = (body: HttpBody.HttpBody): boolean => {
  switch (body._tag) {
    case "Empty":
    case "Uint8Array":
    case "FormData":
      return true
    case "Raw":
      return isWhole(body.body)
    case "Stream":
      return false
  }
}

const isWhole = (body: unknown): boolean =>
  typeof body !== "object" ||
  body === null ||
  ArrayBuffer.isView(body) ||
  [ArrayBuffer, Blob, FormData, URLSearchParams].some((whole) => body instanceof whole)

/**
 * An unread body holds its connection until the garbage collector comes by. A short one is read to its end, so that the
 * connection can be used again; a long or slow one is cut off. Whoever is interrupted does not wait for that.
 */
const discardBody = (outcome: Outcome): Effect.Effect<void> =>
  Option.match(responseOf(outcome), {
    onNone: () => Effect.void,
    onSome: (response) =>
      response.stream.pipe(
        Stream.runFoldWhile(
          0,
          (size) => size <= 65_536,
          (size, chunk) => size + chunk.byteLength
        ),
        Effect.timeout("1 second"),
        Effect.ignore,
        Effect.interruptible,
        Effect.forkDaemon,
        Effect.flatMap((fiber) => Effect.interruptible(Fiber.join(fiber)))
      )
  })
