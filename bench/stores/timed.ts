import * as Effect from "effect/Effect"
import { quantile } from "../lib/statistics.js"

/** Nanoseconds that an effect takes, as its fiber sees it, and what it brings. */
export const lap = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<readonly [number, A], E, R> =>
  Effect.suspend(() => {
    const start = process.hrtime.bigint()
    return Effect.map(effect, (value) => [Number(process.hrtime.bigint() - start), value] as const)
  })

/** {@link lap}'s nanoseconds alone. */
export const timed = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.map(lap(effect), ([nanoseconds]) => nanoseconds)

/** The median of so many, one after the other. */
export const typical = (
  times: number,
  measured: Effect.Effect<number, unknown>
): Effect.Effect<number, unknown> =>
  Effect.map(Effect.replicateEffect(measured, times), (figures) => quantile(figures, 0.5))
