/**
 * An audit log that can neither fail nor delay token requests.
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
import { ids, makeLosses, readBatches, recordBatch } from "./internal/audit.js"
import { withoutParentSpan } from "./background.js"
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
  /** How many records may wait, those being recorded included; further records are lost. Default: 4096. */
  readonly capacity?: number | undefined
  /** The maximum number of records in a batch. Default: 100. */
  readonly batchSize?: number | undefined
  /** How long one attempt to record a batch may take. Default: 10 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
  /** When a failed batch is retried; when the schedule ends, the batch is lost. Default: {@link retries}. */
  readonly schedule?: Schedule.Schedule<unknown> | undefined
  /** How long the closing scope waits for records that are not recorded yet. Default: 5 seconds. */
  readonly flushWithin?: Duration.DurationInput | undefined
}

/**
 * Ten retries with exponential backoff from half a second up to 30 seconds, about three minutes in all.
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
 * dies, hangs or is slow affects only the log: if `capacity` is exceeded, further records are lost, counted by the metric
 * `oauth.client.audit.dropped`, and reported in a logged warning.
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
        Effect.flatMap(recordBatch(recorder, batch, { schedule, timeout }), (isRecorded) => {
          waiting -= batch.length
          if (isRecorded) countRecorded(batch.length, {})
          else losses.count("Failed", batch.length)
          return losses.warn
        })

      const worker = yield* Effect.forkDaemon(withoutParentSpan(readBatches(queue, batchSize, write)))
      yield* Effect.addFinalizer(() =>
        Effect.gen(function* () {
          yield* queue.end
          yield* Fiber.await(worker).pipe(Effect.interruptible, Effect.timeoutOption(flushWithin))
          yield* Fiber.interruptFork(worker)
          losses.count("Closed", waiting)
          yield* losses.warn
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
 * Like {@link layerWith}, with the default options.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never, never, TokenEvents | AuditRecorder> = Layer.suspend(() => layerWith())
