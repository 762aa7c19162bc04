/** The value below which a part of the values lies, between two of them where it falls between. */
export const quantile = (values: ReadonlyArray<number>, part: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const position = (sorted.length - 1) * part
  const below = Math.floor(position)
  const low = sorted[below]
  const high = sorted[Math.ceil(position)]
  return low === undefined || high === undefined ? NaN : low + (high - low) * (position - below)
}

/** A median with the quartiles around it. */
export interface Spread {
  readonly low: number
  readonly median: number
  readonly high: number
}

export const spreadOf = (values: ReadonlyArray<number>): Spread => ({
  low: quantile(values, 0.25),
  median: quantile(values, 0.5),
  high: quantile(values, 0.75)
})

/** Ratios of what was measured in the same round: what slows the machine for a round slows both. */
export const ratios = (values: ReadonlyArray<number>, bases: ReadonlyArray<number>): ReadonlyArray<number> =>
  values.map((value, round) => value / (bases[round] ?? NaN))

/** A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** The same items in another order (Fisher and Yates). */
export const shuffled = <A>(items: ReadonlyArray<A>, random: () => number): ReadonlyArray<A> => {
  const result = [...items]
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const moved = result[last] as A
    result[last] = result[other] as A
    result[other] = moved
  }
  return result
}
