/**
 * One request to an authorization server and its whole answer: no redirect is followed, nothing is traced, the
 * deadline covers connecting and the body, and no more of a body is read than the cap.
 *
 * @since 0.1.0
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
import { causeOfFailure, codeOfFailure } from "./networkFailure.js"
import { parseEndpoint } from "./Url.js"

/** The most that is read of a body, in bytes: 1 MiB. */
export const sizeCap = 1_048_576

/** What came back. The body is absent where it was over the cap. */
export interface Answer {
  readonly status: number
  readonly headers: Headers.Headers
  readonly body: string | undefined
  /** Whether the client followed a redirect, or otherwise sent the request elsewhere than it was told. */
  readonly wentElsewhere: boolean
}

/** In whose name a request is sent, and what is allowed to it. */
export interface Options {
  /** The provider's name, for errors. */
  readonly provider: string
  /** How long it may take, from connecting to the end of the body. */
  readonly deadline: Duration.Duration
  readonly allowLoopbackHttp?: boolean | undefined
}

/**
 * Sends a request. A client that turns statuses into failures is as good as one that does not.
 *
 * One thing cannot be prevented from here: a redirect that is followed inside the client, above `fetch`, is only noticed
 * afterwards, and one that a custom `fetch` or dispatcher follows is not even that.
 */
export const send = (
  request: HttpClientRequest.HttpClientRequest,
  options: Options
): Effect.Effect<Answer, TransientFailure | InvalidConfiguration, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { provider } = options
    yield* refuseUnsafe(request, options)
    const client = asAddressed(yield* HttpClient.HttpClient, request, provider)
    const wentElsewhere = (sent: HttpClientRequest.HttpClientRequest) => sent.url !== request.url
    const { host } = new URL(request.url)
    const failWith = (reason: TransientFailure["reason"], cause?: unknown) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const code = codeOfFailure(cause)
        const description = code === undefined ? host : `${code} at ${host}`
        return new TransientFailure({ provider, reason, retryAt: DateTime.unsafeMake(now), description })
      })
    // the client's own span would show the request in its exit; the flight's span tells what there is to tell
    return yield* HttpClient.withTracerDisabledWhen(client, () => true)
      .execute(request)
      .pipe(
        // what `asAddressed` does to the context ends here
        Effect.mapInputContext(identity<Context.Context<never>>),
        Effect.catchTag("ResponseError", (error) => Effect.succeed(error.response)),
        Effect.flatMap((response) =>
          Effect.map(readCapped(response), (body): Answer => ({
            status: response.status,
            headers: response.headers,
            body,
            wentElsewhere: wentElsewhere(response.request)
          }))
        ),
        Effect.catchTags({
          RequestError: (error) =>
            wentElsewhere(error.request)
              ? Effect.succeed<Answer>({ status: 0, headers: Headers.empty, body: "", wentElsewhere: true })
              : failWith(error.reason === "Transport" ? causeOfFailure(error.cause) : "NotSent", error.cause),
          ResponseError: (error) => failWith("NoAnswer", error.cause)
        }),
        // the fibers inside a client would log its raw error, which prints the request, at debug level
        Effect.withUnhandledErrorLogLevel(Option.none()),
        // a client that is slow to let go does not prolong the deadline
        Effect.disconnect,
        endAfter(Duration.toMillis(options.deadline), failWith("Timeout"))
      )
  })

/** A secret travels to no URL that is none of an endpoint, whoever made the request. */
const refuseUnsafe = (
  request: HttpClientRequest.HttpClientRequest,
  { allowLoopbackHttp = false, provider }: Options
): Either.Either<URL, InvalidConfiguration> => {
  const url = Option.match(HttpClientRequest.toUrl(request), {
    onNone: () => request.url,
    onSome: ({ href }) => href
  })
  return Either.mapLeft(parseEndpoint(url, allowLoopbackHttp), (expected) =>
    misconfigured(provider, "url", expected)
  )
}

/**
 * The client, made to send this request and no other. What a client does to every request, such as a base URL or a token,
 * is meant for another server: a URL that it changes fails before anything is sent, an `Authorization` that it adds is
 * dropped, and so are changes of method, query and body; other headers pass.
 *
 * The last step of the client before sending is where it sees the context that its layer was given.
 */
const asAddressed = (
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
      : misconfigured(provider, "HttpClient", "a client that leaves URLs as they are, without a base URL")
  )

/** `fetch` keeps the options that the client or its caller was given, but for redirects and an `Authorization`. */
const withPlainRequestInit = (context: Context.Context<never>): Context.Context<never> => {
  const init = Option.getOrElse(
    Context.getOption(context, FetchHttpClient.RequestInit),
    (): RequestInit => ({})
  )
  const headers = Headers.remove(Headers.fromInput(init.headers), "authorization")
  return Context.add(context, FetchHttpClient.RequestInit, { ...init, headers, redirect: "manual" })
}

const misconfigured = (provider: string, path: string, expected: string): InvalidConfiguration =>
  new InvalidConfiguration({
    provider,
    reason: "Malformed",
    issues: [new ConfigurationIssue({ path, expected })]
  })

/** The body as text, or nothing where it is longer than the cap; the rest of it is not read. */
const readCapped = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<string | undefined, HttpClientError.ResponseError> =>
  response.stream.pipe(
    Stream.runFoldWhile(
      { size: 0, chunks: Chunk.empty<Uint8Array>() },
      ({ size }) => size <= sizeCap,
      ({ chunks, size }, chunk) => ({ size: size + chunk.byteLength, chunks: Chunk.append(chunks, chunk) })
    ),
    Effect.map(({ chunks, size }) => (size > sizeCap ? undefined : decodeUtf8(chunks))),
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
