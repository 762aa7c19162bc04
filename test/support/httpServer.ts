import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import type { Server, Socket } from "node:net"
import { createServer } from "node:net"
import { createServer as createTlsServer } from "node:tls"

/** One connection to the server, and what came over it. */
export interface Connection {
  readonly socket: Socket
  /** Every byte that was received so far, each as one character. */
  readonly received: () => string
  /** Ends when the connection is closed. */
  readonly closed: Effect.Effect<void>
}

/** Answers a request that has arrived whole; it may write whatever it likes, or nothing. */
export type Reply = (connection: Connection, request: string) => void

export interface RawServer {
  readonly origin: string
  /** The URL of a token endpoint on it. */
  readonly url: URL
  /** Every connection, one without a byte included. */
  readonly connections: ReadonlyArray<Connection>
  /** Every request that arrived whole, as it came. */
  readonly requests: ReadonlyArray<string>
}

export interface Options {
  /** Default: 127.0.0.1. */
  readonly host?: "127.0.0.1" | "::1"
  /** With a key and a certificate it speaks TLS; what it receives is counted after decryption. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

/**
 * A server without manners: it listens on a free port of a loopback address as long as the scope is open, writes down
 * every byte that it gets, and answers with bytes.
 */
export const make = (reply: Reply, options: Options = {}): Effect.Effect<RawServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const connections: Array<Connection> = []
    const requests: Array<string> = []
    const accept = (socket: Socket) => {
      const closed = Deferred.unsafeMake<void>(FiberId.none)
      let received = ""
      let read = 0
      const connection: Connection = {
        socket,
        received: () => received,
        closed: Deferred.await(closed)
      }
      connections.push(connection)
      socket.on("error", () => undefined)
      socket.on("close", () => Deferred.unsafeDone(closed, Effect.void))
      socket.on("data", (bytes: Buffer) => {
        received += bytes.toString("latin1")
        for (let end = endOfRequest(received, read); end !== undefined; end = endOfRequest(received, read)) {
          const request = received.slice(read, end)
          read = end
          requests.push(request)
          reply(connection, request)
        }
      })
    }
    const server = options.tls === undefined ? createServer(accept) : createTlsServer(options.tls, accept)
    server.on("tlsClientError", () => undefined)
    const host = options.host ?? "127.0.0.1"
    yield* Effect.acquireRelease(listen(server, host), () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const { socket } of connections) socket.destroy()
      })
    )
    const scheme = options.tls === undefined ? "http" : "https"
    const origin = `${scheme}://${host === "::1" ? "[::1]" : host}:${portOf(server)}`
    return { origin, url: new URL("/token", origin), connections, requests }
  })

const listen = (server: Server, host: string): Effect.Effect<void> =>
  Effect.async((resume) => {
    server.listen(0, host, () => resume(Effect.void))
  })

const portOf = (server: Server): number => {
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the server does not listen on TCP")
  return address.port
}

/** Where the request ends that begins at `start`, if it is whole. */
const endOfRequest = (received: string, start: number): number | undefined => {
  const head = received.indexOf("\r\n\r\n", start)
  if (head < 0) return undefined
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(start, head))?.[1] ?? "0"
  const end = head + 4 + Number(length)
  return received.length >= end ? end : undefined
}

/** A reply with a head and a body, after which the connection is closed. */
export const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}, body: string | Buffer = ""): Reply =>
  ({ socket }) => {
    const all = { "content-length": String(Buffer.byteLength(body)), connection: "close", ...headers }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`HTTP/1.1 ${status} Status\r\n${lines.join("")}\r\n`)
    socket.end(body)
  }

/** A reply with a JSON body. */
export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply =>
  answer(status, { "content-type": "application/json", ...headers }, JSON.stringify(body))

/** A reply with a token. */
export const token: Reply = json(200, { access_token: "a-token", token_type: "Bearer", expires_in: 60 })
