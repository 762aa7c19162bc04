import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { TokenStore } from "../library.js"

/** An operation of a store that came to its end. */
export interface Operation {
  readonly name: "load" | "save" | "remove" | "acquire" | "renew" | "release"
  readonly key: TokenStore.RecordKey
  /** That somebody else was faster, or has the turn. */
  readonly wasInVain: boolean
  /** When it ended, in nanoseconds of this process's clock. */
  readonly at: bigint
}

/** The same store, whose operations are told. */
export const watched = (
  store: TokenStore.LeasedService,
  tell: (operation: Operation) => void
): TokenStore.LeasedService => {
  const told = <A, E>(
    name: Operation["name"],
    key: TokenStore.RecordKey,
    operation: Effect.Effect<A, E>
  ): Effect.Effect<A, E> =>
    Effect.tap(operation, (outcome) => {
      const wasInVain = Option.isOption(outcome) && Option.isNone(outcome)
      tell({ name, key, wasInVain, at: process.hrtime.bigint() })
    })
  return {
    ...store,
    load: (key) => told("load", key, store.load(key)),
    save: (entry, expected) => told("save", entry.key, store.save(entry, expected)),
    remove: (key, expected) => told("remove", key, store.remove(key, expected)),
    acquire: (key, holder, length) => told("acquire", key, store.acquire(key, holder, length)),
    renew: (lease, length) => told("renew", lease.key, store.renew(lease, length)),
    release: (lease) => told("release", lease.key, store.release(lease))
  }
}
