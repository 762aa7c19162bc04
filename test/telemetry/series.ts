import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricState from "effect/MetricState"

type Labels = Readonly<Record<string, string>>

/** One series of a metric and its value; for a histogram the count and the sum. */
export interface Series {
  readonly name: string
  readonly labels: Labels
  readonly value: number | readonly [count: number, sum: number]
}

/** Every series with these labels. Metrics are global, so a test finds its own by the provider's name. */
export const seriesOf = (labels: Labels): Effect.Effect<ReadonlyArray<Series>> =>
  Effect.map(Metric.snapshot, (snapshot) =>
    snapshot
      .map(({ metricKey, metricState }): Series => ({
        name: metricKey.name,
        labels: Object.fromEntries(metricKey.tags.map(({ key, value }) => [key, value])),
        value: valueOf(metricState)
      }))
      .filter((series) => Object.entries(labels).every(([key, value]) => series.labels[key] === value))
  )

const valueOf = (state: unknown): Series["value"] => {
  if (MetricState.isCounterState(state) || MetricState.isGaugeState(state)) {
    return Number("count" in state ? state.count : state.value)
  }
  if (MetricState.isHistogramState(state)) return [state.count, state.sum]
  throw new Error("a metric of another kind")
}

/** The values of one metric of a provider, by the labels that distinguish its series. */
export const valuesOf = (
  name: string,
  provider: string
): Effect.Effect<Readonly<Record<string, Series["value"]>>> =>
  Effect.map(seriesOf({ "oauth.provider": provider }), (all) =>
    Object.fromEntries(
      all
        .filter((series) => series.name === name)
        .map(({ labels, value }) => [
          Object.entries(labels)
            .filter(([key]) => key !== "oauth.provider" && key !== "unit")
            .map(([, value]) => value)
            .join(" "),
          value
        ])
    )
  )
