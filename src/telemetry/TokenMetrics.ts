/**
 * Metrics of tokens, by OpenTelemetry's conventions: token requests and their duration, failures and their reasons, the
 * remaining lifetime of tokens, and open windows. `docs/observability.md` lists them.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"
import type { FlightSummary, Sink, TokenEvent } from "../token/TokenEvent.js"
import { withoutParentSpan } from "./background.js"
import type { Reading } from "./internal/gauges.js"
import { Gauges } from "./internal/gauges.js"
import { instrument } from "./internal/instrument.js"
import * as Metrics from "./internal/metrics.js"
import { outcomeOf, reasonOf } from "./internal/outcome.js"
import { TokenEvents } from "./TokenEvents.js"

/**
 * Options of the metrics.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * How often the gauges are updated to the current time. An event updates them at once, whatever the interval. Default: 5
   * seconds.
   */
  readonly interval?: Duration.DurationInput | undefined
}

/**
 * Updates the metrics from the events of the hub, with the default options. Counters and histograms are exact: they are
 * updated on the fiber that emits the event.
 *
 * All metrics have the labels (`Effect.tagMetrics`) of the context in which the layer is made.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never, never, TokenEvents> = Layer.suspend(() => layerWith())

/**
 * Like {@link layer}, with options. A layer that is made twice counts twice.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = ({ interval = "5 seconds" }: Options = {}): Layer.Layer<never, never, TokenEvents> =>
  Layer.scopedDiscard(
    Effect.gen(function* () {
      const { observe } = yield* TokenEvents
      const labels = yield* Effect.metricLabels
      const gauges = new Gauges()
      const show = showing(labels)
      const count = counting(labels)
      yield* observe({
        emit: (event) => {
          count.emit(event)
          show(gauges.update(event))
        }
      })
      const tick = Effect.map(Clock.currentTimeMillis, (now) => gauges.readAll(now).forEach(show))
      yield* Effect.forkScoped(withoutParentSpan(Effect.forever(Effect.delay(tick, interval))))
    })
  )

const showing = (labels: ReadonlyArray<MetricLabel.MetricLabel>): ((reading: Reading) => void) => {
  const setRemaining = instrument(Metrics.remaining, labels)
  const setWindows = instrument(Metrics.windows, labels)
  return ({ provider, remaining, windows }) => {
    if (remaining !== undefined) setRemaining(remaining, { "oauth.provider": provider })
    setWindows(windows.transient, { "oauth.provider": provider, "oauth.window": "transient" })
    setWindows(windows.rejected, { "oauth.provider": provider, "oauth.window": "rejected" })
  }
}

/** Updates counters and histograms. The tenant is no label, since there may be ten thousand tenants. */
const counting = (labels: ReadonlyArray<MetricLabel.MetricLabel>): Sink => {
  const write = {
    requests: instrument(Metrics.requests, labels),
    requestDuration: instrument(Metrics.requestDuration, labels),
    flights: instrument(Metrics.flights, labels),
    failures: instrument(Metrics.failures, labels),
    joined: instrument(Metrics.joined, labels),
    invalidations: instrument(Metrics.invalidations, labels),
    clears: instrument(Metrics.clears, labels),
    replays: instrument(Metrics.replays, labels),
    evictions: instrument(Metrics.evictions, labels),
    storeFailures: instrument(Metrics.storeFailures, labels)
  }

  const countFlight = (event: TokenEvent & FlightSummary): void => {
    const flight = { "oauth.provider": event.provider, "oauth.grant": event.grant }
    for (const { error, took } of event.attempts) {
      const request = {
        ...flight,
        "oauth.outcome": Option.match(error, { onNone: () => "token", onSome: ({ _tag }) => _tag }),
        ...Option.match(error, { onNone: () => ({}), onSome: ({ reason }) => ({ "oauth.reason": reason }) })
      }
      write.requests(1, request)
      write.requestDuration(Duration.toSeconds(took), request)
    }
    const outcome = outcomeOf(event) ?? ""
    const reason = reasonOf(event)
    write.flights(1, { ...flight, "oauth.cause": event.cause, "oauth.outcome": outcome })
    if (reason !== undefined) {
      write.failures(1, { ...flight, "oauth.outcome": outcome, "oauth.reason": reason })
    }
    if (event.joined > 0) write.joined(event.joined, flight)
  }

  return {
    emit: (event) => {
      const provider = { "oauth.provider": event.provider }
      switch (event._tag) {
        case "Acquired":
        case "Refreshed":
        case "Adopted":
        case "Discarded":
        case "RefreshFailed":
        case "Rejected":
          countFlight(event)
          break
        case "Invalidated":
          write.invalidations(1, provider)
          break
        case "Cleared":
          write.clears(1, provider)
          break
        case "Replayed":
          write.replays(1, provider)
          break
        case "Evicted":
          write.evictions(1, { ...provider, "oauth.reason": event.reason })
          break
        case "StoreUnavailable":
          write.storeFailures(1, { ...provider, "oauth.reason": event.error.reason })
          break
      }
    }
  }
}
