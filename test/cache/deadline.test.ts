import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { readFile } from "node:fs"
import { fileURLToPath } from "node:url"
import { endAfter } from "../../src/token/deadline.js"
import { settle } from "../support/clock.js"

const ended = <A>(effect: Effect.Effect<A>) => Effect.either(endAfter(100, Effect.fail("too late"))(effect))

/** The process does nothing for longer than anybody waits, as one that was stopped. */
const stop = () => {
  const until = performance.now() + 1_300
  while (performance.now() < until);
}

/** Asks, is stopped, and finds what came in the meantime, as an answer that waits in a socket. */
const asked = Effect.async<string>((resume) => {
  readFile(fileURLToPath(import.meta.url), () => resume(Effect.succeed("answer")))
  stop()
})

/** A clock whose sleeps end at once, and which tells the given instants one after the other. */
const clockOf = (...instants: ReadonlyArray<number>): Clock.Clock => {
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
  it.live("S6 ends what takes longer", () =>
    Effect.gen(function* () {
      expect(yield* ended(Effect.never)).toMatchObject({ _tag: "Left", left: "too late" })
    })
  )

  it.live(
    "S26 that is heard late, after the process was stopped, lets an answer that is there be read first",
    () =>
      Effect.gen(function* () {
        expect(yield* ended(Effect.delay(asked, "10 millis"))).toMatchObject({
          _tag: "Right",
          right: "answer"
        })
      })
  )

  it.effect("holds nobody up where nobody may be interrupted", () =>
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
      )(Effect.never).pipe(Effect.either, Effect.withClock(clockOf(5_000, 5_600 + lateBy)), Effect.fork)
      // fibers run here, and the event loop does not turn
      yield* settle
      expect(Option.isNone(yield* Fiber.poll(fiber))).toBe(turns)
    })
  )

  it.live("S6 that is heard late ends all the same what has no answer", () =>
    Effect.gen(function* () {
      expect(
        yield* ended(Effect.zipRight(Effect.delay(Effect.sync(stop), "10 millis"), Effect.never))
      ).toMatchObject({
        _tag: "Left",
        left: "too late"
      })
    })
  )
})
