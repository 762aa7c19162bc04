/** What two stores over one place do, each of which stands for a process. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { LeasedService, RecordKey } from "../../store/TokenStore.js"
import type { Broken, Expect } from "./storeLaws.js"
import { entry, expecting, freshKey, holds, saved } from "./storeLaws.js"

/**
 * A law of two stores over one place.
 *
 * @since 0.1.0
 * @category models
 */
export interface SiblingLaw {
  readonly name: string
  readonly check: (one: LeasedService, other: LeasedService) => Effect.Effect<void, Broken>
}

interface Given {
  readonly one: LeasedService
  readonly other: LeasedService
  readonly expect: Expect
  readonly key: RecordKey
}

const law = (name: string, check: (given: Given) => Effect.Effect<void, Broken>): SiblingLaw => ({
  name,
  check: (one, other) =>
    Effect.flatMap(freshKey, (key) => check({ one, other, expect: expecting(name), key }))
})

const long = Duration.hours(1)

/**
 * The laws of two stores with leases over one place: two directories of one path, two clients of one database.
 *
 * @since 0.1.0
 * @category laws
 */
export const siblingLaws: ReadonlyArray<SiblingLaw> = [
  law("what one has saved or removed, the other finds so", ({ expect, key, one, other }) =>
    Effect.gen(function* () {
      yield* other.load(key)
      yield* saved(one, expect, entry(key, "first"), 0)
      yield* expect("the record", holds(yield* other.load(key), 1, "first"))
      yield* saved(other, expect, entry(key, "second"), 1)
      yield* expect("the next one too", holds(yield* one.load(key), 2, "second"))
      yield* expect("the removal", yield* one.remove(key, 2))
      const { record, version } = yield* other.load(key)
      yield* expect("with its version", version === 3 && Option.isNone(record))
    })
  ),

  law("S26 of both who save after one version at once, exactly one does", ({ expect, key, one, other }) =>
    Effect.gen(function* () {
      for (let version = 0; version < 10; version++) {
        const versions = yield* Effect.all(
          [one.save(entry(key, "one"), version), other.save(entry(key, "other"), version)],
          { concurrency: "unbounded" }
        )
        yield* expect("one saved", versions.filter(Option.isSome).length === 1)
      }
    })
  ),

  law("one's turn keeps the other waiting", ({ expect, key, one, other }) =>
    Effect.gen(function* () {
      const lease = Option.getOrUndefined(yield* one.acquire(key, "one", long))
      if (lease === undefined) return yield* expect("one gets it", false)
      yield* expect("the other does not", Option.isNone(yield* other.acquire(key, "other", long)))
      yield* expect("it sees how long", Duration.toMillis(yield* other.remaining(key)) > 0)
      yield* one.release(lease)
      const next = Option.getOrUndefined(yield* other.acquire(key, "other", long))
      if (next === undefined) return yield* expect("the other gets the next", false)
      yield* expect("with a higher fence", next.fence > lease.fence)
      yield* expect("the first is over for good", Option.isNone(yield* one.renew(lease, long)))
    })
  ),

  law("of both who ask for a turn at once, exactly one gets it", ({ expect, key, one, other }) =>
    Effect.gen(function* () {
      for (let round = 0; round < 10; round++) {
        const leases = yield* Effect.all([one.acquire(key, "one", long), other.acquire(key, "other", long)], {
          concurrency: "unbounded"
        })
        const given = leases.flatMap(Option.toArray)
        yield* expect("one got it", given.length === 1)
        yield* Effect.forEach(given, one.release, { discard: true })
      }
    })
  )
]
