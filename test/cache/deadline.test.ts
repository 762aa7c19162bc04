import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { endAfter } from "../../src/token/deadline.js"
import { settle } from "../support/clock.js"
import { clockOf, VirtualTime } from "../support/VirtualTime.js"

const ended = <A>(effect: Effect.Effect<A>) => Effect.either(endAfter(100, Effect.fail("too late"))(effect))

/** What a deadline of 100 ms comes to where the process is stopped for 1300 ms while the effect runs. */
const endedAfterStop = <A>(effectOf: (resumed: Effect.Effect<void>) => Effect.Effect<A>) =>
  Effect.gen(function* () {
    const time = new VirtualTime()
    const resumed = yield* Effect.makeLatch()
    const clock = clockOf(time, () => resumed.await)
    const fiber = yield* Effect.fork(Effect.withClock(ended(effectOf(resumed.await)), clock))
    yield* settle
    time.now = 1_300
    yield* resumed.open
    return yield* Fiber.join(fiber)
  })

/** The event loop turns a few times, as it does until an answer is read that waits in a socket. */
const turnsOfTheEventLoop = Effect.repeatN(
  Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void))),
  2
)

/** A clock whose sleeps end at once, and which tells the given instants one after the other. */
const tellingClock = (...instants: ReadonlyArray<number>): Clock.Clock => {
  const left = [...instants]
  const next = () => left.shift() ?? NaN
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: next,
    unsafeCurrentTimeNanos: () => BigInt(next()) * 1_000_000n,
    currentTimeMillis: Effect.sync(next),
    currentTimeNanos: Effect.sync(() => BigInt(next()) * 1_000_000n),
    sleep: () => Effect.void
  }
}

describe("a deadline", () => {
  it.live("S6 a deadline ends an effect that takes longer", () =>
    Effect.gen(function* () {
      expect(yield* ended(Effect.never)).toMatchObject({ _tag: "Left", left: "too late" })
    })
  )

  it.effect(
    "S26 a deadline that fires late, after the process was stopped, lets a response that has arrived be read first",
    () =>
      Effect.gen(function* () {
        const outcome = yield* endedAfterStop((resumed) =>
          resumed.pipe(Effect.zipRight(turnsOfTheEventLoop), Effect.as("answer"))
        )
        expect(outcome).toMatchObject({ _tag: "Right", right: "answer" })
      })
  )

  it.effect("a deadline does not delay an uninterruptible effect", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.uninterruptible(ended(Effect.succeed("at once"))))
      yield* settle
      expect(Option.isSome(yield* Fiber.poll(fiber))).toBe(true)
    })
  )

  it.effect.each([
    { lateBy: 0, turns: false },
    { lateBy: 999, turns: false },
    { lateBy: 1_000, turns: true }
  ])("S26 that is heard $lateBy ms late lets the event loop turn first: $turns", ({ lateBy, turns }) =>
    Effect.gen(function* () {
      const fiber = yield* endAfter(
        600,
        Effect.fail("too late")
      )(Effect.never).pipe(Effect.either, Effect.withClock(tellingClock(5_000, 5_600 + lateBy)), Effect.fork)
      // fibers run here, and the event loop does not turn
      yield* settle
      expect(Option.isNone(yield* Fiber.poll(fiber))).toBe(turns)
    })
  )

  it.effect("S6 a deadline that fires late still ends an effect without a result", () =>
    Effect.gen(function* () {
      expect(yield* endedAfterStop(() => Effect.never)).toMatchObject({ _tag: "Left", left: "too late" })
    })
  )
})
