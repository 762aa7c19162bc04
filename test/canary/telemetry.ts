import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import {
  AuditLog,
  AuditRecord,
  AuditRecorder,
  TokenEvent,
  TokenEvents,
  TokenLog,
  TokenMetrics
} from "effect-oauth"
import { settle } from "../support/clock.js"
import type { Entry } from "./lives.js"
import { life, own } from "./lives.js"
import { marks } from "./marks.js"

/** A provider's life before the eyes of an observer, and what a subscriber beside it saw. */
const watched = <A, E>(observer: Layer.Layer<A, E, TokenEvents.TokenEvents>): Entry =>
  Effect.gen(function* () {
    const built = yield* Layer.build(Layer.provideMerge(observer, TokenEvents.layer))
    const { subscribe } = Context.get(built, TokenEvents.TokenEvents)
    const subscription = yield* subscribe()
    const lived = yield* life(own(marks.accessToken, marks.nextToken)).pipe(
      Effect.provideService(TokenEvent.TokenEventSink, Context.get(built, TokenEvent.TokenEventSink))
    )
    const events = yield* Stream.runCollect(Stream.take(subscription.stream, 4))
    yield* TestClock.adjust("1 minute")
    yield* settle
    const records = [...events].map((event) => AuditRecord.fromEvent("an-id", event))
    return {
      shows: [
        observer,
        built,
        subscription,
        yield* subscription.dropped,
        ...events,
        ...records,
        ...lived.shows
      ],
      holds: lived.holds
    }
  })

const heard: Array<unknown> = []
const recorder = Layer.succeed(AuditRecorder.AuditRecorder, {
  record: (batch) => Effect.sync(() => void heard.push(...batch))
})

export const telemetry: Readonly<Record<string, Entry>> = {
  "AuditLog.layer": watched(Layer.provide(AuditLog.layer, recorder)),
  "AuditLog.layerWith": watched(Layer.provide(AuditLog.layerWith({ batchSize: 1 }), recorder)),
  "AuditLog.retries": "a schedule",
  "AuditRecord.AuditRecord": watched(Layer.empty),
  "AuditRecord.fromEvent": watched(Layer.empty),
  "AuditRecorder.AuditRecorder": watched(Layer.provide(AuditLog.layer, recorder)),
  "AuditRecorder.layerConsole": watched(Layer.provide(AuditLog.layer, AuditRecorder.layerConsole)),
  "TokenEvents.TokenEvents": watched(Layer.empty),
  "TokenEvents.layer": watched(Layer.empty),
  "TokenLog.layer": watched(TokenLog.layer),
  "TokenLog.layerWith": watched(TokenLog.layerWith({ level: () => LogLevel.Error })),
  "TokenLog.levelOf": "a level",
  "TokenMetrics.layer": watched(TokenMetrics.layer),
  "TokenMetrics.layerWith": watched(TokenMetrics.layerWith({ interval: "1 second" }))
}
