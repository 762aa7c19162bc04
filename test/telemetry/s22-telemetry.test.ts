import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type { TokenEvent } from "effect-oauth"
import { BearerClient, GenericOAuth } from "effect-oauth"
import * as AuditLog from "../../src/telemetry/AuditLog.js"
import type * as AuditRecord from "../../src/telemetry/AuditRecord.js"
import * as AuditRecorder from "../../src/telemetry/AuditRecorder.js"
import * as TokenLog from "../../src/telemetry/TokenLog.js"
import * as TokenMetrics from "../../src/telemetry/TokenMetrics.js"
import { settings } from "../canary/lives.js"
import { marks, marksIn } from "../canary/marks.js"
import { renderings } from "../canary/renderings.js"
import * as Servers from "../canary/servers.js"
import { witness } from "../canary/witness.js"
import { settle } from "../support/clock.js"
import { keptSpans } from "./keptSpans.js"
import { sight } from "./sight.js"

/** Every kind of response with secrets in it, and an API that rejects a token. */
const life = (server: Servers.Server, api: Servers.Server, answers: number) =>
  Effect.gen(function* () {
    const tokens = yield* GenericOAuth.make("app/Sight", settings)
    const http = yield* BearerClient.make(Effect.succeed(tokens)).pipe(withClient(api))
    yield* tokens.get
    yield* http.get("https://api.example.com")
    yield* tokens.clear
    for (let asked = 0; asked < answers; asked++) {
      yield* Effect.exit(tokens.refresh)
      yield* tokens.status
      yield* TestClock.adjust("11 minutes")
      yield* settle
    }
  }).pipe(withClient(server))

const withClient = ({ client }: Servers.Server) => Effect.provideService(HttpClient.HttpClient, client)

const refusals = Object.values(Servers.refusals)

/** Every telemetry layer, with an audit log over a recorder. */
const observers = (recorder: Layer.Layer<AuditRecorder.AuditRecorder>) =>
  Layer.mergeAll(
    TokenMetrics.layerWith({ interval: "1 day" }),
    TokenLog.layer,
    Layer.provide(AuditLog.layer, recorder)
  )

describe("S22 no secret is shown", () => {
  it.scoped("S22 by events on the stream, logs, metrics, spans and audit records", () =>
    Effect.gen(function* () {
      const { events, leaks, logs, spans } = yield* witness(
        Effect.gen(function* () {
          const server = Servers.server(Servers.token, Servers.nextToken, ...refusals)
          const api = Servers.server(Servers.unauthorized, Servers.ok)
          const scope = yield* Scope.make()
          const records: Array<AuditRecord.AuditRecord> = []
          const recorder = Layer.succeed(AuditRecorder.AuditRecorder, {
            record: (batch) => Effect.sync(() => void records.push(...batch))
          })
          const { hub, seen } = yield* Scope.extend(sight(observers(recorder)), scope)
          const subscription = yield* hub.subscribe()
          yield* seen(life(server, api, refusals.length))
          yield* Scope.close(scope, Exit.void)
          const read = Chunk.toReadonlyArray(yield* Stream.runCollect(subscription.stream))
          expect(records).toHaveLength(read.length)
          return {
            shows: [hub, subscription, recorder, ...read, ...records],
            holds: [...server.heard, ...api.heard]
          }
        })
      )
      expect(leaks).toEqual([])
      const tags = new Set(events.map(({ _tag }) => _tag))
      for (const tag of [
        "Acquired",
        "Replayed",
        "Invalidated",
        "Cleared",
        "RefreshFailed",
        "Rejected"
      ] as const) {
        expect(tags).toContain(tag)
      }
      expect(logs).toBeGreaterThan(events.length)
      expect(spans).toBeGreaterThan(0)
    })
  )

  it.scoped("S22 by OpenTelemetry's exporters and the lines of the audit log", () =>
    Effect.gen(function* () {
      const { finished, spanProcessor } = keptSpans()
      const reader = new PrometheusExporter({ preventServerStart: true })
      const printed: Array<string> = []
      const server = Servers.server(Servers.token, Servers.nextToken, ...refusals)
      const api = Servers.server(Servers.unauthorized, Servers.ok)
      const console = yield* Effect.console
      const text = yield* Effect.gen(function* () {
        const { seen } = yield* sight(observers(AuditRecorder.layerConsole))
        yield* seen(life(server, api, refusals.length))
        const { resourceMetrics } = yield* Effect.promise(() => reader.collect())
        return new PrometheusSerializer().serialize(resourceMetrics)
      }).pipe(
        Effect.scoped,
        Effect.provide(
          Layer.mergeAll(
            NodeSdk.layer(() => ({
              resource: { serviceName: "test" },
              spanProcessor,
              metricReader: reader
            })),
            Logger.minimumLogLevel(LogLevel.All),
            Logger.replace(
              Logger.defaultLogger,
              Logger.map(Logger.jsonLogger, (line) => void printed.push(line))
            )
          )
        ),
        Effect.withConsole({
          ...console,
          log: (line: unknown) => Effect.sync(() => void printed.push(String(line)))
        })
      )
      expect([...server.heard, ...api.heard].some((said) => marksIn(said).length > 0)).toBe(true)
      expect(text).toContain("app/Sight")
      expect(printed.some((line) => line.includes('"type":"Acquired"'))).toBe(true)
      expect(printed.some((line) => line.includes("token acquired"))).toBe(true)
      const exported = finished()
      expect(exported.length).toBeGreaterThan(refusals.length)
      expect(marksIn(text)).toEqual([])
      expect(printed.flatMap(marksIn)).toEqual([])
      const told = exported.map(({ attributes, events, links, name, status }) => ({
        name,
        attributes,
        events,
        links: links.map(({ attributes }) => attributes),
        status
      }))
      expect(renderings(told).flatMap(([, text]) => marksIn(text))).toEqual([])
    })
  )

  it.scoped("S22 by a recorder's own error, which is reported nowhere", () =>
    Effect.gen(function* () {
      const { leaks } = yield* witness(
        Effect.gen(function* () {
          const secret = Redacted.make<string>(marks.otherSecret)
          const broken = Layer.succeed(AuditRecorder.AuditRecorder, {
            record: () => Effect.fail(`postgres://user:${Redacted.value(secret)}@db`)
          })
          const scope = yield* Scope.make()
          const layer = Layer.provide(
            AuditLog.layerWith({ flushWithin: 0, schedule: Schedule.recurs(2) }),
            broken
          )
          const { emit } = yield* Scope.extend(sight(layer), scope)
          emit({
            _tag: "Cleared",
            provider: "app/Sight",
            at: yield* DateTime.now
          } satisfies TokenEvent.TokenEvent)
          yield* settle
          yield* Scope.close(scope, Exit.void)
          return { shows: [layer], holds: [Redacted.value(secret)] }
        })
      )
      expect(leaks).toEqual([])
    })
  )
})
