import type * as Metric from "effect/Metric"
import * as MetricLabel from "effect/MetricLabel"

/** A metric that numbers are written to, and its unit. */
export interface Instrument {
  readonly metric: Pick<Metric.Metric<unknown, number, unknown>, "unsafeUpdate">
  readonly unit: string
}

/** The labels that distinguish the series of a metric. */
export type Attributes = Readonly<Record<string, string>>

/**
 * Writes to a metric synchronously. Effect's bridge to OpenTelemetry reads the unit from the label `unit`. The list of
 * labels is reused for each series, since Effect finds a series by the identity of the list and hashes only a new list.
 */
export const instrument = (
  { metric, unit }: Instrument,
  base: ReadonlyArray<MetricLabel.MetricLabel>
): ((input: number, attributes: Attributes) => void) => {
  const known = new Map<string, ReadonlyArray<MetricLabel.MetricLabel>>()
  return (input, attributes) => {
    const key = JSON.stringify(attributes)
    let labels = known.get(key)
    if (labels === undefined) {
      labels = [...base, ...labelsOf({ ...attributes, unit })]
      known.set(key, labels)
    }
    metric.unsafeUpdate(input, labels)
  }
}

const labelsOf = (attributes: Attributes): ReadonlyArray<MetricLabel.MetricLabel> =>
  Object.entries(attributes).map(([key, value]) => MetricLabel.make(key, value))
