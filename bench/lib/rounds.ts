import { seeded, shuffled } from "./statistics.js"

/** Something to measure: one round of it, which brings a figure, or several. */
export interface Subject<A = number> {
  readonly name: string
  readonly round: () => Promise<A>
}

/**
 * Rounds of all subjects, interleaved: every subject once a round, in an order that the seed decides. What slows the
 * machine for a while slows all of them.
 */
export const interleaved = async <A>(
  subjects: ReadonlyArray<Subject<A>>,
  rounds: number,
  warmUp = 2
): Promise<ReadonlyMap<string, ReadonlyArray<A>>> => {
  const random = seeded(42)
  const figures = new Map(subjects.map(({ name }) => [name, new Array<A>()]))
  for (let round = -warmUp; round < rounds; round++) {
    for (const { name, round: measure } of shuffled(subjects, random)) {
      const figure = await measure()
      if (round >= 0) figures.get(name)?.push(figure)
    }
  }
  return figures
}

export const figuresOf = <A>(
  figures: ReadonlyMap<string, ReadonlyArray<A>>,
  name: string
): ReadonlyArray<A> => figures.get(name) ?? []

/** Nanoseconds that it takes. */
export const elapsed = async (run: () => Promise<unknown>): Promise<number> => {
  const start = process.hrtime.bigint()
  await run()
  return Number(process.hrtime.bigint() - start)
}
