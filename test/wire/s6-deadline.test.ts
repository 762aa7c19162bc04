import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { Discovery } from "effect-oauth"
import { clients } from "../support/clients.js"
import { waitUntil } from "../support/clock.js"
import { ask, endpoint } from "../support/exchange.js"
import type { Reply } from "../support/httpServer.js"
import * as HttpServer from "../support/httpServer.js"

const deadline = Duration.seconds(20)

const timeout = { _tag: "TransientFailure", reason: "Timeout", provider: "test/Api" }

const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"

/** Writes a byte at short intervals, so that the connection is never idle for long. */
const dripping =
  (before: string): Reply =>
  ({ socket }) => {
    socket.write(before)
    const drip = setInterval(() => socket.write("a"), 20)
    socket.on("close", () => clearInterval(drip))
  }

const stalls: ReadonlyArray<{ readonly title: string; readonly reply: Reply }> = [
  { title: "accepts and never responds", reply: () => undefined },
  { title: "stalls in its headers", reply: ({ socket }) => socket.write(head) },
  { title: "drips its headers", reply: dripping(`${head}X-Drip: `) },
  { title: "stalls after its headers", reply: ({ socket }) => socket.write(`${head}\r\n`) },
  { title: "stalls in its body", reply: ({ socket }) => socket.write(`${head}\r\n{"access_token":"`) },
  { title: "drips its body", reply: dripping(`${head}\r\n{"access_token":"`) },
  {
    title: "drips chunks",
    reply: ({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      const drip = setInterval(() => socket.write("1\r\na\r\n"), 20)
      socket.on("close", () => clearInterval(drip))
    }
  },
  {
    title: "stalls in the body of an error response",
    reply: ({ socket }) => socket.write(head.replace("200 OK", "401 Unauthorized") + "\r\n")
  }
]

/** Moves the test clock past the deadline of a request, once the server has received it. */
const passDeadline = <A, E, R>(request: Effect.Effect<A, E, R>, isReceived: () => boolean) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.flip(request))
    yield* waitUntil(isReceived)
    // lets the bytes that the server has written arrive; the outcome is the same without them
    yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 50)))
    yield* TestClock.adjust(deadline)
    return yield* Fiber.join(fiber)
  })

describe.each(clients)("S6 the deadline, by $client", ({ layer }) => {
  it.scoped.each(stalls)("S6 ends a request to a server that $title, and closes the socket", ({ reply }) =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(reply)
      const error = yield* passDeadline(ask(server.url, { deadline }), () => server.requests.length > 0)
      expect(error).toMatchObject(timeout)
      expect(server.requests).toHaveLength(1)
      yield* server.connections[0]!.closed
    }).pipe(Effect.provide(layer))
  )

  // Closing the socket is not asserted: undici closes a connecting socket only after a timeout of its own.
  it.scoped("S6 covers connecting, such as a TLS handshake without an answer", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(() => undefined)
      const url = new URL(server.url.href.replace("http:", "https:"))
      const isReceived = () => server.connections.some((connection) => connection.received() !== "")
      expect(yield* passDeadline(ask(url, { deadline }), isReceived)).toMatchObject(timeout)
      expect(server.connections[0]!.received()).not.toBe("")
    }).pipe(Effect.provide(layer))
  )

  it.scoped("S6 covers a metadata request, too", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(() => undefined)
      const options = { ...endpoint(server.url), issuer: server.origin, allowLoopbackHttp: true, deadline }
      const error = yield* passDeadline(Discovery.discover(options), () => server.requests.length > 0)
      expect(error).toMatchObject(timeout)
      yield* server.connections[0]!.closed
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("S6 is not needed to close the socket of a caller that is interrupted", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(({ socket }) => socket.write(`${head}\r\n{`))
      const fiber = yield* Effect.fork(ask(server.url))
      yield* waitUntil(() => server.requests.length > 0)
      yield* Fiber.interrupt(fiber)
      yield* server.connections[0]!.closed
    }).pipe(Effect.provide(layer))
  )
})

describe("S6 the deadline", () => {
  const url = new URL("https://login.example.com/token")
  const asking = (client: HttpClient.HttpClient) =>
    Effect.fork(Effect.flip(Effect.provideService(ask(url, { deadline }), HttpClient.HttpClient, client)))

  it.effect("S6 ends a request of a client that never responds, and not early", () =>
    Effect.gen(function* () {
      const fiber = yield* asking(HttpClient.make(() => Effect.never))
      yield* TestClock.adjust("19999 millis")
      expect(fiber.unsafePoll()).toBeNull()
      yield* TestClock.adjust("1 millis")
      expect(yield* Fiber.join(fiber)).toMatchObject(timeout)
    })
  )

  it.effect("S6 holds for a client that cannot be interrupted", () =>
    Effect.gen(function* () {
      const latch = yield* Effect.makeLatch()
      const fiber = yield* asking(HttpClient.make(() => Effect.onInterrupt(Effect.never, () => latch.await)))
      yield* TestClock.adjust("20 seconds")
      expect(yield* Fiber.join(fiber)).toMatchObject(timeout)
      yield* latch.open
    })
  )
})
