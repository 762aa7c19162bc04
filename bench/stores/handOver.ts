/** How the turn at a refresh, and what it brings, passes from one provider to others that share its store. */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { TokenStore } from "../library.js"
import type { Addresses } from "../server/protocol.js"
import type { Place } from "./place.js"
import { clientCredentials } from "./providers.js"
import type { Operation } from "./watched.js"
import { watched } from "./watched.js"

/** A place with the clients of one who has the turn and of those who wait for it, each as a process of its own has one. */
export interface Shared {
  readonly place: Place
  readonly server: Addresses
  readonly holder: TokenStore.LeasedService
  readonly waiting: ReadonlyArray<TokenStore.LeasedService>
}

export const share = (
  server: Addresses,
  place: Place,
  waiting: number
): Effect.Effect<Shared, unknown, Scope.Scope> =>
  Effect.all({
    place: Effect.succeed(place),
    server: Effect.succeed(server),
    holder: place.connect,
    waiting: Effect.replicateEffect(place.connect, waiting)
  })

/** What became of one refresh for those who waited. */
export interface Adopted {
  /** From the end of the save until each of them had the token, in nanoseconds. */
  readonly latencies: ReadonlyArray<number>
  /** What all of them together did to the store. */
  readonly operations: number
}

let records = 0

/** One refreshes while others wait, who find what it has saved. */
export const adopted = (
  { holder, server, waiting }: Shared,
  clientId: string
): Effect.Effect<Adopted, unknown> =>
  Effect.scoped(
    Effect.gen(function* () {
      const name = `shared ${String(records++)}`
      const hasTurn = yield* Deferred.make<void>()
      let savedAt = 0n
      let operations = 0
      const providerOn = (store: TokenStore.LeasedService, tell: (operation: Operation) => void) =>
        clientCredentials({ server, clientId, name, store: watched(store, tell) })
      const provider = yield* providerOn(holder, ({ at, name }) => {
        if (name === "acquire") Deferred.unsafeDone(hasTurn, Effect.void)
        if (name === "save") savedAt = at
      })
      const others = yield* Effect.forEach(waiting, (store) =>
        providerOn(store, () => {
          operations++
        })
      )
      const first = yield* Effect.fork(provider.get)
      yield* Deferred.await(hasTurn)
      const instants = yield* Effect.forEach(
        others,
        ({ get }) => Effect.map(get, () => process.hrtime.bigint()),
        { concurrency: "unbounded" }
      )
      yield* Fiber.join(first)
      return { latencies: instants.map((at) => nanoseconds(savedAt, at)), operations }
    })
  )

/** One has the turn for nothing, as its request is refused: nanoseconds from its release until another has the turn. */
export const takenOver = (
  { holder, server, waiting }: Shared,
  clientId: string
): Effect.Effect<number, unknown> =>
  Effect.gen(function* () {
    const name = `refused ${String(records++)}`
    const hasTurn = yield* Deferred.make<void>()
    let releasedAt = 0n
    const first = yield* Effect.fork(
      refused({ server, clientId, name, store: holder }, ({ at, name }) => {
        if (name === "acquire") Deferred.unsafeDone(hasTurn, Effect.void)
        if (name === "release") releasedAt = at
      })
    )
    yield* Deferred.await(hasTurn)
    let takenAt = 0n
    yield* refused({ server, clientId, name, store: waiting[0] }, ({ at, name, wasInVain }) => {
      if (name === "acquire" && !wasInVain) takenAt = at
    })
    yield* Fiber.join(first)
    return nanoseconds(releasedAt, takenAt)
  })

/** One has died in its turn: nanoseconds from the end of its lease until another has the turn. */
export const inherited = (
  { holder, server, waiting }: Shared,
  clientId: string,
  lease: Duration.Duration
): Effect.Effect<number, unknown> =>
  Effect.gen(function* () {
    const name = `orphaned ${String(records++)}`
    let key: TokenStore.RecordKey | undefined
    yield* refused({ server, clientId, name, store: holder }, (operation) => (key = operation.key))
    const turn = yield* holder.acquire(key!, "one that has died", lease)
    const remaining = Option.match(turn, {
      onNone: () => Duration.zero,
      onSome: ({ remaining }) => remaining
    })
    const endsAt = process.hrtime.bigint() + Duration.unsafeToNanos(remaining)
    let takenAt = 0n
    yield* refused({ server, clientId, name, store: waiting[0] }, ({ at, name, wasInVain }) => {
      if (name === "acquire" && !wasInVain) takenAt = at
    })
    return nanoseconds(endsAt, takenAt)
  })

/** A get of a new provider of a client that the server refuses. */
const refused = (
  options: Parameters<typeof clientCredentials>[0],
  tell: (operation: Operation) => void
): Effect.Effect<void, unknown> =>
  Effect.scoped(
    Effect.flatMap(
      clientCredentials({ ...options, store: options.store && watched(options.store, tell) }),
      ({ get }) => Effect.asVoid(Effect.flip(get))
    )
  )

/** Whoever comes before the moment of which it is told has not had to wait. */
const nanoseconds = (from: bigint, to: bigint): number => Math.max(0, Number(to - from))
