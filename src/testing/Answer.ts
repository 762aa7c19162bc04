/**
 * What a {@link FakeAuthorizationServer} can be told to answer.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"

/**
 * One answer to one request.
 *
 * | answer | what the client sees |
 * | --- | --- |
 * | `AsUsual` | what the server answers by itself; in a token, some members changed or left out |
 * | `Response` | a response as it is written here |
 * | `Failure` | no response: the connection was never made, or it broke |
 * | `Lost` | the server has acted as usual, and the connection broke before its answer came |
 * | `Hang` | nothing, ever |
 * | `Delayed` | another answer, later |
 *
 * @since 0.1.0
 * @category models
 */
export type Answer =
  | { readonly _tag: "AsUsual"; readonly members: Readonly<Record<string, unknown>> }
  | {
      readonly _tag: "Response"
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: Body
    }
  | { readonly _tag: "Failure"; readonly kind: "NotSent" | "NoAnswer" }
  | { readonly _tag: "Lost" }
  | { readonly _tag: "Hang" }
  | { readonly _tag: "Delayed"; readonly by: Duration.Duration; readonly answer: Answer }

/**
 * A response's body: a text, or one that comes in pieces: `size` bytes of filler and then its end, an error, or nothing.
 *
 * @since 0.1.0
 * @category models
 */
export type Body = string | { readonly size: number; readonly then: "end" | "break" | "stall" }

/**
 * What the server answers by itself. `members` change an answer that brings a token: a member that is `undefined` is left
 * out.
 *
 * @example
 * ```ts
 * import { Answer, FakeAuthorizationServer } from "effect-oauth/testing"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const server = yield* FakeAuthorizationServer.FakeAuthorizationServer
 *   yield* server.respondNext(Answer.status(503), Answer.asUsual({ expires_in: "3599", token_type: undefined }))
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const asUsual = (members: Readonly<Record<string, unknown>> = {}): Answer => ({
  _tag: "AsUsual",
  members
})

/**
 * A bare status, perhaps with a `Retry-After` of seconds or a date.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const overloaded = Answer.status(503, { retryAfter: 30 })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const status = (status: number, options: { readonly retryAfter?: string | number } = {}): Answer =>
  raw({
    status,
    headers: options.retryAfter === undefined ? {} : { "retry-after": String(options.retryAfter) }
  })

/**
 * An error as RFC 6749 §5.2 has it. Status 400, and 401 for `invalid_client`, unless the options say otherwise.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const unknownClient = Answer.oauthError("invalid_client", { description: "no such client" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const oauthError = (
  code: string,
  options: {
    readonly status?: number
    readonly description?: string
    readonly headers?: Readonly<Record<string, string>>
  } = {}
): Answer =>
  json(
    { error: code, ...(options.description === undefined ? {} : { error_description: options.description }) },
    { status: options.status ?? (code === "invalid_client" ? 401 : 400), headers: options.headers ?? {} }
  )

/**
 * Any JSON. Status 200 unless the options say otherwise.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const another = Answer.json({ data: { token: "a-token" } })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const json = (
  body: unknown,
  options: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {}
): Answer =>
  raw({
    status: options.status ?? 200,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...options.headers },
    body: JSON.stringify(body)
  })

/**
 * A web page, as proxies send them.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const badGateway = Answer.html(502)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const html = (
  status: number,
  page = `<!DOCTYPE html><html><head><title>Error ${String(status)}</title></head><body><h1>Oops</h1></body></html>`
): Answer => raw({ status, headers: { "content-type": "text/html; charset=utf-8" }, body: page })

/**
 * A redirect to a URL.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const moved = Answer.redirect(307, "https://elsewhere.example.com/token")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const redirect = (status: 301 | 302 | 303 | 307 | 308, location: string): Answer =>
  raw({ status, headers: { location } })

/**
 * No body. Status 200 unless another is given.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const nothing = Answer.empty()
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty = (status = 200): Answer => raw({ status })

/**
 * A body of many bytes, 2 MiB unless the size is given, which is made piece by piece as it is read.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const gigabyte = Answer.oversized(2 ** 30)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const oversized = (size = 2 * 1_048_576): Answer =>
  raw({ status: 200, headers: { "content-type": "application/json" }, body: { size, then: "end" } })

/**
 * Any response. The status is from 200 to 599.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const teapot = Answer.raw({ status: 418, headers: { "content-type": "text/plain" }, body: "short and stout" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const raw = (options: {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Body
}): Answer => ({
  _tag: "Response",
  status: options.status,
  headers: options.headers ?? {},
  body: options.body ?? ""
})

/**
 * A status and headers of a success, and a body that breaks off.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const answers = [Answer.brokenBody, Answer.asUsual()]
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const brokenBody: Answer = raw({
  status: 200,
  headers: { "content-type": "application/json" },
  body: { size: 16, then: "break" }
})

/**
 * A status and headers of a success, and a body that never ends.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const answers = [Answer.stalledBody, Answer.asUsual()]
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const stalledBody: Answer = raw({
  status: 200,
  headers: { "content-type": "application/json" },
  body: { size: 16, then: "stall" }
})

/**
 * The connection is refused: the request never leaves.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const answers = [Answer.connectionRefused, Answer.asUsual()]
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const connectionRefused: Answer = { _tag: "Failure", kind: "NotSent" }

/**
 * The connection breaks once the request has left. The server has not acted on it, which the client cannot know.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const answers = [Answer.connectionReset, Answer.asUsual()]
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const connectionReset: Answer = { _tag: "Failure", kind: "NoAnswer" }

/**
 * The server acts as usual (a token is issued, a refresh token is rotated), and the connection breaks before its answer
 * is there. To the client it looks like {@link connectionReset}.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const answers = [Answer.answerLost, Answer.asUsual()]
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const answerLost: Answer = { _tag: "Lost" }

/**
 * No answer, ever.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const answers = [Answer.hang, Answer.asUsual()]
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const hang: Answer = { _tag: "Hang" }

/**
 * Another answer, later, by Effect's clock. The server acts when the request arrives.
 *
 * @example
 * ```ts
 * import { Answer } from "effect-oauth/testing"
 *
 * const slowFailure = Answer.delayed("2 seconds", Answer.status(503))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const delayed = (by: Duration.DurationInput, answer: Answer): Answer => ({
  _tag: "Delayed",
  by: Duration.decode(by),
  answer
})
