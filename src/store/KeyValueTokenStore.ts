/**
 * A token store over any `KeyValueStore` of `@effect/platform`, for one process.
 *
 * A `KeyValueStore` can neither write conditionally nor hand out leases, so that this store compares and sets under a
 * lock of its own, which no other process sees. It is a `TokenStore`, and no `LeasedTokenStore` can be had from it: two
 * processes must not share one.
 *
 * @since 0.1.0
 */
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { StoreFailure } from "../token/TokenError.js"
import { digest } from "./digest.js"
import { unavailable, unavailableAltogether, undecryptableAltogether } from "./failure.js"
import * as RecordText from "./internal/recordText.js"
import { seal } from "./SealedTokenStore.js"
import { TokenCipher } from "./TokenCipher.js"
import type { Loaded, RecordKey, Service, TokenStore } from "./TokenStore.js"
import { layer as layerOf } from "./TokenStore.js"

/**
 * A store in a `KeyValueStore`, sealed by the cipher. Make it once for each `KeyValueStore`: the lock is the store's.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, KeyValueStore.KeyValueStore | TokenCipher> = Effect.gen(
  function* () {
    const values = yield* KeyValueStore.KeyValueStore
    return seal(yield* makeUnsealed(values), yield* TokenCipher)
  }
)

/**
 * {@link make} as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<TokenStore, never, KeyValueStore.KeyValueStore | TokenCipher> = layerOf(make)

const makeUnsealed = (values: KeyValueStore.KeyValueStore): Effect.Effect<Service> =>
  Effect.map(Effect.makeSemaphore(1), (semaphore) => {
    const locked = semaphore.withPermits(1)
    // reading waits as well: the file that stands behind a value may be half written. And what has begun is done whole.
    const alone = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      locked(Effect.uninterruptible(effect))

    const load = (key: RecordKey): Effect.Effect<Loaded, StoreFailure> =>
      Effect.flatMap(nameOf(key), (name) =>
        values.get(name).pipe(
          Effect.mapError(() => unavailable(key)),
          Effect.flatMap(
            Option.match({
              onNone: () => Effect.succeed(nothing),
              onSome: (text) => RecordText.decode(text, key)
            })
          )
        )
      )

    const write = (key: RecordKey, text: string): Effect.Effect<void, StoreFailure> =>
      Effect.flatMap(nameOf(key), (name) => Effect.mapError(values.set(name, text), () => unavailable(key)))

    const names = values.get(index).pipe(
      Effect.mapError(unavailableAltogether),
      Effect.flatMap(
        Option.match({
          onNone: () => Effect.succeed<ReadonlyArray<string>>([]),
          onSome: (text) => Effect.mapError(decodeNames(text), undecryptableAltogether)
        })
      )
    )

    /** Before a key's first record, so that a record is never without its place in the list. */
    const enlist = (key: RecordKey): Effect.Effect<void, StoreFailure> =>
      Effect.zipWith(names, nameOf(key), (names, name) => [...new Set([...names, name])]).pipe(
        Effect.flatMap((names) =>
          Effect.mapError(values.set(index, JSON.stringify(names)), () => unavailable(key))
        )
      )

    return {
      load: (key) => alone(load(key)),
      save: (entry, expected) =>
        alone(
          Effect.gen(function* () {
            const { version } = yield* load(entry.key)
            if (version !== expected) return Option.none()
            if (version === 0) yield* enlist(entry.key)
            yield* write(entry.key, RecordText.encode(entry, version + 1, yield* DateTime.now))
            return Option.some(version + 1)
          })
        ),
      remove: (key, expected) =>
        alone(
          Effect.gen(function* () {
            const { record, version } = yield* load(key)
            if (version !== expected || Option.isNone(record)) return false
            yield* write(key, RecordText.encodeRemoval(key, version + 1))
            return true
          })
        ),
      list: Stream.fromIterableEffect(alone(names)).pipe(
        Stream.mapEffect((name) => alone(Effect.mapError(values.get(name), unavailableAltogether))),
        Stream.filterMap(Option.flatMap(RecordText.summary))
      )
    }
  })

const nothing: Loaded = { version: 0, record: Option.none() }

const prefix = "effect-oauth."

const nameOf = ({ id }: RecordKey): Effect.Effect<string> => Effect.map(digest(id), (name) => prefix + name)

/** A `KeyValueStore` does not tell its keys, so that they are kept under one of them. */
const index = `${prefix}index`

const decodeNames = Schema.decode(Schema.parseJson(Schema.Array(Schema.String)))
