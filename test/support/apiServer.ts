import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"
import { createServer } from "node:http"
import type { Socket } from "node:net"

/** A request as it arrived. */
export interface Arrival {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** The value of the bearer token, if there is one. */
  readonly token: string | undefined
}

/** What is answered to a request that was not refused. */
export type Answer = (arrival: Arrival, response: ServerResponse, request: IncomingMessage) => void

export interface ApiServer {
  readonly origin: string
  /** Every request, in the order in which their bodies were whole. */
  readonly arrivals: ReadonlyArray<Arrival>
  /** How many connections there were, and how many bytes came over them. */
  readonly traffic: () => { readonly connections: number; readonly bytes: number }
  /** Tokens that are answered 401 from now on. */
  readonly refuse: (...tokens: ReadonlyArray<string>) => void
}

export interface Options {
  /** Default: 200 and a short JSON body. */
  readonly answer?: Answer
  /** How a refused token is answered. Default: 401 and a short JSON body. */
  readonly refuse?: Answer
}

export const json =
  (status: number, body: unknown): Answer =>
  (_, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
  }

export const redirectTo =
  (location: () => string, status = 307): Answer =>
  (_, response) => {
    response.writeHead(status, { location: location() }).end()
  }

/** By the path of the request. */
export const byPath =
  (answers: Readonly<Record<string, Answer>>): Answer =>
  (arrival, response, request) =>
    (answers[arrival.path] ?? json(404, {}))(arrival, response, request)

/** A protected API on 127.0.0.1 and a free port, which keeps every request. */
export const make = (options: Options = {}): Effect.Effect<ApiServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { answer = json(200, { ok: true }), refuse = json(401, { error: "invalid_token" }) } = options
    const arrivals: Array<Arrival> = []
    const refused = new Set<string>()
    const sockets: Array<Socket> = []
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const arrival = arrivalOf(request, Buffer.concat(chunks))
        arrivals.push(arrival)
        const reply = arrival.token !== undefined && refused.has(arrival.token) ? refuse : answer
        reply(arrival, response, request)
      })
    })
    server.on("connection", (socket) => sockets.push(socket))
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    const address = server.address()
    if (address === null || typeof address === "string") return yield* Effect.dieMessage("no TCP address")
    return {
      origin: `http://127.0.0.1:${address.port}`,
      arrivals,
      traffic: () => ({
        connections: sockets.length,
        bytes: sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0)
      }),
      refuse: (...tokens) => tokens.forEach((token) => refused.add(token))
    }
  })

const arrivalOf = (request: IncomingMessage, body: Buffer): Arrival => ({
  method: request.method ?? "",
  path: request.url ?? "",
  headers: request.headers,
  body,
  token: /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1]
})
