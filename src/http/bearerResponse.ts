/**
 * Removes the token from responses and errors of a bearer client: both hold the request that carried it, and print it.
 */
import type * as Headers from "@effect/platform/Headers"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

type Request = HttpClientRequest.HttpClientRequest
type Response = HttpClientResponse.HttpClientResponse

/** The error as if the request had been sent without a token. */
export const withoutTokenInError = <E>(
  error: E,
  request: Request,
  wrapResponse: typeof withoutToken = withoutToken
): E | HttpClientError.HttpClientError => {
  if (!HttpClientError.isHttpClientError(error)) return error
  return error._tag === "RequestError"
    ? new HttpClientError.RequestError({ ...fieldsOf(error, request), reason: error.reason, request })
    : withoutTokenInResponseError(error, wrapResponse(error.response, request))
}

const withoutTokenInResponseError = (
  error: HttpClientError.ResponseError,
  response: Response
): HttpClientError.ResponseError =>
  new HttpClientError.ResponseError({
    ...fieldsOf(error, response.request),
    reason: error.reason,
    request: response.request,
    response
  })

const fieldsOf = (error: HttpClientError.HttpClientError, request: Request) => ({
  ...(error.cause === undefined ? {} : { cause: withoutTokenInCause(error.cause, request) }),
  ...(error.description === undefined ? {} : { description: error.description })
})

/** Keeps the name, message, stack and code of a foreign error; any other property may hold the request. */
const withoutTokenInCause = (cause: unknown, request: Request): unknown => {
  if (HttpClientError.isHttpClientError(cause)) return withoutTokenInError(cause, request)
  if (!(cause instanceof Error)) return typeof cause === "object" ? undefined : cause
  const copy = new Error(cause.message)
  copy.name = cause.name
  if (cause.stack !== undefined) copy.stack = cause.stack
  if (cause.cause !== undefined) copy.cause = withoutTokenInCause(cause.cause, request)
  return "code" in cause && typeof cause.code === "string" ? Object.assign(copy, { code: cause.code }) : copy
}

/** The response as if the request had been sent without a token. */
export const withoutToken = (response: Response, request: Request): Response =>
  new TokenlessResponse(response, request)

/**
 * Like {@link withoutToken}, for a response that another request may follow. An unread body holds its connection, and the
 * token request may be waiting for that connection, so the start of a 401's body is read ahead.
 */
export const withoutTokenReadAhead = (response: Response, request: Request): Response => {
  const plain = withoutToken(response, request)
  if (response.status !== 401) return plain
  const body = Stream.toReadableStream(
    Stream.catchSome(plain.stream, ({ reason }) =>
      reason === "EmptyBody" ? Option.some(Stream.empty) : Option.none()
    ),
    { strategy: { highWaterMark: 65_536, size: (chunk) => chunk.byteLength } }
  )
  const contentType = response.headers["content-type"]
  const source = new globalThis.Response(body, {
    headers: contentType === undefined ? {} : { "content-type": contentType }
  })
  return new TokenlessResponse(plain, request, HttpClientResponse.fromWeb(request, source))
}

class TokenlessResponse extends Inspectable.Class implements Response {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly #original: Response
  readonly #body: Response

  constructor(
    original: Response,
    readonly request: Request,
    body: Response = original
  ) {
    super()
    this.#original = original
    this.#body = body
  }

  get status(): number {
    return this.#original.status
  }

  get headers(): Headers.Headers {
    return this.#original.headers
  }

  get cookies(): Response["cookies"] {
    return this.#original.cookies
  }

  get remoteAddress(): Response["remoteAddress"] {
    return this.#original.remoteAddress
  }

  get text(): Response["text"] {
    return this.#read(this.#body.text)
  }

  get json(): Response["json"] {
    return this.#read(this.#body.json)
  }

  get urlParamsBody(): Response["urlParamsBody"] {
    return this.#read(this.#body.urlParamsBody)
  }

  get formData(): Response["formData"] {
    return this.#read(this.#body.formData)
  }

  get arrayBuffer(): Response["arrayBuffer"] {
    return this.#read(this.#body.arrayBuffer)
  }

  get stream(): Response["stream"] {
    return Stream.mapError(this.#body.stream, (error) => withoutTokenInResponseError(error, this))
  }

  #read<A>(
    body: Effect.Effect<A, HttpClientError.ResponseError>
  ): Effect.Effect<A, HttpClientError.ResponseError> {
    // Unlike `mapError`, this adds no step to the fiber when there is no error.
    return Effect.catchAllCause(body, (cause) =>
      Either.match(Cause.failureOrCause(cause), {
        onLeft: (error) => Effect.fail(withoutTokenInResponseError(error, this)),
        onRight: Effect.failCause
      })
    )
  }

  override toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }
}
