import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Discovery } from "effect-oauth"
import { gzipSync } from "node:zlib"
import { clients } from "../support/clients.js"
import { ask, endpoint } from "../support/exchange.js"
import type { Connection, Reply } from "../support/httpServer.js"
import * as HttpServer from "../support/httpServer.js"

const mebibyte = 1024 * 1024

/** More than the cap and all the buffers on the way, and far less than the server would send. */
const bound = 64 * mebibyte

/** Writes a head and then a body of `size` bytes, as fast as the client reads. */
const pouring =
  (head: string, size: number): Reply =>
  ({ socket }) => {
    const letters = Buffer.alloc(64 * 1024, "a")
    let left = size
    const pour = () => {
      while (left > 0 && !socket.destroyed) {
        left -= letters.length
        if (!socket.write(letters)) return
      }
      if (left <= 0) socket.end()
    }
    socket.on("drain", pour)
    socket.write(`${head}\r\n\r\n`)
    pour()
  }

/** The bytes written to the connection, once it is closed. */
const writtenTo = (connection: Connection | undefined): Effect.Effect<number> =>
  connection === undefined
    ? Effect.dieMessage("there was no connection")
    : Effect.as(connection.closed, connection.socket).pipe(Effect.map(({ bytesWritten }) => bytesWritten))

/** A token response of `size` bytes. */
const tokenOf = (size: number): string => {
  const [head, tail] = ['{"access_token":"a-token","padding":"', '"}']
  return head + "a".repeat(size - head.length - tail.length) + tail
}

const bodies: ReadonlyArray<{ readonly title: string; readonly head: string; readonly size: number }> = [
  { title: "an endless body", head: "HTTP/1.1 200 OK", size: Infinity },
  {
    title: "a body of 1 GiB",
    head: `HTTP/1.1 200 OK\r\nContent-Length: ${1024 * mebibyte}`,
    size: 1024 * mebibyte
  }
]

describe.each(clients)("S5 the size of a body, by $client", ({ layer }) => {
  it.scopedLive.each(bodies)("S5 $title fails as TooLarge, and the rest is not read", ({ head, size }) =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(pouring(head, size))
      const error = yield* Effect.flip(ask(server.url))
      expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "TooLarge", status: 200 })
      expect(yield* writtenTo(server.connections[0])).toBeLessThan(bound)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive.each([
    [401, { _tag: "CredentialRejected", reason: "InvalidClient" }],
    [400, { _tag: "CredentialRejected", reason: "Refused" }],
    [429, { _tag: "TransientFailure", reason: "RateLimited" }],
    [503, { _tag: "TransientFailure", reason: "ServerError" }],
    [302, { _tag: "InvalidTokenResponse", reason: "Redirect" }]
  ] as const)("S5 a %j with an endless body is classified by its status", ([status, expected]) =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(pouring(`HTTP/1.1 ${status} Status`, Infinity))
      expect(yield* Effect.flip(ask(server.url))).toMatchObject({ ...expected, status })
      expect(yield* writtenTo(server.connections[0])).toBeLessThan(bound)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("S5 endless metadata fails as TooLarge", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(pouring("HTTP/1.1 200 OK", Infinity))
      const options = { ...endpoint(server.url), issuer: server.origin, allowLoopbackHttp: true }
      const error = yield* Effect.flip(Discovery.discover(options))
      expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "TooLarge" })
      expect(yield* writtenTo(server.connections[0])).toBeLessThan(bound)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("S5 a body of 1 MiB is read, and one byte more fails as TooLarge", () =>
    Effect.gen(function* () {
      const within = yield* HttpServer.make(HttpServer.answer(200, {}, tokenOf(mebibyte)))
      const issued = yield* ask(within.url)
      expect(Redacted.value(issued.value)).toBe("a-token")
      const over = yield* HttpServer.make(HttpServer.answer(200, {}, tokenOf(mebibyte + 1)))
      expect(yield* Effect.flip(ask(over.url))).toMatchObject({ reason: "TooLarge" })
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("S5 a body shorter than its Content-Length is a network failure", () =>
    Effect.gen(function* () {
      const body = JSON.stringify({ access_token: "a-token" })
      const server = yield* HttpServer.make(HttpServer.answer(200, { "content-length": "1000" }, body))
      expect(yield* Effect.flip(ask(server.url))).toMatchObject({
        _tag: "TransientFailure",
        reason: "NoAnswer"
      })
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("S5 a body longer than its Content-Length is truncated, and is no token", () =>
    Effect.gen(function* () {
      const body = JSON.stringify({ access_token: "a-token" })
      const server = yield* HttpServer.make(HttpServer.answer(200, { "content-length": "10" }, body))
      expect(yield* Effect.flip(ask(server.url))).toMatchObject({ _tag: "InvalidTokenResponse" })
    }).pipe(Effect.provide(layer))
  )

  // A client that does not decompress gets no token; for one that does, the decompressed size counts.
  it.scopedLive("S5 a small compressed body is capped by its decompressed size", () =>
    Effect.gen(function* () {
      const bomb = gzipSync(Buffer.alloc(64 * mebibyte, "a"))
      expect(bomb.length).toBeLessThan(mebibyte)
      const server = yield* HttpServer.make(HttpServer.answer(200, { "content-encoding": "gzip" }, bomb))
      const error = yield* Effect.flip(ask(server.url))
      const isDecompressed = /\r\naccept-encoding:.*gzip/i.test(server.requests.join())
      expect(error).toMatchObject({
        _tag: "InvalidTokenResponse",
        reason: isDecompressed ? "TooLarge" : "UnknownShape"
      })
    }).pipe(Effect.provide(layer))
  )
})
