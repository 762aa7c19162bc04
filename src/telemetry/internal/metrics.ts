/** The metrics, with names and units by OpenTelemetry's conventions. docs/observability.md lists them. */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import type { Instrument } from "./instrument.js"

const counter = (name: string, unit: string, description: string): Instrument => ({
  metric: Metric.counter(name, { description, incremental: true }),
  unit
})

const gauge = (name: string, unit: string, description: string): Instrument => ({
  metric: Metric.gauge(name, { description }),
  unit
})

/** OpenTelemetry's recommended boundaries for the duration of HTTP requests. */
const seconds = MetricBoundaries.fromIterable([
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10
])

export const requests = counter("oauth.client.token.requests", "{request}", "Requests for a token.")

export const requestDuration: Instrument = {
  metric: Metric.histogram(
    "oauth.client.token.request.duration",
    seconds,
    "How long a request for a token takes."
  ),
  unit: "s"
}

export const flights = counter("oauth.client.flights", "{flight}", "Refreshes, by cause and outcome.")

export const failures = counter(
  "oauth.client.flight.failures",
  "{flight}",
  "Refreshes that failed, by reason."
)

export const joined = counter(
  "oauth.client.flight.joined",
  "{caller}",
  "Callers that waited for a refresh that another caller had started."
)

export const remaining = gauge(
  "oauth.client.token.remaining",
  "s",
  "Seconds until the current token expires; 0 if none is usable."
)

export const windows = gauge(
  "oauth.client.windows",
  "{window}",
  "Open windows, in which no token request is made."
)

export const invalidations = counter(
  "oauth.client.token.invalidations",
  "{token}",
  "Tokens that were invalidated because a server rejected them."
)

export const clears = counter("oauth.client.token.clears", "{token}", "Tokens that the application cleared.")

export const replays = counter(
  "oauth.client.request.replays",
  "{request}",
  "Requests that were sent again with another token."
)

export const evictions = counter(
  "oauth.client.token.evictions",
  "{token}",
  "Tokens of tenants that were evicted, by reason."
)

export const storeFailures = counter(
  "oauth.client.store.failures",
  "{failure}",
  "Failures of the token store, by reason."
)

export const eventsDropped = counter(
  "oauth.client.events.dropped",
  "{event}",
  "Events that a subscriber did not read in time."
)

export const auditRecorded = counter(
  "oauth.client.audit.recorded",
  "{record}",
  "Audit records that were recorded."
)

export const auditDropped = counter(
  "oauth.client.audit.dropped",
  "{record}",
  "Audit records that were lost, by reason."
)
