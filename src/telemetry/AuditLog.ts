/**
 * An audit log that can neither fail nor delay those who ask for tokens.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Mailbox from "effect/Mailbox"
import * as Schedule from "effect/Schedule"
import type { AuditRecord } from "./AuditRecord.js"
import { fromEvent } from "./AuditRecord.js"
import { AuditRecorder } from "./AuditRecorder.js"
import type { Batch } from "./internal/audit.js"
import { ids, makeLosses, readBatches, recorded } from "./internal/audit.js"
import { inNoSpan } from "./background.js"
import { instrument } from "./internal/instrument.js"
import * as Metrics from "./internal/metrics.js"
import { TokenEvents } from "./TokenEvents.js"

/**
 * Options of the audit log.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How many records wait, those that are being recorded included; what comes beyond that is lost. Default: 4096. */
  readonly capacity?: number | undefined
  /** How many records are recorded at a time, at most. Default: 100. */
  readonly batchSize?: number | undefined
  /** How long one try to record a batch may take. Default: 10 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
  /** When a batch that failed is tried again; when the schedule ends, the batch is lost. Default: {@link retries}. */
  readonly schedule?: Schedule.Schedule<unknown> | undefined
  /** How long the scope waits, when it closes, for what is not recorded yet. Default: 5 seconds. */
  readonly flushWithin?: Duration.DurationInput | undefined
}

/**
 * Ten retries, after half a second, a second and so on to half a minute: in all about three minutes.
 *
 * @since 0.1.0
 * @category schedules
 */
export const retries: Schedule.Schedule<unknown> = Schedule.exponential("500 millis").pipe(
  Schedule.union(Schedule.spaced("30 seconds")),
  Schedule.jittered,
  Schedule.intersect(Schedule.recurs(10))
)

/**
 * Records every event of the hub with the {@link AuditRecorder}, in batches, on a fiber of its own. A recorder that fails,
 * dies, hangs or is slow harms nothing but the log: when more records wait than there is room for, what comes is lost, and
 * counted by the metric `oauth.client.audit.dropped` and in a warning.
 *
 * @example
 * ```ts
 * import { AuditLog, AuditRecorder, TokenEvents } from "effect-oauth"
 * import * as Layer from "effect/Layer"
 *
 * const SightLive = AuditLog.layer.pipe(
 *   Layer.provide(AuditRecorder.layerConsole),
 *   Layer.provideMerge(TokenEvents.layer)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: Options = {}): Layer.Layer<never, never, TokenEvents | AuditRecorder> => {
  const { batchSize = 100, capacity = 4096, flushWithin = "5 seconds" } = options
  const { schedule = retries, timeout = "10 seconds" } = options
  return Layer.scopedDiscard(
    Effect.gen(function* () {
      const { observe } = yield* TokenEvents
      const recorder = yield* AuditRecorder
      const labels = yield* Effect.metricLabels
      const losses = makeLosses(labels)
      const countRecorded = instrument(Metrics.auditRecorded, labels)
      const nextId = yield* ids
      const queue = yield* Mailbox.make<AuditRecord>()
      let waiting = 0

      const write = (batch: Batch): Effect.Effect<void> =>
        Effect.flatMap(recorded(recorder, batch, { schedule, timeout }), (isRecorded) => {
          waiting -= batch.length
          if (isRecorded) countRecorded(batch.length, {})
          else losses.count("Failed", batch.length)
          return losses.tell
        })

      const worker = yield* Effect.forkDaemon(inNoSpan(readBatches(queue, batchSize, write)))
      yield* Effect.addFinalizer(() =>
        Effect.gen(function* () {
          yield* queue.end
          yield* Fiber.await(worker).pipe(Effect.interruptible, Effect.timeoutOption(flushWithin))
          yield* Fiber.interruptFork(worker)
          losses.count("Closed", waiting)
          yield* losses.tell
        })
      )
      yield* observe({
        emit: (event) => {
          const record = fromEvent(nextId(), event)
          if (waiting < capacity) {
            queue.unsafeOffer(record)
            waiting++
          } else losses.count("Full", 1)
        }
      })
    })
  )
}

/**
 * The same with the default options.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never, never, TokenEvents | AuditRecorder> = Layer.suspend(() => layerWith())
