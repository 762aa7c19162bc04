/**
 * A token store in memory. It is gone with its process: for tests, and where a token store is asked for and nothing has
 * to outlive the process.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Turn from "./internal/turn.js"
import type {
  Lease,
  LeasedService,
  LeasedTokenStore,
  RecordKey,
  Summary,
  TokenRecord,
  TokenStore
} from "./TokenStore.js"
import { layerLeased } from "./TokenStore.js"

/** What is kept for a key. It stays when its record is removed: versions and fences are never given twice. */
interface Slot {
  readonly version: number
  readonly record: TokenRecord | undefined
  readonly turn: Turn.Turn
}

const unused: Slot = { version: 0, record: undefined, turn: Turn.none }

/**
 * An empty store. Its time is Effect's `Clock`. Nothing is sealed: it does not leave the process.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<LeasedService> = Effect.sync(() => {
  const slots = new Map<string, Slot>()
  const slotOf = ({ id }: RecordKey): Slot => slots.get(id) ?? unused

  /** Each change is one step: nobody comes between reading a slot and writing it. */
  const change = ({ id }: RecordKey, slot: Slot): void => void slots.set(id, slot)

  const turn = (key: RecordKey, next: Turn.Turn | undefined, now: number): Option.Option<Lease> => {
    if (next === undefined) return Option.none()
    change(key, { ...slotOf(key), turn: next })
    return Option.some(Turn.leaseOf(next, key, now))
  }

  return {
    load: (key) =>
      Effect.sync(() => {
        const { record, version } = slotOf(key)
        return { version, record: Option.fromNullable(record) }
      }),
    save: ({ content, expiresAt, key, presentedAt }, expected) =>
      Effect.map(DateTime.now, (savedAt) => {
        const slot = slotOf(key)
        if (slot.version !== expected) return Option.none()
        const version = expected + 1
        const record = { key, content, expiresAt, presentedAt, version, savedAt }
        change(key, { ...slot, version, record })
        return Option.some(version)
      }),
    remove: (key, expected) =>
      Effect.sync(() => {
        const slot = slotOf(key)
        if (slot.version !== expected || slot.record === undefined) return false
        change(key, { ...slot, version: expected + 1, record: undefined })
        return true
      }),
    list: Stream.suspend(() =>
      Stream.fromIterable(
        [...slots.values()].flatMap(({ record }) => (record === undefined ? [] : [summaryOf(record)]))
      )
    ),
    acquire: (key, holder, length) =>
      Effect.map(Clock.currentTimeMillis, (now) =>
        turn(key, Turn.acquire(slotOf(key).turn, holder, length, now), now)
      ),
    renew: (lease, length) =>
      Effect.map(Clock.currentTimeMillis, (now) =>
        turn(lease.key, Turn.renew(slotOf(lease.key).turn, lease, length, now), now)
      ),
    release: (lease) =>
      Effect.map(
        Clock.currentTimeMillis,
        (now) => void turn(lease.key, Turn.release(slotOf(lease.key).turn, lease, now), now)
      ),
    remaining: (key) => Effect.map(Clock.currentTimeMillis, (now) => Turn.remaining(slotOf(key).turn, now))
  }
})

const summaryOf = ({ expiresAt, key, presentedAt, savedAt, version }: TokenRecord): Summary => ({
  key,
  expiresAt,
  presentedAt,
  version,
  savedAt
})

/**
 * {@link make} as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<TokenStore | LeasedTokenStore> = layerLeased(make)
