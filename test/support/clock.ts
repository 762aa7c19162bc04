import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"

/** Lets every fiber that can run do so, while the clock stands still. */
export const settle: Effect.Effect<void> = Effect.repeatN(Effect.yieldNow(), 50)

/**
 * Moves the test clock in small steps and lets fibers run after each: one large `TestClock.adjust` would let a chain
 * of sleeps start late, each counted from the end of the adjustment.
 */
export const advance = (
  by: Duration.DurationInput,
  step: Duration.DurationInput = "50 millis"
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const end = Duration.toMillis(by)
    const width = Duration.toMillis(step)
    yield* settle
    for (let done = 0; done < end; done += width) {
      yield* TestClock.adjust(Duration.millis(Math.min(width, end - done)))
      yield* settle
    }
  })

/** Waits until a condition holds, in real time whatever the clock of the test. */
export const waitUntil = (condition: () => boolean): Effect.Effect<void> =>
  Effect.async((resume) => {
    const timer = setInterval(() => {
      if (!condition()) return
      clearInterval(timer)
      resume(Effect.void)
    }, 5)
    return Effect.sync(() => clearInterval(timer))
  })
