import * as Array from "effect/Array"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Mailbox from "effect/Mailbox"
import type * as MetricLabel from "effect/MetricLabel"
import * as Random from "effect/Random"
import type * as Schedule from "effect/Schedule"
import type { AuditRecord } from "../AuditRecord.js"
import type { Recorder } from "../AuditRecorder.js"
import { instrument } from "./instrument.js"
import * as Metrics from "./metrics.js"

export type Batch = Array.NonEmptyReadonlyArray<AuditRecord>

/** The ids of one run's records: a name of the run and a sequence number. */
export const ids: Effect.Effect<() => string> = Effect.map(
  Effect.all([Clock.currentTimeMillis, Random.nextIntBetween(0, 2 ** 32)]),
  ([now, random]) => {
    const run = `${now.toString(36)}-${random.toString(36)}`
    let number = 0
    return () => `${run}-${++number}`
  }
)

/** Writes the queue's records in batches until the queue has ended and is empty. */
export const readBatches = (
  queue: Mailbox.ReadonlyMailbox<AuditRecord>,
  batchSize: number,
  write: (batch: Batch) => Effect.Effect<void>
): Effect.Effect<void> =>
  Effect.flatMap(queue.takeAll, ([records, isDone]) =>
    Effect.zipRight(
      Effect.forEach(batchesOf(records, batchSize), write, { discard: true }),
      isDone ? Effect.void : readBatches(queue, batchSize, write)
    )
  )

const batchesOf = (records: Chunk.Chunk<AuditRecord>, size: number): ReadonlyArray<Batch> =>
  Array.chunksOf(Chunk.toReadonlyArray(records), size)

/** Records a batch with retries, and returns whether it was recorded. Any failure is retried until the schedule ends. */
export const recordBatch = (
  { record }: Recorder,
  batch: Batch,
  {
    schedule,
    timeout
  }: { readonly timeout: Duration.DurationInput; readonly schedule: Schedule.Schedule<unknown> }
): Effect.Effect<boolean> =>
  // A recorder may fail with any error; it is handled only here.
  // @effect-diagnostics-next-line anyUnknownInErrorContext:off
  Effect.suspend(() => record(batch)).pipe(
    // Handled before `disconnect`: Effect logs the failure of a fiber, and a recorder's error may contain a secret.
    Effect.matchCause({ onFailure: () => false, onSuccess: () => true }),
    // A recorder that cannot be interrupted must not delay the timeout.
    Effect.disconnect,
    Effect.timeoutTo({ duration: timeout, onTimeout: () => false, onSuccess: (isRecorded) => isRecorded }),
    Effect.filterOrFail((isRecorded) => isRecorded),
    Effect.retry(schedule),
    Effect.orElseSucceed(() => false)
  )

/** Why a record was lost: the queue was full, the recorder failed, or the scope closed too soon. */
type Loss = "Full" | "Failed" | "Closed"

/** Counts lost records and warns of them. The recorder's error is not shown, since it may contain a secret. */
export const makeLosses = (
  labels: ReadonlyArray<MetricLabel.MetricLabel>
): { readonly count: (loss: Loss, records: number) => void; readonly warn: Effect.Effect<void> } => {
  const countDropped = instrument(Metrics.auditDropped, labels)
  const unreported = new Map<Loss, number>()
  return {
    count: (loss, records) => {
      if (records === 0) return
      unreported.set(loss, (unreported.get(loss) ?? 0) + records)
      countDropped(records, { "oauth.reason": loss })
    },
    warn: Effect.suspend(() => {
      const all = [...unreported]
      unreported.clear()
      return Effect.forEach(
        all,
        ([loss, records]) =>
          Effect.annotateLogs(Effect.logWarning("audit records were lost"), {
            "oauth.reason": loss,
            "oauth.dropped": records
          }),
        { discard: true }
      )
    })
  }
}
