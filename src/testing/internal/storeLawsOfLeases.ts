/** What every store with leases does with turns. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { LeasedService, RecordKey } from "../../store/TokenStore.js"
import type { Broken, Expect, Time } from "./storeLaws.js"
import { entry, expecting, freshKey, saved } from "./storeLaws.js"

/**
 * A law of every store with leases.
 *
 * @since 0.1.0
 * @category models
 */
export interface LeaseLaw {
  readonly name: string
  readonly check: (store: LeasedService, time: Time) => Effect.Effect<void, Broken>
}

interface Given {
  readonly store: LeasedService
  readonly expect: Expect
  readonly key: RecordKey
  readonly time: Time
}

const law = (name: string, check: (given: Given) => Effect.Effect<void, Broken>): LeaseLaw => ({
  name,
  check: (store, time) =>
    Effect.flatMap(freshKey, (key) => check({ store, expect: expecting(name), key, time }))
})

/** No law waits for the end of a long turn; those that wait for the end of a short one expect nothing before it. */
const long = Duration.hours(1)
const longer = Duration.hours(3)
const short = Duration.millis(500)
const beyondShort = Duration.millis(700)

/**
 * The laws of the stores with leases, beside those of every store.
 *
 * @since 0.1.0
 * @category laws
 */
export const leaseLaws: ReadonlyArray<LeaseLaw> = [
  law("a turn is given to whoever asks first", ({ expect, key, store }) =>
    Effect.gen(function* () {
      yield* expect("nobody has one at first", Duration.toMillis(yield* store.remaining(key)) === 0)
      const lease = Option.getOrUndefined(yield* store.acquire(key, "a", long))
      if (lease === undefined) return yield* expect("a gets one", false)
      yield* expect("in its own name", lease.holder === "a")
      yield* expect("for its key", lease.key.id === key.id)
      yield* expect("with a fence above zero", Number.isSafeInteger(lease.fence) && lease.fence > 0)
      yield* expect("for its length", isOf(lease.remaining, long))
      yield* expect("b gets none while it lasts", Option.isNone(yield* store.acquire(key, "b", long)))
      yield* expect("which others can see", isOf(yield* store.remaining(key), long))
    })
  ),

  law("turns of different keys have nothing to do with each other", ({ expect, key, store }) =>
    Effect.gen(function* () {
      const other = yield* freshKey
      yield* store.acquire(key, "a", long)
      yield* expect("the other key is free", Duration.toMillis(yield* store.remaining(other)) === 0)
      yield* expect("b gets it", Option.isSome(yield* store.acquire(other, "b", long)))
    })
  ),

  law("a turn lasts as long as its time does", ({ expect, key, store, time }) =>
    Effect.gen(function* () {
      const lease = Option.getOrUndefined(yield* store.acquire(key, "a", long))
      if (lease === undefined) return yield* expect("a gets one", false)
      yield* time.pass(short)
      yield* expect("b gets none meanwhile", Option.isNone(yield* store.acquire(key, "b", long)))
      const remaining = yield* store.remaining(key)
      yield* expect("what remains grows less", Duration.lessThan(remaining, lease.remaining))
      yield* expect("and not much less", isOf(remaining, long))
      yield* expect("it can be renewed", Option.isSome(yield* store.renew(lease, long)))
    })
  ),

  law("a turn ends by time", ({ expect, key, store, time }) =>
    Effect.gen(function* () {
      const lease = Option.getOrUndefined(yield* store.acquire(key, "a", short))
      if (lease === undefined) return yield* expect("a gets one", false)
      yield* time.pass(beyondShort)
      yield* expect("nothing of it remains", Duration.toMillis(yield* store.remaining(key)) === 0)
      yield* expect("it cannot be renewed", Option.isNone(yield* store.renew(lease, long)))
      yield* expect("b gets the next", Option.isSome(yield* store.acquire(key, "b", long)))
    })
  ),

  law("a renewal counts from now on", ({ expect, key, store, time }) =>
    Effect.gen(function* () {
      const lease = Option.getOrUndefined(yield* store.acquire(key, "a", long))
      if (lease === undefined) return yield* expect("a gets one", false)
      const renewed = Option.getOrUndefined(yield* store.renew(lease, longer))
      if (renewed === undefined) return yield* expect("it is renewed", false)
      yield* expect("it is the same turn", renewed.fence === lease.fence && renewed.holder === "a")
      yield* expect(
        "for longer",
        isOf(renewed.remaining, longer) && Duration.greaterThan(renewed.remaining, long)
      )
      yield* expect("which others can see", Duration.greaterThan(yield* store.remaining(key), long))
      yield* expect("b gets none", Option.isNone(yield* store.acquire(key, "b", long)))
      const shortened = yield* store.renew(renewed, short)
      yield* expect("also for less", Option.isSome(shortened))
      yield* time.pass(beyondShort)
      yield* expect("b gets one when it has ended", Option.isSome(yield* store.acquire(key, "b", long)))
    })
  ),

  law("a turn that was given back is over", ({ expect, key, store }) =>
    Effect.gen(function* () {
      const lease = Option.getOrUndefined(yield* store.acquire(key, "a", long))
      if (lease === undefined) return yield* expect("a gets one", false)
      yield* store.release(lease)
      yield* expect("nothing of it remains", Duration.toMillis(yield* store.remaining(key)) === 0)
      yield* expect("it cannot be renewed", Option.isNone(yield* store.renew(lease, long)))
      yield* expect("b gets the next", Option.isSome(yield* store.acquire(key, "b", long)))
      yield* store.release(lease)
      yield* expect(
        "giving it back twice takes nothing from b",
        Duration.toMillis(yield* store.remaining(key)) > 0
      )
      yield* expect("a has to wait", Option.isNone(yield* store.acquire(key, "a", long)))
    })
  ),

  law("a turn that others had after it does not come back", ({ expect, key, store, time }) =>
    Effect.gen(function* () {
      const first = Option.getOrUndefined(yield* store.acquire(key, "a", short))
      yield* time.pass(beyondShort)
      const second = Option.getOrUndefined(yield* store.acquire(key, "b", long))
      if (first === undefined || second === undefined) return yield* expect("each gets one", false)
      yield* expect("a cannot renew its own", Option.isNone(yield* store.renew(first, long)))
      yield* store.release(first)
      yield* expect("nor give back b's", Option.isSome(yield* store.renew(second, long)))
      yield* store.release(second)
      yield* expect("nor renew it when b is done", Option.isNone(yield* store.renew(first, long)))
    })
  ),

  law(
    "the holder gets a new turn while its own lasts, and the one before is over",
    ({ expect, key, store }) =>
      Effect.gen(function* () {
        const first = Option.getOrUndefined(yield* store.acquire(key, "a", long))
        const second = Option.getOrUndefined(yield* store.acquire(key, "a", long))
        if (first === undefined || second === undefined) return yield* expect("a gets both", false)
        yield* expect("with a fence of its own", second.fence > first.fence)
        yield* expect("the first cannot be renewed", Option.isNone(yield* store.renew(first, long)))
        yield* store.release(first)
        yield* expect(
          "nor does giving it back end the second",
          Option.isSome(yield* store.renew(second, long))
        )
      })
  ),

  law("S26 fences grow, whichever way turns end", ({ expect, key, store, time }) =>
    Effect.gen(function* () {
      let last = 0
      for (const [turn, holder] of ["a", "b", "a", "c"].entries()) {
        const lease = Option.getOrUndefined(yield* store.acquire(key, holder, short))
        if (lease === undefined) return yield* expect("a turn", false)
        yield* expect("a fence above the one before", lease.fence > last)
        last = lease.fence
        yield* turn % 2 === 0 ? store.release(lease) : time.pass(beyondShort)
      }
    })
  ),

  law("fences grow also when the record is removed", ({ expect, key, store }) =>
    Effect.gen(function* () {
      const before = Option.getOrUndefined(yield* store.acquire(key, "a", long))
      if (before === undefined) return yield* expect("a turn", false)
      yield* saved(store, expect, entry(key, "first"), 0)
      yield* store.remove(key, 1)
      yield* expect("the turn lasts", Option.isNone(yield* store.acquire(key, "b", long)))
      yield* store.release(before)
      const after = Option.getOrUndefined(yield* store.acquire(key, "b", long))
      if (after === undefined) return yield* expect("a turn", false)
      yield* expect("a fence above the one before", after.fence > before.fence)
    })
  ),

  law("of many who ask for a turn at once, exactly one gets it", ({ expect, key, store }) =>
    Effect.gen(function* () {
      const fences = new Set<number>()
      for (let round = 0; round < 3; round++) {
        const leases = yield* Effect.forEach(holders, (holder) => store.acquire(key, holder, long), {
          concurrency: "unbounded"
        })
        const [lease, ...others] = leases.flatMap(Option.toArray)
        if (lease === undefined) return yield* expect("one gets it", false)
        yield* expect("no other does", others.length === 0)
        yield* expect("its fence was not given before", !fences.has(lease.fence))
        fences.add(lease.fence)
        yield* store.release(lease)
      }
    })
  ),

  law("a turn is needed for no record", ({ expect, key, store }) =>
    Effect.gen(function* () {
      yield* store.acquire(key, "a", long)
      yield* saved(store, expect, entry(key, "first"), 0)
      const { version } = yield* store.load(key)
      yield* expect("saving and loading go on", version === 1)
    })
  )
]

const holders: ReadonlyArray<string> = Array.from({ length: 20 }, (_, n) => `holder ${n}`)

/** Whether that is what remains of a length that began a moment ago. */
const isOf = (remaining: Duration.Duration, length: Duration.Duration): boolean =>
  Duration.lessThanOrEqualTo(remaining, length) &&
  Duration.greaterThan(Duration.sum(remaining, moment), length)

const moment = Duration.minutes(1)
