import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { StoreFailure } from "../../token/TokenError.js"
import { TokenCipher } from "../TokenCipher.js"
import type { RecordKey, Service } from "../TokenStore.js"
import { TokenStore } from "../TokenStore.js"

/**
 * What became of the records: sealed anew; sealed with the newest key already; removed meanwhile; changed by others each
 * time that they were come back to; not to be opened, by their keys. The old keys can go when neither of the last two
 * holds any.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counts {
  readonly rekeyed: number
  readonly current: number
  readonly gone: number
  readonly busy: number
  readonly undecryptable: ReadonlyArray<string>
}

/**
 * Seals every record of the store with the newest key, while others use the store. A record that somebody else changes
 * in the meantime is come back to. It can be stopped at any time: what was sealed anew stays so, and the next run begins
 * with what is left.
 *
 * Each record that is sealed anew takes its next version, so that whoever has loaded it before has to load it again.
 *
 * @since 0.1.0
 * @category rotation
 */
export const rekey: Effect.Effect<Counts, StoreFailure, TokenStore | TokenCipher> = Effect.gen(function* () {
  const store = yield* TokenStore
  const { newest } = yield* TokenCipher
  const outcomes = new Map<string, Outcome>()
  let left: ReadonlyArray<RecordKey> = yield* Stream.runCollect(
    Stream.map(store.list, ({ key }) => key)
  ).pipe(Effect.map((keys) => [...keys]))
  for (let round = 0; round < rounds && left.length > 0; round++) {
    if (round > 0) yield* Effect.sleep(pause)
    for (const key of left) outcomes.set(key.id, yield* rekeyOne(store, newest, key))
    left = left.filter(({ id }) => outcomes.get(id) === "busy")
  }
  return count(outcomes)
})

const rounds = 10
const pause = Duration.millis(100)

type Outcome = "rekeyed" | "current" | "gone" | "busy" | "undecryptable"

const rekeyOne = (
  store: Service,
  newest: string | undefined,
  key: RecordKey
): Effect.Effect<Outcome, StoreFailure> =>
  Effect.gen(function* () {
    const loaded = yield* Effect.either(store.load(key))
    if (Either.isLeft(loaded)) {
      return loaded.left.reason === "Undecryptable" ? "undecryptable" : yield* loaded.left
    }
    const { record, version } = loaded.right
    if (Option.isNone(record)) return "gone"
    if (record.value.sealedWith === newest) return "current"
    return Option.isSome(yield* store.save(record.value, version)) ? "rekeyed" : "busy"
  })

const count = (outcomes: ReadonlyMap<string, Outcome>): Counts => {
  const idsOf = (outcome: Outcome) => [...outcomes].filter(([, found]) => found === outcome).map(([id]) => id)
  return {
    rekeyed: idsOf("rekeyed").length,
    current: idsOf("current").length,
    gone: idsOf("gone").length,
    busy: idsOf("busy").length,
    undecryptable: idsOf("undecryptable")
  }
}
