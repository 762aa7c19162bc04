/**
 * From the server's reply to what the HTTP client of a runtime makes of it.
 *
 * @since 0.1.0
 */
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Body } from "../Answer.js"
import type { Reply } from "./handle.js"

/** The reply after its time, as a response, as an error of the transport, or never. */
export const transmit = (
  request: HttpClientRequest.HttpClientRequest,
  reply: Reply
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.RequestError> =>
  Duration.equals(reply.after, Duration.zero)
    ? arrive(request, reply.answer)
    : Effect.zipRight(Effect.sleep(reply.after), arrive(request, reply.answer))

const arrive = (
  request: HttpClientRequest.HttpClientRequest,
  answer: Reply["answer"]
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.RequestError> => {
  switch (answer._tag) {
    case "Hang":
      return Effect.never
    case "Failure": {
      const [what, code] = answer.kind === "NotSent" ? ["connect", "ECONNREFUSED"] : ["read", "ECONNRESET"]
      const cause = new TypeError("fetch failed", { cause: connectionError(what, code) })
      return Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause }))
    }
    case "Response": {
      const { body, headers, status } = answer
      const hasNoBody = request.method === "HEAD" || status === 204 || status === 205 || status === 304
      return Effect.sync(() =>
        HttpClientResponse.fromWeb(
          request,
          new Response(hasNoBody || body === "" ? null : bodyOf(body), { status, headers })
        )
      )
    }
  }
}

const connectionError = (what: string, code: string): Error =>
  Object.assign(new Error(`${what} ${code}`), { code, syscall: what })

const bodyOf = (body: Body): BodyInit => {
  if (typeof body === "string") return body
  let left = body.size
  return new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (left > 0) {
        const size = Math.min(left, pieceSize)
        left -= size
        controller.enqueue(new Uint8Array(size).fill(0x20))
      } else if (body.then === "end") {
        controller.close()
      } else if (body.then === "break") {
        controller.error(new TypeError("terminated", { cause: connectionError("read", "ECONNRESET") }))
      }
    }
  })
}

const pieceSize = 65_536
