/** How a metric is written from a sink: at once, and with labels that are made once for each series. */
import type * as Metric from "effect/Metric"
import * as MetricLabel from "effect/MetricLabel"

/** A metric that numbers are written to, and its unit. */
export interface Instrument {
  readonly metric: Pick<Metric.Metric<unknown, number, unknown>, "unsafeUpdate">
  readonly unit: string
}

/** The values that tell one series of a metric from another. */
export type Attributes = Readonly<Record<string, string>>

/**
 * Writes to a metric. The unit travels as the label `unit`, which is where Effect's bridge to OpenTelemetry looks for it.
 * Effect finds a series by the identity of its list of labels, and only for a new list by hashing it.
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
