import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { failureReason } from "../../src/wire/networkFailure.js"
import { send } from "../../src/wire/transport.js"
import { answeringClient } from "../support/answeringClient.js"
import { clients } from "../support/clients.js"
import { selfSigned } from "../../servers/certificate.js"
import { waitUntil } from "../support/clock.js"
import { ask } from "../support/exchange.js"
import type { Reply } from "../support/httpServer.js"
import * as HttpServer from "../support/httpServer.js"

const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"

const breaks: ReadonlyArray<{ readonly title: string; readonly reply: Reply }> = [
  { title: "resets the connection before it responds", reply: ({ socket }) => socket.resetAndDestroy() },
  { title: "closes the connection before it responds", reply: ({ socket }) => socket.end() },
  {
    title: "resets the connection within the body",
    reply: ({ socket }) =>
      socket.write(`${head}{"access`, () => setTimeout(() => socket.resetAndDestroy(), 20))
  },
  {
    title: "closes the connection within the body",
    reply: ({ socket }) => socket.end(`${head}{"access_token":"a-token"}`)
  },
  {
    title: "closes the connection between chunks",
    reply: ({ socket }) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
  },
  {
    title: "speaks another protocol than HTTP",
    reply: ({ socket }) => socket.end("SSH-2.0-OpenSSH_9.6\r\n")
  },
  {
    title: "sends endless headers",
    reply: ({ socket }) => socket.end(`HTTP/1.1 200 OK\r\n${`X-A: ${"a".repeat(1000)}\r\n`.repeat(1000)}`)
  }
]

describe.each(clients)("a network failure of $client", ({ layer }) => {
  it.scopedLive("is NotSent if the connection was refused", () =>
    Effect.gen(function* () {
      const gone = yield* Effect.scoped(HttpServer.make(HttpServer.token))
      expect(yield* Effect.flip(ask(gone.url))).toMatchObject({
        _tag: "TransientFailure",
        reason: "NotSent",
        isRetryable: true,
        description: `ECONNREFUSED at ${gone.url.host}`
      })
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("is NotSent if the server's certificate is not trusted", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(HttpServer.token, { tls: selfSigned() })
      const error = yield* Effect.flip(ask(server.url))
      expect(error).toMatchObject({ _tag: "TransientFailure", reason: "NotSent" })
      expect(server.connections.map((connection) => connection.received()).join("")).toBe("")
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("is NotSent if the server does not speak TLS", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(() => undefined)
      const url = new URL(server.url.href.replace("http:", "https:"))
      const fiber = yield* Effect.fork(Effect.flip(ask(url)))
      yield* waitUntil(() => server.connections.some((connection) => connection.received() !== ""))
      server.connections[0]!.socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "TransientFailure", reason: "NotSent" })
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive.each(breaks)("is NoAnswer if the server $title", ({ reply }) =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(reply)
      const error = yield* Effect.flip(ask(server.url))
      expect(error).toMatchObject({ _tag: "TransientFailure", reason: "NoAnswer", provider: "test/Api" })
      expect(error).not.toHaveProperty("status")
      expect(error.message).toContain(server.url.host)
      expect(server.requests).toHaveLength(1)
    }).pipe(Effect.provide(layer))
  )
})

describe("an HTTP client that fails before it sends", () => {
  it.effect.each(["Encode", "InvalidUrl"] as const)(
    "L9 reports %s as a request that was not sent, so that a refresh token may be presented again",
    (reason) =>
      Effect.gen(function* () {
        const client = HttpClient.make((request) =>
          Effect.fail(new HttpClientError.RequestError({ request, reason }))
        )
        const error = yield* Effect.flip(
          Effect.provideService(
            ask(new URL("https://login.example.com/token")),
            HttpClient.HttpClient,
            client
          )
        )
        expect(error).toMatchObject({ _tag: "TransientFailure", reason: "NotSent", isRetryable: true })
      })
  )
})

describe("a response without a body", () => {
  it.effect("is read as a response with an empty body", () =>
    Effect.gen(function* () {
      const answer = yield* send(HttpClientRequest.get("https://login.example.com/token"), {
        provider: "test/Api",
        deadline: Duration.seconds(10)
      }).pipe(
        Effect.provideService(
          HttpClient.HttpClient,
          answeringClient({ status: 204, headers: { "retry-after": "7" }, body: null })
        )
      )
      expect(answer).toMatchObject({ status: 204, body: "", isFromOtherUrl: false })
      expect(answer.headers["retry-after"]).toBe("7")
    })
  )
})

describe("failureReason", () => {
  const error = (code: string, more: object = {}) => Object.assign(new Error(), { code, ...more })

  it.each([
    error("ENOTFOUND", { syscall: "getaddrinfo" }),
    error("EAI_AGAIN", { syscall: "getaddrinfo" }),
    error("ECONNREFUSED", { syscall: "connect" }),
    error("ETIMEDOUT", { syscall: "connect" }),
    error("ECONNRESET", { syscall: "connect" }),
    error("EACCES", { syscall: "connect" }),
    error("UND_ERR_CONNECT_TIMEOUT"),
    error("CERT_HAS_EXPIRED"),
    error("ERR_TLS_CERT_ALTNAME_INVALID"),
    error("UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    error("SELF_SIGNED_CERT_IN_CHAIN"),
    error("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"),
    new TypeError("fetch failed", { cause: error("ECONNREFUSED") }),
    new Error("", { cause: new Error("", { cause: error("ENOTFOUND") }) }),
    Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" })
  ])("is NotSent for %o", (error) => {
    expect(failureReason(error)).toBe("NotSent")
  })

  it.each([
    error("ECONNRESET", { syscall: "read" }),
    error("EPIPE", { syscall: "write" }),
    error("ETIMEDOUT", { syscall: "read" }),
    error("UND_ERR_SOCKET"),
    error("UND_ERR_HEADERS_TIMEOUT"),
    error("HPE_INVALID_CONSTANT"),
    error("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC"),
    error("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    new TypeError("Failed to fetch"),
    Object.assign(new Error(), { code: 7 }),
    Object.assign(new Error(), { code: "" }),
    "ECONNREFUSED",
    undefined,
    null
  ])("is NoAnswer for %o, since the request may have left", (error) => {
    expect(failureReason(error)).toBe("NoAnswer")
  })

  it("follows a circular chain of causes once", () => {
    const snake = new Error()
    snake.cause = new Error("", { cause: snake })
    expect(failureReason(snake)).toBe("NoAnswer")
  })
})
