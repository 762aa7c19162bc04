import type { Spread } from "./statistics.js"

/** What the library must reach, and what it did. */
export interface Target {
  readonly what: string
  readonly wanted: string
  readonly figure: string
  readonly reached: boolean
}

/** A bar chart of one column. */
export interface Chart {
  readonly title: string
  readonly unit: string
  readonly bars: ReadonlyArray<readonly [label: string, value: number]>
}

/** What one measure found. */
export interface Report {
  readonly name: string
  readonly title: string
  /** One paragraph: what was done. */
  readonly how: string
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string>>
  /** The figures behind the rows, by the row's name. */
  readonly figures: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly targets: ReadonlyArray<Target>
  readonly charts: ReadonlyArray<Chart>
  /** Results that are wrong, whatever the machine: these end the run with an error. */
  readonly wrong: ReadonlyArray<string>
}

export const number = (value: number): string => {
  if (!Number.isFinite(value)) return "–"
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d)(?<!\.\d*))/g, ",")
}

export const withUnit = (value: number, unit: string): string => `${number(value)} ${unit}`

export const times = (ratio: number): string => `${number(ratio)} ×`

export const percent = (ratio: number): string =>
  `${ratio < 0 ? "−" : "+"}${Math.abs(ratio * 100).toFixed(1)} %`

/** Nanoseconds in the unit that suits them. */
export const time = (nanoseconds: number): string =>
  nanoseconds < 1e3
    ? withUnit(nanoseconds, "ns")
    : nanoseconds < 1e6
      ? withUnit(nanoseconds / 1e3, "µs")
      : withUnit(nanoseconds / 1e6, "ms")

export const quartiles = (spread: Spread, show: (value: number) => string): string =>
  `${show(spread.low)} – ${show(spread.high)}`

export const atMost = (
  what: string,
  figure: number,
  limit: number,
  show: (value: number) => string
): Target => ({
  what,
  wanted: `at most ${show(limit)}`,
  figure: show(figure),
  reached: figure <= limit
})
