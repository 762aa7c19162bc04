import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { RequestListener, Server } from "node:http"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

/** A server on 127.0.0.1 and a free port, which can be stopped and started again. */
export interface LoopbackServer {
  readonly origin: string
  /** Accepts connections again, on the same port. */
  readonly start: Effect.Effect<void>
  /** Cuts every connection and accepts no other. */
  readonly stop: Effect.Effect<void>
}

/** Listens as long as the scope is open. The listener is given the origin, which is not known before. */
export const make = (
  listener: (origin: string) => RequestListener
): Effect.Effect<LoopbackServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const server = createServer({ keepAliveTimeout: 60_000 })
    yield* Effect.addFinalizer(() => stop(server))
    yield* Effect.orDie(listen(server, 0))
    const { port } = addressOf(server)
    const origin = `http://127.0.0.1:${port}`
    server.on("request", listener(origin))
    return {
      origin,
      start: Effect.orDie(Effect.retry(listen(server, port), portIsTaken)),
      stop: stop(server)
    }
  })

/** Another process may have been given the port meanwhile, for a connection of its own. */
const portIsTaken = Schedule.spaced("50 millis").pipe(Schedule.upTo("5 seconds"))

const listen = (server: Server, port: number): Effect.Effect<void, Error> =>
  Effect.async((resume) => {
    const onError = (error: Error) => {
      server.off("listening", onListening)
      resume(Effect.fail(error))
    }
    const onListening = () => {
      server.off("error", onError)
      resume(Effect.void)
    }
    server.once("error", onError).once("listening", onListening).listen(port, "127.0.0.1")
  })

const stop = (server: Server): Effect.Effect<void> =>
  Effect.async((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

/** The address of a server that listens on TCP is an object. */
const addressOf = (server: Server): AddressInfo => {
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the server does not listen on TCP")
  return address
}
