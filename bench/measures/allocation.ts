import * as Effect from "effect/Effect"
import { atMost, number, times } from "../lib/report.js"
import type { Subject } from "../lib/rounds.js"
import { figuresOf, interleaved } from "../lib/rounds.js"
import { quantile, ratios } from "../lib/statistics.js"
import { library } from "../peers/library.js"
import { floorName, getName, warmEffects } from "./effects.js"
import type { Measure } from "./measure.js"
import { openAllWarm } from "./sources.js"

const calls = 1_000

const collect = (): void => {
  if (globalThis.gc === undefined) throw new Error("needs --expose-gc")
  globalThis.gc()
}

/** Bytes that stay on the heap when nothing is collected: the young generation of this process holds all of a round. */
const allocated = async (run: () => Promise<unknown>): Promise<number> => {
  collect()
  const before = process.memoryUsage().heapUsed
  await run()
  return (process.memoryUsage().heapUsed - before) / calls
}

/** Compiled code allocates less, so it runs for a while before. */
const warmed = async (
  subjects: ReadonlyArray<readonly [string, () => Promise<unknown>]>
): Promise<ReadonlyArray<Subject>> => {
  for (const [, run] of subjects) {
    for (let round = 0; round < 30; round++) await run()
  }
  return subjects.map(([name, run]) => ({ name, round: () => allocated(run) }))
}

const inFiber = (effect: Effect.Effect<unknown, unknown>) => () =>
  Effect.runPromise(
    Effect.gen(function* () {
      for (let call = 0; call < calls; call++) yield* effect
    })
  )

const awaited = (get: () => Promise<unknown>) => async () => {
  for (let call = 0; call < calls; call++) await get()
}

export const allocation: Measure = {
  name: "allocation",
  run: async ({ quick, server }) => {
    const wrong: Array<string> = []
    const rounds = quick ? 9 : 31
    const inFibers = await Effect.runPromise(
      Effect.scoped(
        Effect.flatMap(warmEffects(server), (effects) =>
          Effect.promise(async () =>
            interleaved(await warmed(effects.map(([name, effect]) => [name, inFiber(effect)])), rounds)
          )
        )
      )
    )
    const sources = await openAllWarm(server, "allocation", wrong)
    const doors = await interleaved(
      await warmed(sources.map(({ get, peer }) => [peer.name, awaited(get)])),
      rounds
    )
    for (const source of sources) await source.close?.()
    const median = (figures: ReadonlyArray<number> | undefined) => quantile(figures ?? [], 0.5)
    const ratio = quantile(ratios(figuresOf(inFibers, getName), figuresOf(inFibers, floorName)), 0.5)
    const bytes = [
      ...[...inFibers].map(([name, figures]) => [name, "in a fiber", median(figures)] as const),
      ...[...doors].map(
        ([name, figures]) =>
          [name === library.name ? "effect-oauth: TokenFunction" : name, "awaited", median(figures)] as const
      )
    ]
    return {
      name: "allocation",
      title: "Bytes allocated by a get, with the token there",
      how: `The growth of the heap over ${number(calls)} calls without a collection between (the young generation is made large enough), by call; medians of ${String(rounds)} rounds, interleaved. Inside a fiber the loop's own bytes are part of each figure; awaited gets include their promises.`,
      columns: ["get", "", "bytes"],
      rows: bytes.map(([name, where, bytes]) => [name, where, number(Math.round(bytes))]),
      figures: Object.fromEntries(bytes.map(([name, where, bytes]) => [`${name}, ${where}`, { bytes }])),
      targets: [atMost("bytes of a get inside a fiber, of the floor's (an aim)", ratio, 2, times)],
      charts: [],
      wrong
    }
  }
}
