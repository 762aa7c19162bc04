/** A rotating grant, and the processes that share it. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as RotatingServer from "../../support/rotatingServer.js"
import type { Orders, ProviderOrders } from "./orders.js"
import type { Place } from "./places.js"
import * as Workers from "./workers.js"

/** An authorization server, and the program of its callers. */
export class Ground extends Context.Tag("test/sharing/Ground")<
  Ground,
  { readonly server: RotatingServer.RotatingServer; readonly program: string }
>() {
  static readonly layer = Layer.scoped(
    Ground,
    Effect.all({ server: RotatingServer.make, program: Workers.program }, { concurrency: "unbounded" })
  )
}

/** A client, and the grant that a person has given to it. */
export interface Login {
  readonly client: string
  readonly seed: string
  /** The person logs in again. */
  readonly again: Effect.Effect<string>
  /** What a provider of the grant is told, but for the place of its store. */
  readonly credential: Omit<ProviderOrders, "place">
  /** The orders of a process: one fiber asks, unless it is told otherwise. */
  readonly orders: (place: Place, orders?: Partial<Omit<Orders, "place">>) => Orders
  /** Starts a process with these orders. */
  readonly start: (
    place: Place,
    orders?: Partial<Omit<Orders, "place">>
  ) => Effect.Effect<Workers.Worker, never, Scope.Scope>
  readonly requests: Effect.Effect<ReadonlyArray<RotatingServer.TokenRequest>>
  /** When this many requests were answered with a token. */
  readonly issued: (count: number) => Effect.Effect<void>
  /** The next request stops there, until it is let go. Ends when it has. */
  readonly hold: (at: "arrived" | "handled") => Effect.Effect<Effect.Effect<void>>
  /** Ends when its answer was sent, or could not be. */
  readonly letGo: Effect.Effect<void>
  readonly lose: Effect.Effect<unknown>
}

/** A new client, which asks for itself or has a grant. */
export const login = (
  settings: RotatingServer.ClientSettings
): Effect.Effect<Login, never, Ground | Scope.Scope> =>
  Effect.gen(function* () {
    const { program, server } = yield* Ground
    const { id: client, secret } = yield* server.ask("register", settings)
    const again = Effect.map(server.ask("mint", { client }), ({ refreshToken }) => refreshToken)
    const seed = yield* again
    const credential = { tokenUrl: server.tokenUrl, clientId: client, clientSecret: secret, seed }
    const orders: Login["orders"] = (place, more = {}) => ({
      place,
      ...credential,
      fibers: 1,
      pause: 20,
      patience: 60_000,
      ...more
    })

    let issued = 0
    const waiting = new Set<() => void>()
    yield* Effect.acquireRelease(
      Effect.sync(() =>
        server.listen((news) => {
          if (news.client !== client || news.told !== "handled" || news.status !== 200) return
          issued++
          for (const look of [...waiting]) look()
        })
      ),
      (stop) => Effect.sync(stop)
    )
    return {
      client,
      seed,
      again,
      credential,
      orders,
      start: (place, more) => Workers.start(program, orders(place, more)),
      requests: server.ask("requests", { client }),
      issued: (count) =>
        Effect.async<void>((resume) => {
          const look = () => {
            if (issued < count) return
            waiting.delete(look)
            resume(Effect.void)
          }
          waiting.add(look)
          look()
          return Effect.sync(() => void waiting.delete(look))
        }),
      hold: (at) =>
        Effect.cached(server.next((news) => news.told === "held" && news.client === client)).pipe(
          Effect.tap((held) => Effect.zipRight(Effect.fork(held), server.ask("hold", { client, at }))),
          Effect.map(Effect.asVoid)
        ),
      letGo: Effect.gen(function* () {
        const over = yield* Effect.fork(server.next((news) => news.told === "over" && news.client === client))
        yield* server.ask("letGo", { client })
        yield* Fiber.join(over)
      }),
      lose: server.ask("lose", { client })
    }
  })
