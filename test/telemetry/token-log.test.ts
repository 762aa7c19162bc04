import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { TokenError, TokenEvent, TokenProvider } from "effect-oauth"
import * as TokenLog from "../../src/telemetry/TokenLog.js"
import { settle } from "../support/clock.js"
import { recordingTracer } from "../support/recordingTracer.js"
import { fail, issue, rejection, ScriptedGrant } from "../support/scriptedGrant.js"
import type { Sight } from "./sight.js"
import { sight } from "./sight.js"

interface Line {
  readonly level: string
  readonly message: unknown
  readonly annotations: Readonly<Record<string, unknown>>
}

/** A logger that collects its lines in a list. */
const recordingLogger = (lines: Array<Line>): Layer.Layer<never> =>
  Layer.merge(
    Logger.minimumLogLevel(LogLevel.All),
    Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ annotations, logLevel, message }) => {
        lines.push({
          level: logLevel.label,
          message: Array.isArray(message) ? message.join(" ") : message,
          annotations: Object.fromEntries(HashMap.toEntries(annotations))
        })
      })
    )
  )

/** The lines that are logged while an effect runs, and when the layer is closed. */
const logOf = <E>(
  layer: typeof TokenLog.layer,
  happen: (sight: Sight) => Effect.Effect<unknown, E, Scope.Scope>
): Effect.Effect<ReadonlyArray<Line>, E> =>
  Effect.gen(function* () {
    const lines: Array<Line> = []
    yield* Effect.scoped(Effect.flatMap(sight(layer), happen)).pipe(Effect.provide(recordingLogger(lines)))
    return lines
  })

const at = DateTime.unsafeMake(0)
const occasion = { provider: "test/Api", tenant: "a-tenant", at }
const flight = {
  ...occasion,
  grant: "scripted",
  cause: "Due" as const,
  attempts: [
    { took: Duration.seconds(1), error: Option.some(rejection) },
    { took: Duration.seconds(2), error: Option.none() }
  ],
  joined: 3,
  took: Duration.millis(3250)
}
const arrival = { ...flight, issuedAt: at, expiresAt: DateTime.unsafeMake(60_000), closedWindow: false }
const setback = { ...flight, error: rejection, retryAt: DateTime.unsafeMake(10_000) }
const storeFailure = new TokenError.StoreFailure({ provider: "test/Api", reason: "Unavailable" })

const { Acquired, Adopted, Cleared, Discarded, Evicted, Invalidated } = TokenEvent.TokenEvent
const { RefreshFailed, Refreshed, Rejected, Replayed, StoreUnavailable } = TokenEvent.TokenEvent

const levels: ReadonlyArray<readonly [TokenEvent.TokenEvent, level: string, message: string]> = [
  [Acquired(arrival), "DEBUG", "token acquired"],
  [Acquired({ ...arrival, closedWindow: true }), "INFO", "token acquired"],
  [Refreshed(arrival), "DEBUG", "token refreshed"],
  [Adopted(arrival), "DEBUG", "token adopted from the store"],
  [Discarded(flight), "DEBUG", "token discarded"],
  [Cleared(occasion), "DEBUG", "token cleared"],
  [Evicted({ ...occasion, reason: "Idle" }), "DEBUG", "token evicted"],
  [Invalidated(occasion), "INFO", "token invalidated"],
  [Replayed({ ...occasion, status: 401 }), "INFO", "request replayed with another token"],
  [RefreshFailed(setback), "WARN", "token refresh failed"],
  [StoreUnavailable({ ...occasion, error: storeFailure }), "WARN", "token store unavailable"],
  [Rejected(setback), "ERROR", "credential rejected"]
]

describe("the token log", () => {
  it.effect("logs every event with a level, a message and its name", () =>
    Effect.gen(function* () {
      const lines = yield* logOf(TokenLog.layer, ({ emit }) =>
        Effect.sync(() => levels.forEach(([event]) => emit(event)))
      )
      expect(lines.map(({ level, message }) => [level, message])).toEqual(
        levels.map(([, level, message]) => [level, message])
      )
      expect(lines.map(({ annotations }) => annotations["oauth.event"])).toEqual(
        levels.map(([event]) => event._tag)
      )
    })
  )

  it.effect("annotates exactly the fields of the event", () =>
    Effect.gen(function* () {
      const lines = yield* logOf(TokenLog.layer, ({ emit }) =>
        Effect.sync(() =>
          [Acquired(arrival), Rejected(setback), Replayed({ provider: "test/Api", at, status: 401 })].forEach(
            emit
          )
        )
      )
      const told = {
        "oauth.provider": "test/Api",
        "oauth.tenant": "a-tenant",
        "oauth.grant": "scripted",
        "oauth.cause": "Due",
        "oauth.attempts": 2,
        "oauth.joined": 3,
        "oauth.took": 3.25
      }
      expect(lines.map(({ annotations }) => annotations)).toEqual([
        {
          ...told,
          "oauth.event": "Acquired",
          "oauth.outcome": "token",
          "oauth.expires_at": "1970-01-01T00:01:00.000Z",
          "oauth.closed_window": false
        },
        {
          ...told,
          "oauth.event": "Rejected",
          "oauth.outcome": "CredentialRejected",
          "oauth.reason": "InvalidClient",
          "oauth.description": rejection.message,
          "oauth.retry_at": "1970-01-01T00:00:10.000Z"
        },
        { "oauth.event": "Replayed", "oauth.provider": "test/Api", "oauth.status": 401 }
      ])
    })
  )

  it.effect("logs the events of a provider in order", () =>
    Effect.gen(function* () {
      const { grant } = new ScriptedGrant("safe", fail(rejection), issue())
      const lines: Array<Line> = []
      yield* Effect.gen(function* () {
        const { seen } = yield* sight(TokenLog.layer)
        const provider = yield* seen(Effect.orDie(TokenProvider.make({ name: "test/Api", grant })))
        yield* Effect.flip(provider.get)
        yield* provider.refresh
        yield* settle
        expect(lines.map(({ level, message }) => `${level} ${String(message)}`)).toEqual([
          "ERROR credential rejected",
          "INFO token acquired"
        ])
      }).pipe(Effect.scoped, Effect.provide(recordingLogger(lines)))
    })
  )

  it.effect("uses the levels that the application chooses, and does not log LogLevel.None", () =>
    Effect.gen(function* () {
      const quiet = TokenLog.layerWith({
        level: (event) => (event._tag === "Cleared" ? LogLevel.None : LogLevel.Fatal)
      })
      const lines = yield* logOf(quiet, ({ emit }) =>
        Effect.sync(() => [Cleared(occasion), Invalidated(occasion)].forEach(emit))
      )
      expect(lines.map(({ level, message }) => [level, message])).toEqual([["FATAL", "token invalidated"]])
    })
  )

  it.effect("warns of events that were dropped before they were logged", () =>
    Effect.gen(function* () {
      const small = TokenLog.layerWith({ capacity: 2 })
      const lines = yield* logOf(small, ({ emit }) =>
        Effect.sync(() => Array.from({ length: 5 }, () => emit(Cleared(occasion))))
      )
      expect(lines.map(({ level, message }) => [level, message])).toEqual([
        ["WARN", "token events were not logged"],
        ["DEBUG", "token cleared"],
        ["DEBUG", "token cleared"]
      ])
      expect(lines[0]?.annotations).toEqual({ "oauth.dropped": 3 })
    })
  )

  it.effect("loses only the line for which a logger or a level throws", () =>
    Effect.gen(function* () {
      const broken = TokenLog.layerWith({
        level: ({ _tag }) => {
          if (_tag === "Cleared") throw new Error("a bug")
          return LogLevel.Info
        }
      })
      const lines = yield* logOf(broken, ({ emit }) =>
        Effect.sync(() => [Cleared(occasion), Invalidated(occasion)].forEach(emit))
      )
      expect(lines.map(({ message }) => message)).toEqual(["token invalidated"])
    })
  )

  it.effect("adds no log events to the span in which the layer is made", () =>
    Effect.gen(function* () {
      const { spans, tracer } = recordingTracer()
      const events: Array<string> = []
      yield* Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { emit } = yield* Scope.extend(sight(TokenLog.layer), scope)
        for (const span of spans) Object.assign(span, { event: (name: string) => void events.push(name) })
        emit(Rejected(setback))
        yield* settle
        yield* Effect.log("of the program")
        yield* Scope.close(scope, Exit.void)
      }).pipe(
        Effect.withSpan("main"),
        Effect.withTracer(tracer),
        Effect.provide(Layer.merge(recordingLogger([]), Logger.add(Logger.tracerLogger)))
      )
      expect(events).toEqual(["of the program"])
    })
  )
})
