import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import { Grant, TokenProvider } from "effect-oauth"
import { settle } from "../support/clock.js"
import { begin, pass, passTo } from "../support/providerUnderTest.js"
import { RecordedSpan, recordingTracer } from "../support/recordingTracer.js"
import type { Step } from "../support/scriptedGrant.js"
import { die, fail, hang, issue, rejection } from "../support/scriptedGrant.js"

class Tenant extends Context.Tag("test/Tenant")<Tenant, string>() {}

/** Everything that a flight could have caught from somebody's fiber. */
const surroundings = Effect.gen(function* () {
  return {
    tenant: yield* Effect.serviceOption(Tenant),
    requestInit: yield* Effect.serviceOption(FetchHttpClient.RequestInit),
    span: Option.map(yield* Effect.serviceOption(Tracer.ParentSpan), (span) => span.spanId),
    logAnnotations: HashMap.toEntries(yield* FiberRef.get(FiberRef.currentLogAnnotations)),
    logSpans: [...(yield* FiberRef.get(FiberRef.currentLogSpan))].map(({ label }) => label),
    spanAnnotations: HashMap.toEntries(yield* FiberRef.get(FiberRef.currentTracerSpanAnnotations)),
    spanLinks: [...(yield* FiberRef.get(FiberRef.currentTracerSpanLinks))].length,
    random: yield* Effect.random,
    clock: yield* Effect.clock
  }
})

const withSurroundings =
  (who: string) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    self.pipe(
      Effect.provideService(Tenant, who),
      Effect.provideService(FetchHttpClient.RequestInit, { headers: { authorization: who } }),
      Effect.annotateLogs("who", who),
      Effect.withLogSpan(who),
      Effect.annotateSpans("who", who),
      Effect.linkSpans(Tracer.externalSpan({ spanId: who, traceId: who })),
      Effect.withSpan(who)
    )

const flightsOf = (spans: ReadonlyArray<RecordedSpan>) =>
  spans.filter(({ name }) => name === "effect-oauth.flight")

describe("a flight", () => {
  it.scoped(
    "a flight runs with the services of its provider, not with those of the caller that starts it",
    () =>
      Effect.gen(function* () {
        const seen: Array<Effect.Effect.Success<typeof surroundings>> = []
        const random = Random.make("provider")
        const provider = yield* TokenProvider.make({
          name: "test/Api",
          grant: Grant.make({
            name: "curious",
            request: () =>
              Effect.map(surroundings, (found) => void seen.push(found)).pipe(
                Effect.as({ value: Redacted.make("a-token") })
              )
          })
        }).pipe(
          Effect.provideService(Tenant, "provider"),
          Effect.annotateLogs("made-by", "provider"),
          Effect.withRandom(random)
        )
        yield* provider.get.pipe(
          withSurroundings("caller"),
          Effect.withRandom(Random.make("caller")),
          Effect.withClock(Clock.make())
        )
        yield* provider.refresh.pipe(withSurroundings("another"))
        expect(seen).toHaveLength(2)
        for (const {
          clock,
          logSpans,
          random: found,
          requestInit,
          spanAnnotations,
          spanLinks,
          tenant,
          ...rest
        } of seen) {
          expect(tenant).toEqual(Option.some("provider"))
          expect(requestInit).toEqual(Option.none())
          expect(rest.logAnnotations).toEqual([["made-by", "provider"]])
          expect(logSpans).toEqual([])
          expect(spanAnnotations).toEqual([])
          expect(spanLinks).toBe(0)
          expect(found).toBe(random)
          expect(clock).toBe(yield* Effect.clock)
        }
      })
  )

  it.scoped("a flight has a root span that links to the span of the caller that started it", () => {
    const { spans, tracer } = recordingTracer()
    return Effect.gen(function* () {
      const { provider } = yield* Effect.withSpan(begin({ script: [issue({ takes: "1 second" })] }), "maker")
      const starter = yield* Effect.fork(withSurroundings("starter")(provider.get))
      yield* settle
      const joiner = yield* Effect.fork(withSurroundings("joiner")(provider.get))
      yield* pass("1 second")
      yield* Fiber.join(Fiber.zip(starter, joiner))
      const [flight, ...others] = flightsOf(spans)
      expect(others).toEqual([])
      expect(flight?.parent).toEqual(Option.none())
      const starterSpan = spans.find(({ name }) => name === "starter")
      expect(flight?.links.map(({ span }) => span)).toEqual([starterSpan])
      expect(flight?.traceId).not.toBe(starterSpan?.traceId)
      expect(flight?.attributes).toEqual(
        new Map([
          ["oauth.provider", "test/Api"],
          ["oauth.grant", "scripted"],
          ["oauth.cause", "Cold"],
          ["oauth.outcome", "token"]
        ])
      )
    }).pipe(Effect.withTracer(tracer))
  })

  it.scoped(
    "a flight's span has no link if the caller has no span, and is the parent of the grant's spans",
    () => {
      const { spans, tracer } = recordingTracer()
      return Effect.gen(function* () {
        const asked: Step = {
          takes: 0,
          answer: () =>
            Effect.as(Effect.withSpan(Effect.void, "exchange"), { value: Redacted.make("a-token") })
        }
        const { provider } = yield* begin({ replay: "once", script: [asked] })
        yield* provider.get
        const [flight] = flightsOf(spans)
        expect(flight?.links).toEqual([])
        const exchange = spans.find(({ name }) => name === "exchange")
        expect(Option.getOrUndefined(exchange!.parent)).toBe(flight)
      }).pipe(Effect.withTracer(tracer))
    }
  )

  const outcomes: ReadonlyArray<readonly [string, Step]> = [
    ["token", issue()],
    ["CredentialRejected", fail(rejection)],
    ["TransientFailure", die(new Error("a bug"))]
  ]
  for (const replay of ["safe", "once"] as const) {
    for (const [expected, step] of outcomes) {
      it.scoped(`a flight's span names its cause and its outcome: ${expected}, ${replay}`, () => {
        const { spans, tracer } = recordingTracer()
        return Effect.gen(function* () {
          const { provider } = yield* begin({ replay, script: [issue({ refreshIn: "30 minutes" }), step] })
          yield* provider.get
          yield* passTo(30 * 60_000)
          yield* provider.get
          yield* settle
          const attributes = flightsOf(spans).map(({ attributes }) => [
            attributes.get("oauth.cause"),
            attributes.get("oauth.outcome")
          ])
          expect(attributes).toEqual([
            ["Cold", "token"],
            ["Due", expected]
          ])
          expect(flightsOf(spans).every(({ status }) => status._tag === "Ended")).toBe(true)
        }).pipe(Effect.withTracer(tracer))
      })
    }
  }

  it.scoped("a flight's span says that its token was discarded, and ends when the scope closes", () => {
    const { spans, tracer } = recordingTracer()
    return Effect.gen(function* () {
      const { closeAtOnce, provider } = yield* begin({ script: [issue({ takes: "1 second" }), hang] })
      const caller = yield* Effect.fork(provider.get)
      yield* settle
      yield* provider.clear
      yield* pass("1 second")
      yield* closeAtOnce
      yield* Fiber.await(caller)
      const [first, second] = flightsOf(spans)
      expect(first?.attributes.get("oauth.outcome")).toBe("discarded")
      expect(second?.status._tag).toBe("Ended")
    }).pipe(Effect.withTracer(tracer))
  })
})
