/** A steady stream of requests. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** Twenty callers, each of whom asks again and again, while something else happens. */
export const stream = <A, E, R, B, E2, R2>(
  call: Effect.Effect<A, E, R>,
  meanwhile: Effect.Effect<B, E2, R2>
): Effect.Effect<B, E | E2, R | R2> =>
  Effect.gen(function* () {
    const state = { isOver: false }
    const caller = Effect.repeat(Effect.zipLeft(call, Effect.sleep("40 millis")), {
      until: () => state.isOver
    })
    const callers = yield* Effect.fork(
      Effect.all(Effect.replicate(caller, 20), { concurrency: "unbounded", discard: true })
    )
    // a caller that fails ends the step, and does not wait for the end of what happens meanwhile
    const result = yield* Effect.raceFirst(meanwhile, Effect.zipRight(Fiber.join(callers), Effect.never))
    state.isOver = true
    yield* Fiber.join(callers)
    return result
  })

/** Waits for a condition. */
export const until = (condition: Effect.Effect<boolean>): Effect.Effect<void> =>
  Effect.asVoid(
    Effect.repeat(Effect.zipLeft(condition, Effect.sleep("20 millis")), { until: (holds) => holds })
  )
