/**
 * Deadlines that a process which was stopped for a while does not hear too early.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"

/**
 * Ends an effect after a time, by failing with what is given for it.
 *
 * When a process goes on that was stopped, its timers are heard before what has come for it in the meantime. A deadline
 * that is heard so late lets the event loop turn a few times first: an answer that is there is not thrown away.
 */
export const endAfter =
  <E2>(millis: number, onEnd: Effect.Effect<never, E2>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    Effect.flatMap(Clock.currentTimeMillis, (startedAt) =>
      Effect.raceFirst(
        effect,
        Effect.interruptible(Effect.sleep(Duration.millis(millis))).pipe(
          Effect.zipRight(Clock.currentTimeMillis),
          Effect.flatMap((now) => (now - startedAt - millis < late ? Effect.void : turns)),
          Effect.zipRight(onEnd)
        )
      )
    )

const late = 1_000

// with a scheduler by which each yield is a turn of the event loop
const turns = Effect.withScheduler(Effect.repeatN(Effect.yieldNow(), 20), Scheduler.timer(0))
