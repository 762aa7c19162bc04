import type { Fault } from "../lib/mutation.js"
import { breaks } from "./breaks.js"

const events = "src/telemetry/TokenEvents.ts"
const gauges = "src/telemetry/internal/gauges.ts"
const metrics = "src/telemetry/TokenMetrics.ts"
const instrument = "src/telemetry/internal/instrument.ts"
const audit = "src/telemetry/internal/audit.ts"
const auditLog = "src/telemetry/AuditLog.ts"
const background = "src/telemetry/internal/background.ts"
const log = "src/telemetry/TokenLog.ts"

const of = (test: string) => ({ law: test, named: "" })

/** The faults of events, logs, metrics and the audit log. */
export const telemetry: ReadonlyArray<Fault> = [
  ...breaks(of("events"), "telemetry/token-events", [
    [events, 'strategy: "sliding"', 'strategy: "dropping"'],
    [
      events,
      "for (const { sink } of open) unsafeEmit(sink, event)",
      "for (const { sink } of open) sink.emit(event)"
    ],
    [events, "[{ sink: before, end: Effect.void }]", "[]"],
    [events, "if (isFull) {", "if (false) {"]
  ]),
  ...breaks(of("metrics"), "telemetry/token-metrics", [
    [gauges, "if (end <= now) windows.delete(tenant)", "if (end < 0) windows.delete(tenant)"],
    [gauges, "if (isOnlyOne) known.expiresAt = DateTime", "known.expiresAt = DateTime"],
    [metrics, "Effect.forever(Effect.delay(tick, interval))", "Effect.delay(tick, interval)"]
  ]),
  ...breaks(of("metrics"), "telemetry/opentelemetry", [
    [
      metrics,
      "write.requestDuration(Duration.toSeconds(took), request)",
      "write.requestDuration(Duration.toMillis(took), request)"
    ],
    [instrument, "{ ...attributes, unit }", "attributes"]
  ]),
  ...breaks(of("audit"), "telemetry/audit-log", [
    [audit, "Effect.disconnect,", "Effect.interruptible,"],
    [auditLog, "if (waiting < capacity) {", "if (waiting < Infinity) {"],
    [auditLog, "Effect.timeoutOption(flushWithin)", "Effect.asVoid"],
    [auditLog, "waiting -= batch.length", ""]
  ]),
  ...breaks(of("log"), "telemetry/token-log", [
    [background, "Context.omit(Tracer.ParentSpan)(context as Context.Context<Tracer.ParentSpan>)", "context"],
    [log, '"oauth.description": event.error.message', '"oauth.description": JSON.stringify(event)']
  ]),
  ...breaks("S22", "telemetry/s22-telemetry", [
    [audit, "Effect.matchCause({ onFailure: () => false, onSuccess: () => true })", "Effect.as(true)"]
  ])
]
