/** The parts of the audit log. */
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

/** Names for the records of one run: it, and a number that counts up. */
export const ids: Effect.Effect<() => string> = Effect.map(
  Effect.all([Clock.currentTimeMillis, Random.nextIntBetween(0, 2 ** 32)]),
  ([now, random]) => {
    const run = `${now.toString(36)}-${random.toString(36)}`
    let number = 0
    return () => `${run}-${++number}`
  }
)

/** Gives everything that comes in on, in batches, until the queue has ended and is empty. */
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

/** Whether a batch was recorded in the end. Whatever the recorder does wrong is tried again, until the schedule ends. */
export const recorded = (
  { record }: Recorder,
  batch: Batch,
  {
    schedule,
    timeout
  }: { readonly timeout: Duration.DurationInput; readonly schedule: Schedule.Schedule<unknown> }
): Effect.Effect<boolean> =>
  // a recorder fails with what it likes, and nobody but this looks at it
  // @effect-diagnostics-next-line anyUnknownInErrorContext:off
  Effect.suspend(() => record(batch)).pipe(
    // what fails in a fiber of its own is logged by Effect, and nobody knows what stands in a recorder's error
    Effect.matchCause({ onFailure: () => false, onSuccess: () => true }),
    // a recorder that cannot be interrupted is left behind
    Effect.disconnect,
    Effect.timeoutTo({ duration: timeout, onTimeout: () => false, onSuccess: (isRecorded) => isRecorded }),
    Effect.filterOrFail((isRecorded) => isRecorded),
    Effect.retry(schedule),
    Effect.orElseSucceed(() => false)
  )

/** Why a record was lost: there was no room, the recorder failed, or there was no time left when the scope closed. */
type Loss = "Full" | "Failed" | "Closed"

/** The count of what was lost. Of a recorder's error nothing is told: nobody knows what stands in it. */
export const makeLosses = (
  labels: ReadonlyArray<MetricLabel.MetricLabel>
): { readonly count: (loss: Loss, records: number) => void; readonly tell: Effect.Effect<void> } => {
  const countDropped = instrument(Metrics.auditDropped, labels)
  const untold = new Map<Loss, number>()
  return {
    count: (loss, records) => {
      if (records === 0) return
      untold.set(loss, (untold.get(loss) ?? 0) + records)
      countDropped(records, { "oauth.reason": loss })
    },
    tell: Effect.suspend(() => {
      const all = [...untold]
      untold.clear()
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
