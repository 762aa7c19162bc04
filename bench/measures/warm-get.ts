import * as Effect from "effect/Effect"
import type { Report } from "../lib/report.js"
import { atMost, quartiles, time, times } from "../lib/report.js"
import { elapsed, figuresOf, interleaved } from "../lib/rounds.js"
import { quantile, ratios, spreadOf } from "../lib/statistics.js"
import { cachedName, floorName, getName, warmEffects } from "./effects.js"
import type { Measure } from "./measure.js"

const calls = 20_000

/** Calls in one loop of one fiber. */
const repeated = (effect: Effect.Effect<unknown, unknown>) =>
  Effect.gen(function* () {
    for (let call = 0; call < calls; call++) yield* effect
  })

export const warmGet: Measure = {
  name: "warm-get",
  run: ({ quick, server }) =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const effects = yield* warmEffects(server)
          const rounds = quick ? 9 : 60
          const figures = yield* Effect.promise(() =>
            interleaved(
              effects.map(([name, effect]) => ({
                name,
                round: async () => (await elapsed(() => Effect.runPromise(repeated(effect)))) / calls
              })),
              rounds,
              4
            )
          )
          return reportOf(
            figures,
            effects.map(([name]) => name),
            rounds
          )
        })
      )
    )
}

const reportOf = (
  figures: ReadonlyMap<string, ReadonlyArray<number>>,
  names: ReadonlyArray<string>,
  rounds: number
): Report => {
  const ratioTo = (name: string, base: string) =>
    quantile(ratios(figuresOf(figures, name), figuresOf(figures, base)), 0.5)
  const toFloor = ratioTo(getName, floorName)
  const faster = ratioTo(cachedName, getName)
  const spreads = names.map((name) => [name, spreadOf(figuresOf(figures, name))] as const)
  return {
    name: "warm-get",
    title: "A get inside a fiber, with the token there",
    how: `${calls.toLocaleString("en")} calls in one loop of one fiber; ${String(rounds)} rounds, interleaved. The floor is what it costs to read a \`Ref\` and the clock.`,
    columns: ["inside a fiber", "median", "quartiles", "of the floor"],
    rows: spreads.map(([name, spread]) => [
      name,
      time(spread.median),
      quartiles(spread, time),
      times(ratioTo(name, floorName))
    ]),
    figures: Object.fromEntries(spreads.map(([name, spread]) => [name, { ...spread }])),
    targets: [
      atMost("get, of the floor (aim: below 1)", toFloor, 1.3, times),
      {
        what: "faster than cachedInvalidateWithTTL",
        wanted: "at least 15.0 ×",
        figure: times(faster),
        reached: faster >= 15
      }
    ],
    charts: [
      {
        title: "A warm get inside a fiber",
        unit: "ns",
        bars: spreads.map(([name, { median }]) => [name, median])
      }
    ],
    wrong: []
  }
}
