/**
 * Sends a request of an `HttpClient` with a token, and once more after a 401.
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
import type { FieldLine } from "./bearerHeader.js"
import { fieldLine } from "./bearerHeader.js"
import { withoutTokenInError, withoutTokenReadAhead } from "./bearerResponse.js"
import * as OriginList from "./OriginList.js"
import { redactHeader } from "./redactHeader.js"
import type { Exchange } from "./retryOn401.js"
import { malformedToken, replay } from "./retryOn401.js"

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
 * Sends requests with the provider's token. A plain request takes about 160 steps of a fiber, so each additional step
 * counts.
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
        const replayed = (outcome: Outcome) =>
          Effect.flatten(replay(options, replayExchange(attempt, fiber, request), token, outcome))
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

/** The second attempt, whose outcome is not replayed again. */
const replayExchange = (
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

/** Adds the token only while the request is sent: no response, error or span keeps it. */
const attemptWith = ({ allowed, client, provider }: Options) => {
  let restoresContext: boolean | undefined
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
    if (!line.isSendable) return malformedToken(provider)
    const callerContext = fiber.currentContext
    const sent = HttpClient.mapRequestEffect(
      client,
      (finalRequest) =>
        rejectFinalUrl(provider, allowed, request, finalRequest) ??
        FiberRef.modify(FiberRef.currentContext, (context) => {
          restoresContext = restoresContext !== false && context !== callerContext
          return [addToken(request, finalRequest, line), withManualRedirects(context)]
        })
    ).execute(request)
    /** Needed for a client that had a context of its own for its first request only. */
    const inCallerContext = (end: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      fiber.currentContext === callerContext
        ? end
        : Effect.zipRight(FiberRef.set(FiberRef.currentContext, callerContext), end)
    // The client of a layer runs each request in a context of its own, so the change above ends with the request. For any
    // other client the context must be restored, which costs as much as all the other steps together.
    return Effect.matchCauseEffect(
      redactHeader(
        fiber,
        line.name
      )(restoresContext === true ? sent : Effect.mapInputContext(sent, identity<Context.Context<never>>)),
      {
        onSuccess: (response) => inCallerContext(outcome.onSuccess(withoutTokenReadAhead(response, request))),
        onFailure: (cause) =>
          inCallerContext(
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
 * Checks the URL again if the client has changed it. Parameters and fragment need no second check: they do not change the
 * origin.
 */
const rejectFinalUrl = (
  provider: TokenProvider,
  allowed: OriginList.OriginList,
  request: Request,
  finalRequest: Request
): Effect.Effect<never, TokenError> | undefined =>
  finalRequest.url === request.url
    ? undefined
    : OriginList.refusal(
        provider,
        allowed,
        Option.match(HttpClientRequest.toUrl(finalRequest), {
          onNone: () => finalRequest.url,
          onSome: ({ href }) => href
        })
      )

const addToken = (request: Request, finalRequest: Request, { name, value }: FieldLine): Request =>
  keepScope(request, HttpClientRequest.setHeader(finalRequest, name, value))

/** Makes `fetch` return redirects instead of following them, so that each hop is checked against the list of origins. */
const withManualRedirects = (context: Context.Context<never>): Context.Context<never> =>
  Context.add(context, FetchHttpClient.RequestInit, {
    ...Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
    redirect: "manual"
  })

/** `HttpClient.withScope` finds a request by its identity, so a changed request must be registered again. */
const keepScope = (request: Request, changed: Request): Request => {
  const controller = scopedRequests.get(request)
  if (controller !== undefined) scopedRequests.set(changed, controller)
  return changed
}

const scopedRequests = globalValue(
  "@effect/platform/HttpClient/scopedRequests",
  () => new WeakMap<Request, AbortController>()
)

/** Whether a body can be sent a second time. A stream is consumed by sending it. */
const isReplayable = (body: HttpBody.HttpBody): boolean => {
  switch (body._tag) {
    case "Empty":
    case "Uint8Array":
    case "FormData":
      return true
    case "Raw":
      return isReusable(body.body)
    case "Stream":
      return false
  }
}

const isReusable = (body: unknown): boolean =>
  typeof body !== "object" ||
  body === null ||
  ArrayBuffer.isView(body) ||
  [ArrayBuffer, Blob, FormData, URLSearchParams].some((reusable) => body instanceof reusable)

/** A client that fails on error statuses has the response in its error. */
const responseOf = (outcome: Outcome): Option.Option<Response> =>
  Either.match(outcome, {
    onRight: Option.some,
    onLeft: (error) => (error._tag === "ResponseError" ? Option.some(error.response) : Option.none())
  })

/**
 * An unread body holds its connection until it is garbage collected. A short body is read to its end, so that the
 * connection can be reused; a long or slow one is aborted. An interrupted caller does not wait for this.
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
