import { SpanStatusCode } from "@opentelemetry/api"
import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import { describe, expect, it } from "@effect/vitest"
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus"
import type { MetricData } from "@opentelemetry/sdk-metrics"
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader
} from "@opentelemetry/sdk-metrics"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TokenProvider } from "effect-oauth"
import * as TokenMetrics from "../../src/telemetry/TokenMetrics.js"
import { advance, settle } from "../support/clock.js"
import type { Step } from "../support/scriptedGrant.js"
import { fail, issue, rejection, ScriptedGrant, transient } from "../support/scriptedGrant.js"
import { keptSpans } from "./keptSpans.js"
import { sight } from "./sight.js"

/** A provider with scripted responses, and its metrics. */
const provider = (name: string, ...script: readonly [Step, ...ReadonlyArray<Step>]) =>
  Effect.gen(function* () {
    const { seen } = yield* sight(TokenMetrics.layer)
    const { grant } = new ScriptedGrant("safe", ...script)
    return yield* seen(Effect.orDie(TokenProvider.make({ name, grant })))
  })

describe("spans, by OpenTelemetry's exporter", () => {
  const traced = <A, E>(
    effect: Effect.Effect<A, E>
  ): Effect.Effect<{ readonly value: A; readonly spans: ReadonlyArray<ReadableSpan> }, E> =>
    Effect.gen(function* () {
      const { finished, spanProcessor } = keptSpans()
      const value = yield* Effect.provide(
        effect,
        NodeSdk.layer(() => ({ resource: { serviceName: "test" }, spanProcessor }))
      )
      return { value, spans: finished() }
    })

  it.effect(
    "show a refresh with its provider, grant, cause and outcome, linked to the caller that started it",
    () =>
      Effect.gen(function* () {
        const { spans } = yield* traced(
          Effect.gen(function* () {
            const tokens = yield* provider("test/Traced", issue())
            yield* Effect.withSpan(tokens.get, "the caller")
          }).pipe(Effect.scoped)
        )
        const flight = spans.find(({ name }) => name === "effect-oauth.flight")!
        const caller = spans.find(({ name }) => name === "the caller")!
        expect(flight.attributes).toMatchObject({
          "oauth.provider": "test/Traced",
          "oauth.grant": "scripted",
          "oauth.cause": "Cold",
          "oauth.outcome": "token"
        })
        expect(flight.parentSpanContext).toBeUndefined()
        expect(flight.spanContext().traceId).not.toBe(caller.spanContext().traceId)
        expect(flight.links.map(({ context }) => context.spanId)).toEqual([caller.spanContext().spanId])
      })
  )

  it.effect("do not show hits and callers that join a refresh", () =>
    Effect.gen(function* () {
      const { spans } = yield* traced(
        Effect.gen(function* () {
          const tokens = yield* provider("test/Hits", issue({ takes: "1 second" }))
          const callers = yield* Effect.replicateEffect(Effect.fork(tokens.get), 100)
          yield* advance("1 second")
          yield* Fiber.join(Fiber.all(callers))
          yield* Effect.repeatN(tokens.get, 999)
        }).pipe(Effect.scoped)
      )
      expect(spans.map(({ name }) => name)).toEqual(["effect-oauth.flight"])
    })
  )

  it.effect("show a failed refresh with the tag of its error", () =>
    Effect.gen(function* () {
      const { spans } = yield* traced(
        Effect.gen(function* () {
          const tokens = yield* provider("test/Failed", fail(rejection))
          yield* Effect.flip(tokens.get)
        }).pipe(Effect.scoped)
      )
      expect(spans.map(({ attributes }) => attributes["oauth.outcome"])).toEqual(["CredentialRejected"])
      expect(spans.map(({ status }) => status.code)).toEqual([SpanStatusCode.ERROR])
    })
  )
})

/** The exported metrics of a few providers. */
const happened = (run: string) =>
  Effect.gen(function* () {
    const tokens = yield* provider(
      `${run}/Api`,
      transient({ takes: "300 millis" }),
      issue({ takes: "200 millis", lifetime: "1 minute" }),
      fail(rejection)
    )
    const callers = yield* Effect.replicateEffect(Effect.fork(tokens.get), 5)
    yield* advance("2 seconds")
    yield* Fiber.join(Fiber.all(callers))
    yield* Effect.flip(tokens.refresh)
    yield* settle
  })

describe("metrics, by OpenTelemetry's exporters", () => {
  it.scoped("have the documented names, units, kinds, labels and values in memory", () =>
    Effect.gen(function* () {
      const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
      const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 31 - 1 })
      const all = yield* Effect.gen(function* () {
        yield* happened("otel")
        yield* Effect.promise(() => reader.forceFlush())
        return exporter
          .getMetrics()
          .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
      }).pipe(
        Effect.provide(NodeSdk.layer(() => ({ resource: { serviceName: "test" }, metricReader: reader })))
      )
      const of = (name: string) => {
        const metric = all.find(({ descriptor }) => descriptor.name === name)!
        return { unit: metric.descriptor.unit, points: pointsOf(metric, "otel/Api") }
      }
      expect(of("oauth.client.token.requests")).toEqual({
        unit: "{request}",
        points: [
          [
            { "oauth.grant": "scripted", "oauth.outcome": "TransientFailure", "oauth.reason": "ServerError" },
            1
          ],
          [{ "oauth.grant": "scripted", "oauth.outcome": "token" }, 1],
          [
            {
              "oauth.grant": "scripted",
              "oauth.outcome": "CredentialRejected",
              "oauth.reason": "InvalidClient"
            },
            1
          ]
        ]
      })
      expect(of("oauth.client.token.request.duration")).toMatchObject({
        unit: "s",
        points: [
          [{ "oauth.outcome": "TransientFailure" }, { count: 1, sum: 0.3 }],
          [{ "oauth.outcome": "token" }, { count: 1, sum: 0.2 }],
          [{ "oauth.outcome": "CredentialRejected" }, { count: 1, sum: 0 }]
        ]
      })
      expect(of("oauth.client.flights")).toEqual({
        unit: "{flight}",
        points: [
          [{ "oauth.grant": "scripted", "oauth.cause": "Cold", "oauth.outcome": "token" }, 1],
          [
            { "oauth.grant": "scripted", "oauth.cause": "Requested", "oauth.outcome": "CredentialRejected" },
            1
          ]
        ]
      })
      expect(of("oauth.client.flight.failures").unit).toBe("{flight}")
      expect(of("oauth.client.flight.joined")).toEqual({
        unit: "{caller}",
        points: [[{ "oauth.grant": "scripted" }, 4]]
      })
      expect(of("oauth.client.token.remaining").unit).toBe("s")
      expect(of("oauth.client.windows")).toEqual({
        unit: "{window}",
        points: [
          [{ "oauth.window": "transient" }, 0],
          [{ "oauth.window": "rejected" }, 1]
        ]
      })
    })
  )

  it.scoped("have the documented names and values as Prometheus text", () =>
    Effect.gen(function* () {
      const reader = new PrometheusExporter({ preventServerStart: true })
      const text = yield* Effect.gen(function* () {
        yield* happened("prometheus")
        const { resourceMetrics } = yield* Effect.promise(() => reader.collect())
        return new PrometheusSerializer(undefined, false, undefined, true, true).serialize(resourceMetrics)
      }).pipe(
        Effect.provide(NodeSdk.layer(() => ({ resource: { serviceName: "test" }, metricReader: reader })))
      )
      const lines = text.split("\n").filter((line) => line.startsWith("#") || line.includes("prometheus/Api"))
      const labels = (unit: string, ...more: ReadonlyArray<string>) =>
        `{${['oauth_provider="prometheus/Api"', ...more, `unit="${unit}"`].join(",")}}`
      expect(lines).toEqual(
        expect.arrayContaining([
          "# HELP oauth_client_token_requests_total Requests for a token.",
          "# UNIT oauth_client_token_requests_total {request}",
          "# TYPE oauth_client_token_requests_total counter",
          `oauth_client_token_requests_total${labels("{request}", 'oauth_grant="scripted"', 'oauth_outcome="token"')} 1`,
          "# TYPE oauth_client_token_request_duration histogram",
          `oauth_client_token_request_duration_sum${labels("s", 'oauth_grant="scripted"', 'oauth_outcome="token"')} 0.2`,
          "# TYPE oauth_client_windows gauge",
          `oauth_client_windows${labels("{window}", 'oauth_window="rejected"')} 1`,
          "# TYPE oauth_client_token_remaining gauge"
        ])
      )
      expect(lines.filter((line) => line.startsWith("oauth_client_token_remaining"))).toHaveLength(1)
      expect(
        lines.find(
          (line) => line.includes("duration_bucket") && line.includes('token"') && line.includes('le="0.25"')
        )
      ).toMatch(/ 1$/)
    })
  )
})

/** The labels and values of one provider's series. The unit is a label, too, since the bridge reads it there. */
const pointsOf = (metric: MetricData, provider: string) =>
  metric.dataPoints
    .filter(({ attributes }) => attributes["oauth.provider"] === provider)
    .map(({ attributes, value }) => {
      const { "oauth.provider": _provider, unit: _unit, ...labels } = attributes
      return [labels, value]
    })
