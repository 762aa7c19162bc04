/** Whose turn it is at a key: the arithmetic of a lease. Instants are milliseconds of the store's time. */
import * as Duration from "effect/Duration"
import type { Lease, RecordKey } from "../TokenStore.js"

/** The last turn of a key. It has ended at `until`. */
export interface Turn {
  readonly holder: string
  readonly fence: number
  readonly until: number
}

/** The turn before any. */
export const none: Turn = { holder: "", fence: 0, until: 0 }

/** The next turn, unless that of another holder lasts. */
export const acquire = (
  turn: Turn,
  holder: string,
  length: Duration.Duration,
  now: number
): Turn | undefined =>
  turn.until > now && turn.holder !== holder
    ? undefined
    : { holder, fence: turn.fence + 1, until: now + Duration.toMillis(length) }

/** The turn that a lease is of, for longer, if it lasts. */
export const renew = (turn: Turn, lease: Lease, length: Duration.Duration, now: number): Turn | undefined =>
  isOf(lease, turn) && turn.until > now ? { ...turn, until: now + Duration.toMillis(length) } : undefined

/** The turn that a lease is of, ended, if it lasts. */
export const release = (turn: Turn, lease: Lease, now: number): Turn | undefined =>
  isOf(lease, turn) && turn.until > now ? { ...turn, until: now } : undefined

/** How long a turn still lasts. */
export const remaining = (turn: Turn, now: number): Duration.Duration =>
  Duration.millis(Math.max(0, turn.until - now))

/** A turn as its holder is told of it. */
export const leaseOf = (turn: Turn, key: RecordKey, now: number): Lease => ({
  key,
  holder: turn.holder,
  fence: turn.fence,
  remaining: remaining(turn, now)
})

const isOf = (lease: Lease, turn: Turn): boolean => lease.fence === turn.fence && lease.holder === turn.holder
