/**
 * One request of an `HttpClient` with a token, and once more after a 401.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import { identity } from "effect/Function"
import { globalValue } from "effect/GlobalValue"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { nowOf, peekOf } from "../cache/peek.js"
import type { AccessToken } from "../token/AccessToken.js"
import type { TokenError } from "../token/TokenError.js"
import type { Sink } from "../token/TokenEvent.js"
import type { TokenProvider } from "../TokenProvider.js"
import { discreetly } from "./bearerDiscretion.js"
import type { FieldLine } from "./bearerHeader.js"
import { fieldLine } from "./bearerHeader.js"
import { withoutTokenInError, withoutTokenReadAhead } from "./bearerResponse.js"
import * as OriginList from "./OriginList.js"
import type { Exchange } from "./withToken.js"
import { replay, unsendable } from "./withToken.js"

interface Options {
  readonly provider: TokenProvider
  readonly client: HttpClient.HttpClient
  readonly allowed: OriginList.OriginList
  readonly sink: Sink
}

type Request = HttpClientRequest.HttpClientRequest
type Response = HttpClientResponse.HttpClientResponse
type Failure = HttpClientError.HttpClientError | TokenError

/**
 * Sends requests with the provider's token. Each step that a fiber takes here counts: a plain request has about 160 of
 * them, and is the measure of what a token may add.
 */
export const sendWith = (options: Options): ((request: Request) => Effect.Effect<Response, Failure>) => {
  const { allowed, provider } = options
  const attempt = attemptWith(options)
  const fresh = peekOf(provider.get)
  return (request) =>
    Effect.withFiberRuntime((fiber) => {
      const refusal = OriginList.refusal(provider, allowed, request.url)
      if (refusal !== undefined) return refusal
      const send = (token: AccessToken) => {
        const replayed = (answer: Outcome) =>
          Effect.flatten(replay(options, exchange(attempt, fiber, request), token, answer))
        return attempt<Response, Failure>(fiber, request, token, {
          onSuccess: (response) =>
            response.status === 401 ? replayed(Either.right(response)) : Effect.succeed(response),
          onFailure: (error) =>
            error._tag === "ResponseError" && error.response.status === 401
              ? replayed(Either.left(error))
              : Effect.fail(error)
        })
      }
      const token = fresh(nowOf(fiber))
      return token === undefined ? Effect.flatMap(provider.get, send) : send(token)
    })
}

type Outcome = Either.Either<Response, Failure>

/** What a replay needs: a second attempt that is not replayed in its turn. */
const exchange = (
  attempt: Attempt,
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  request: Request
): Exchange<Outcome> => ({
  send: (token) =>
    attempt<Outcome, never>(fiber, request, token, {
      onSuccess: (response) => Effect.succeed(Either.right(response)),
      onFailure: (error) => Effect.succeed(Either.left(error))
    }),
  isReplayable: isReplayable(request.body),
  discard: discardBody
})

type Attempt = ReturnType<typeof attemptWith>

/**
 * The token stands in the request only on its way out: neither the response nor an error keeps it, and no span shows it.
 */
const attemptWith = ({ allowed, client, provider }: Options) => {
  let takesItsContextAway: boolean | undefined
  return <A, E>(
    fiber: Fiber.RuntimeFiber<unknown, unknown>,
    request: Request,
    token: AccessToken,
    outcome: {
      readonly onSuccess: (response: Response) => Effect.Effect<A, E>
      readonly onFailure: (error: Failure) => Effect.Effect<A, E>
    }
  ): Effect.Effect<A, E | TokenError> => {
    const line = fieldLine(token)
    if (!line.isSendable) return unsendable(provider)
    const outside = fiber.currentContext
    const sent = HttpClient.mapRequestEffect(
      client,
      (last) =>
        refusalOfFinal(provider, allowed, request, last) ??
        FiberRef.modify(FiberRef.currentContext, (context) => {
          takesItsContextAway = takesItsContextAway !== false && context !== outside
          return [withToken(request, last, line), handOutRedirects(context)]
        })
    ).execute(request)
    /** For a client that did as a layer's does only once: what it left behind does not stay with the caller. */
    const cleaned = (end: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      fiber.currentContext === outside
        ? end
        : Effect.zipRight(FiberRef.set(FiberRef.currentContext, outside), end)
    // a client of a layer has a context of its own for each request, and takes away with it what was put there; to take
    // that away from any other one costs as much as all the rest
    return Effect.matchCauseEffect(
      discreetly(
        fiber,
        line.name
      )(takesItsContextAway === true ? sent : Effect.mapInputContext(sent, identity<Context.Context<never>>)),
      {
        onSuccess: (response) => cleaned(outcome.onSuccess(withoutTokenReadAhead(response, request))),
        onFailure: (cause) =>
          cleaned(
            Either.match(Cause.failureOrCause(cause), {
              onLeft: (error) =>
                outcome.onFailure(withoutTokenInError(error, request, withoutTokenReadAhead)),
              onRight: Effect.failCause
            })
          )
      }
    )
  }
}

/**
 * Looks at the URL once more where the client has made another of it. Parameters and fragment are not looked at where it
 * has not: they lead to no other origin.
 */
const refusalOfFinal = (
  provider: TokenProvider,
  allowed: OriginList.OriginList,
  request: Request,
  last: Request
): Effect.Effect<never, TokenError> | undefined =>
  last.url === request.url
    ? undefined
    : OriginList.refusal(
        provider,
        allowed,
        Option.match(HttpClientRequest.toUrl(last), { onNone: () => last.url, onSome: ({ href }) => href })
      )

const withToken = (request: Request, last: Request, { name, value }: FieldLine): Request =>
  inScopeOf(request, HttpClientRequest.setHeader(last, name, value))

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

/** A client that turns statuses into failures tells the response there. */
const responseOf = (outcome: Outcome): Option.Option<Response> =>
  Either.match(outcome, {
    onRight: Option.some,
    onLeft: (error) => (error._tag === "ResponseError" ? Option.some(error.response) : Option.none())
  })

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
