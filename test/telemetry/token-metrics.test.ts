import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { TokenError, TokenEvent, TokenProvider } from "effect-oauth"
import * as TokenMetrics from "../../src/telemetry/TokenMetrics.js"
import { advance, settle } from "../support/clock.js"
import type { Step } from "../support/scriptedGrant.js"
import { fail, issue, rejection, ScriptedGrant, transient } from "../support/scriptedGrant.js"
import { seriesOf, valuesOf } from "./series.js"
import { sight } from "./sight.js"

/** A provider with scripted responses, and the metrics layer. */
const measured = (name: string, ...script: readonly [Step, ...ReadonlyArray<Step>]) =>
  Effect.gen(function* () {
    const { seen } = yield* sight(TokenMetrics.layer)
    const { grant } = new ScriptedGrant("safe", ...script)
    return yield* seen(Effect.orDie(TokenProvider.make({ name, grant })))
  })

const at = (millis: number): DateTime.Utc => DateTime.unsafeMake(millis)

const flight = (provider: string, tenant?: string) => ({
  provider,
  tenant,
  at: at(0),
  grant: "scripted",
  cause: "Cold" as const,
  attempts: [],
  joined: 0,
  took: Duration.zero
})

const arrival = (provider: string, tenant?: string) => ({
  ...flight(provider, tenant),
  issuedAt: at(0),
  expiresAt: at(60_000),
  closedWindow: false
})

const setback = (provider: string, tenant?: string) => ({
  ...flight(provider, tenant),
  error: rejection,
  retryAt: at(10_000)
})

const { Acquired, Adopted, Discarded, Evicted, RefreshFailed, Rejected, StoreUnavailable } =
  TokenEvent.TokenEvent

describe("the metrics layer", () => {
  it.scoped("counts requests by outcome and reason, and measures their duration", () =>
    Effect.gen(function* () {
      const provider = yield* measured(
        "test/Requests",
        transient({ takes: "300 millis" }),
        issue({ takes: "200 millis" })
      )
      const caller = yield* Effect.fork(provider.get)
      yield* advance("2 seconds")
      yield* Fiber.join(caller)
      const requests = yield* valuesOf("oauth.client.token.requests", "test/Requests")
      expect(requests).toEqual({ "scripted token": 1, "scripted TransientFailure ServerError": 1 })
      const durations = yield* valuesOf("oauth.client.token.request.duration", "test/Requests")
      expect(durations).toEqual({
        "scripted token": [1, 0.2],
        "scripted TransientFailure ServerError": [1, 0.3]
      })
    })
  )

  it.scoped("counts refreshes by cause and outcome, failures by reason, and joined callers", () =>
    Effect.gen(function* () {
      const provider = yield* measured("test/Flights", issue({ takes: "1 second" }), fail(rejection))
      const callers = yield* Effect.replicateEffect(Effect.fork(provider.get), 10)
      yield* advance("1 second")
      yield* Fiber.join(Fiber.all(callers))
      yield* Effect.flip(provider.refresh)
      expect(yield* valuesOf("oauth.client.flights", "test/Flights")).toEqual({
        "scripted Cold token": 1,
        "scripted Requested CredentialRejected": 1
      })
      expect(yield* valuesOf("oauth.client.flight.failures", "test/Flights")).toEqual({
        "scripted CredentialRejected InvalidClient": 1
      })
      expect(yield* valuesOf("oauth.client.flight.joined", "test/Flights")).toEqual({ scripted: 9 })
    })
  )

  it.scoped("does not count hits, and counts a refresh before its caller continues", () =>
    Effect.gen(function* () {
      const provider = yield* measured("test/Hits", issue())
      for (let gets = 0; gets < 100; gets++) yield* provider.get
      expect(yield* valuesOf("oauth.client.flights", "test/Hits")).toEqual({ "scripted Cold token": 1 })
    })
  )

  it.scoped("shows the remaining lifetime of a token by the clock, and 0 if none is usable", () =>
    Effect.gen(function* () {
      const provider = yield* measured("test/Remaining", issue({ lifetime: "1 minute" }))
      const remaining = valuesOf("oauth.client.token.remaining", "test/Remaining")
      yield* provider.get
      expect(yield* remaining).toEqual({ "": 60 })
      yield* TestClock.adjust("5 seconds")
      expect(yield* remaining).toEqual({ "": 55 })
      yield* advance("2 minutes", "5 seconds")
      expect(yield* remaining).toEqual({ "": 0 })
      yield* provider.get
      expect(yield* remaining).toEqual({ "": 60 })
      yield* provider.clear
      expect(yield* remaining).toEqual({ "": 0 })
      yield* provider.invalidate(yield* provider.get)
      expect(yield* remaining).toEqual({ "": 0 })
    })
  )

  it.scoped("shows a window as open until it ends or a token arrives", () =>
    Effect.gen(function* () {
      const provider = yield* measured("test/Windows", fail(rejection), issue(), fail(rejection))
      const windows = valuesOf("oauth.client.windows", "test/Windows")
      yield* Effect.flip(provider.get)
      expect(yield* windows).toEqual({ transient: 0, rejected: 1 })
      yield* provider.refresh
      expect(yield* windows).toEqual({ transient: 0, rejected: 0 })
      yield* Effect.flip(provider.refresh)
      expect(yield* windows).toEqual({ transient: 0, rejected: 1 })
      yield* advance("55 seconds", "5 seconds")
      expect(yield* windows).toEqual({ transient: 0, rejected: 1 })
      yield* advance("5 seconds", "5 seconds")
      expect(yield* windows).toEqual({ transient: 0, rejected: 0 })
    })
  )

  it.scoped("counts the windows of each kind separately, and any token closes both", () =>
    Effect.gen(function* () {
      const { emit } = yield* sight(TokenMetrics.layer)
      const windows = (provider: string) => valuesOf("oauth.client.windows", provider)
      for (const closing of [
        Acquired(arrival("test/A")),
        TokenEvent.TokenEvent.Refreshed(arrival("test/B")),
        Adopted(arrival("test/C")),
        Discarded(flight("test/D"))
      ]) {
        emit(RefreshFailed(setback(closing.provider)))
        emit(Rejected(setback(closing.provider)))
        expect(yield* windows(closing.provider)).toEqual({ transient: 1, rejected: 1 })
        emit(closing)
        expect(yield* windows(closing.provider)).toEqual({ transient: 0, rejected: 0 })
      }
    })
  )

  it.scoped("counts the windows of many tenants, without a lifetime and without the tenant as a label", () =>
    Effect.gen(function* () {
      const { emit } = yield* sight(TokenMetrics.layer)
      for (let tenant = 0; tenant < 100; tenant++) emit(Rejected(setback("test/Many", `tenant-${tenant}`)))
      emit(Acquired(arrival("test/Many", "tenant-0")))
      emit(Evicted({ provider: "test/Many", tenant: "tenant-1", at: at(0), reason: "Idle" }))
      emit(
        StoreUnavailable({
          provider: "test/Many",
          tenant: "tenant-2",
          at: at(0),
          error: new TokenError.StoreFailure({
            provider: "test/Many",
            reason: "Unavailable",
            key: "tenant-2"
          })
        })
      )
      expect(yield* valuesOf("oauth.client.windows", "test/Many")).toEqual({ transient: 0, rejected: 98 })
      expect(yield* valuesOf("oauth.client.token.remaining", "test/Many")).toEqual({})
      expect(yield* valuesOf("oauth.client.token.evictions", "test/Many")).toEqual({ Idle: 1 })
      expect(yield* valuesOf("oauth.client.store.failures", "test/Many")).toEqual({ Unavailable: 1 })
      const series = yield* seriesOf({ "oauth.provider": "test/Many" })
      expect(JSON.stringify(series)).not.toContain("tenant-")
      expect(series.length).toBeLessThan(10)
    })
  )

  it.scoped("counts invalidations, clears and replays", () =>
    Effect.gen(function* () {
      const provider = yield* measured("test/Given up", issue())
      const { emit } = yield* sight(TokenMetrics.layer)
      yield* provider.invalidate(yield* provider.get)
      yield* provider.clear
      emit(TokenEvent.TokenEvent.Replayed({ provider: "test/Given up", at: at(0), status: 401 }))
      for (const name of ["token.invalidations", "token.clears", "request.replays"]) {
        expect(yield* valuesOf(`oauth.client.${name}`, "test/Given up")).toEqual({ "": 1 })
      }
    })
  )

  it.scoped("counts dropped events by the subscriber that missed them", () =>
    Effect.gen(function* () {
      const { emit, hub } = yield* sight()
      yield* hub.subscribe({ capacity: 2, name: "test/slow" })
      for (let events = 0; events < 5; events++) emit(Acquired(arrival("test/Dropped")))
      const [series, ...others] = yield* seriesOf({ "oauth.subscriber": "test/slow" })
      expect(series).toMatchObject({ name: "oauth.client.events.dropped", value: 3 })
      expect(others).toEqual([])
    })
  )

  it.scoped("counts once if the layer is provided twice, with the surrounding labels on every series", () =>
    Effect.gen(function* () {
      const twice = Layer.mergeAll(TokenMetrics.layer, Layer.provide(TokenMetrics.layer, Layer.empty))
      const { emit } = yield* Effect.tagMetrics(sight(twice), "deployment", "blue")
      emit(Acquired(arrival("test/Once")))
      const series = yield* seriesOf({ "oauth.provider": "test/Once" })
      expect(series.find(({ name }) => name === "oauth.client.flights")?.value).toBe(1)
      expect(new Set(series.map(({ labels }) => labels["deployment"]))).toEqual(new Set(["blue"]))
    })
  )

  it.scoped("stops updating the gauges once the layer is closed", () =>
    Effect.gen(function* () {
      const remaining = valuesOf("oauth.client.token.remaining", "test/Closed")
      yield* Effect.scoped(
        Effect.flatMap(sight(TokenMetrics.layerWith({ interval: "1 second" })), ({ emit }) =>
          Effect.gen(function* () {
            emit(Acquired(arrival("test/Closed")))
            yield* TestClock.adjust("1 second")
            expect(yield* remaining).toEqual({ "": 59 })
          })
        )
      )
      yield* TestClock.adjust("10 seconds")
      yield* settle
      expect(yield* remaining).toEqual({ "": 59 })
    })
  )
})
