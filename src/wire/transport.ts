/**
 * Sends one request to an authorization server and reads the whole response. Redirects are not followed, nothing is
 * traced, the deadline covers connecting and the body, and the size of a body is capped.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { endAfter } from "../token/deadline.js"
import { ConfigurationIssue, InvalidConfiguration, TransientFailure } from "../token/TokenError.js"
import { failureReason, failureCode } from "./networkFailure.js"
import { parseEndpoint } from "./Url.js"

/** 1 MiB. */
const maxBodyBytes = 1_048_576

export interface Response {
  readonly status: number
  readonly headers: Headers.Headers
  /** `undefined` if the body is over 1 MiB. */
  readonly body: string | undefined
  /** Whether the client sent the request to another URL than the given one, for instance by following a redirect. */
  readonly isFromOtherUrl: boolean
}

export interface Options {
  /** The provider's name, for errors. */
  readonly provider: string
  /** How long the request may take, from connecting to the end of the response body. */
  readonly deadline: Duration.Duration
  readonly allowLoopbackHttp?: boolean | undefined
}

/**
 * Sends a request. The client may fail on error statuses (`filterStatusOk`); the response is read all the same.
 *
 * Redirects inside the given client cannot be prevented: one that is followed above `fetch` is detected only afterwards,
 * and one that a custom `fetch` or dispatcher follows is not detected at all.
 */
export const send = (
  request: HttpClientRequest.HttpClientRequest,
  options: Options
): Effect.Effect<Response, TransientFailure | InvalidConfiguration, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { provider } = options
    yield* validateUrl(request, options)
    const client = pinRequest(yield* HttpClient.HttpClient, request, provider)
    const isFromOtherUrl = (sent: HttpClientRequest.HttpClientRequest) => sent.url !== request.url
    const { host } = new URL(request.url)
    const failWith = (reason: TransientFailure["reason"], cause?: unknown) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const code = failureCode(cause)
        const description = code === undefined ? host : `${code} at ${host}`
        return new TransientFailure({ provider, reason, retryAt: DateTime.unsafeMake(now), description })
      })
    // The client's own span would show the request in its exit; the refresh has a span of its own.
    return yield* HttpClient.withTracerDisabledWhen(client, () => true)
      .execute(request)
      .pipe(
        // Restores the context that `pinRequest` changes.
        Effect.mapInputContext(identity<Context.Context<never>>),
        Effect.catchTag("ResponseError", (error) => Effect.succeed(error.response)),
        Effect.flatMap((response) =>
          Effect.map(readBody(response), (body): Response => ({
            status: response.status,
            headers: response.headers,
            body,
            isFromOtherUrl: isFromOtherUrl(response.request)
          }))
        ),
        Effect.catchTags({
          RequestError: (error) =>
            isFromOtherUrl(error.request)
              ? Effect.succeed<Response>({
                  status: 0,
                  headers: Headers.empty,
                  body: "",
                  isFromOtherUrl: true
                })
              : failWith(error.reason === "Transport" ? failureReason(error.cause) : "NotSent", error.cause),
          ResponseError: (error) => failWith("NoAnswer", error.cause)
        }),
        // Fibers inside the client would log its raw error at debug level, and that error prints the request.
        Effect.withUnhandledErrorLogLevel(Option.none()),
        // A client that is slow to stop when interrupted must not prolong the deadline.
        Effect.disconnect,
        endAfter(Duration.toMillis(options.deadline), failWith("Timeout"))
      )
  })

/** Never sends credentials to a URL that fails endpoint validation. */
const validateUrl = (
  request: HttpClientRequest.HttpClientRequest,
  { allowLoopbackHttp = false, provider }: Options
): Either.Either<URL, InvalidConfiguration> => {
  const url = Option.match(HttpClientRequest.toUrl(request), {
    onNone: () => request.url,
    onSome: ({ href }) => href
  })
  return Either.mapLeft(parseEndpoint(url, allowLoopbackHttp), (expected) =>
    invalidConfiguration(provider, "url", expected)
  )
}

/**
 * Makes the client send exactly this request. What a client adds to every request, such as a base URL or a token, is meant
 * for another server: a changed URL fails before anything is sent, and an added `Authorization` and changes of method,
 * query and body are dropped. Other headers pass.
 *
 * This is the client's last step before sending, since only there the context that its layer was given is visible.
 */
const pinRequest = (
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  provider: string
): HttpClient.HttpClient.With<HttpClientError.HttpClientError | InvalidConfiguration> =>
  HttpClient.mapRequestEffect(client, (changed) =>
    changed.url === request.url
      ? Effect.as(
          FiberRef.update(FiberRef.currentContext, withPlainRequestInit),
          HttpClientRequest.setHeaders(
            request,
            Headers.merge(Headers.remove(changed.headers, "authorization"), request.headers)
          )
        )
      : invalidConfiguration(
          provider,
          "HttpClient",
          "a client that leaves URLs as they are, without a base URL"
        )
  )

/** `fetch` gets the `RequestInit` of the client or its caller, without `Authorization` and without following redirects. */
const withPlainRequestInit = (context: Context.Context<never>): Context.Context<never> => {
  const init = Option.getOrElse(
    Context.getOption(context, FetchHttpClient.RequestInit),
    (): RequestInit => ({})
  )
  const headers = Headers.remove(Headers.fromInput(init.headers), "authorization")
  return Context.add(context, FetchHttpClient.RequestInit, { ...init, headers, redirect: "manual" })
}

const invalidConfiguration = (provider: string, path: string, expected: string): InvalidConfiguration =>
  new InvalidConfiguration({
    provider,
    reason: "Malformed",
    issues: [new ConfigurationIssue({ path, expected })]
  })

/** The body as text, or `undefined` if it is over the cap; the rest is not read. */
const readBody = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<string | undefined, HttpClientError.ResponseError> =>
  response.stream.pipe(
    Stream.runFoldWhile(
      { size: 0, chunks: Chunk.empty<Uint8Array>() },
      ({ size }) => size <= maxBodyBytes,
      ({ chunks, size }, chunk) => ({ size: size + chunk.byteLength, chunks: Chunk.append(chunks, chunk) })
    ),
    Effect.map(({ chunks, size }) => (size > maxBodyBytes ? undefined : decodeUtf8(chunks))),
    Effect.catchIf(
      (error) => error.reason === "EmptyBody",
      () => Effect.succeed("")
    )
  )

const decodeUtf8 = (chunks: Chunk.Chunk<Uint8Array>): string => {
  const decoder = new TextDecoder()
  const text = Chunk.map(chunks, (chunk) => decoder.decode(chunk, { stream: true }))
  return Chunk.join(text, "") + decoder.decode()
}
