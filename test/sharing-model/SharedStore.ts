import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { MemoryTokenStore, TokenError } from "effect-oauth"
import type { TokenStore } from "effect-oauth"
import { providerName } from "./Server.js"
import { digestsAtOnce } from "../support/digestsAtOnce.js"
import type { VirtualTime } from "../support/VirtualTime.js"
import { clockOf } from "../support/VirtualTime.js"

/** What a process asks of its store: `intent` is a save that says since when its content is presented. */
export type Operation = "load" | "intent" | "save" | "remove" | "acquire" | "renew" | "release" | "remaining"

/**
 * What goes wrong with one operation:
 *
 * - `down`: nothing happens, and the client is told.
 * - `broken`: it comes about, and the client is told that it failed.
 * - `hanging`: nothing happens, and the client is told nothing.
 * - `mute`: it comes about, and the client is told nothing.
 */
export type Outage = "down" | "broken" | "hanging" | "mute"

/** An operation as it left. */
export interface Seen {
  readonly process: string
  readonly operation: Operation
  readonly at: number
  /** Whether what it was to change has changed, where it tells. */
  cameAbout: boolean | undefined
}

/** The store of all processes, at the other end of a line. */
export class SharedStore {
  readonly seen: Array<Seen> = []
  /** The keys that were saved under. */
  readonly keys = new Map<string, TokenStore.RecordKey>()
  readonly records: TokenStore.LeasedService = Effect.runSync(MemoryTokenStore.make)
  /** How long an operation takes to arrive, and its answer to come back. */
  latency = 1
  /** The same of operations that take longer. */
  readonly slow = new Map<Operation, number>()
  /** What goes wrong with an operation; nothing by default. */
  outage: (seen: Seen) => Outage | undefined = () => undefined
  private readonly clock: Clock.Clock

  constructor(time: VirtualTime) {
    this.clock = clockOf(time, () => Effect.dieMessage("a store in memory does not sleep"))
  }

  /** What the store does, at once. */
  perform<A>(operation: Effect.Effect<A, TokenError.StoreFailure>): Exit.Exit<A, TokenError.StoreFailure> {
    return digestsAtOnce(() => Effect.runSyncExit(Effect.withClock(operation, this.clock)))
  }

  /** What stands there: for a test to look at. */
  look<A>(operation: (store: TokenStore.LeasedService) => Effect.Effect<A, TokenError.StoreFailure>): A {
    return Exit.getOrElse(this.perform(operation(this.records)), () => {
      throw new Error("a store in memory does not fail")
    })
  }

  /** How often an operation left, of one process or of all. */
  count(operation: Operation, process?: string): number {
    return this.seen.filter(
      (seen) => seen.operation === operation && (process === undefined || seen.process === process)
    ).length
  }
}

export const unavailable = Exit.fail(
  new TokenError.StoreFailure({ provider: providerName, reason: "Unavailable" })
)
