/**
 * The destination of an audit log.
 *
 * @since 0.1.0
 */
import type * as Array from "effect/Array"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { AuditRecord } from "./AuditRecord.js"

/**
 * Records a batch, if possible as a whole or not at all. It may fail with any error and take any time: a failed batch is
 * passed again, until the audit log's schedule ends.
 *
 * @since 0.1.0
 * @category models
 */
export interface Recorder {
  readonly record: (records: Array.NonEmptyReadonlyArray<AuditRecord>) => Effect.Effect<void, unknown>
}

/**
 * The tag of the {@link Recorder}.
 *
 * @since 0.1.0
 * @category tags
 */
export class AuditRecorder extends Context.Tag("effect-oauth/AuditRecorder")<AuditRecorder, Recorder>() {}

/**
 * Writes each record to Effect's `Console`, as one line of JSON.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConsole: Layer.Layer<AuditRecorder> = Layer.succeed(AuditRecorder, {
  record: (records) => Effect.forEach(records, writeLine, { discard: true })
})

const writeLine = (record: AuditRecord): Effect.Effect<void> =>
  Effect.flatMap(Effect.orDie(Schema.encode(line)(record)), Console.log)

const line = Schema.parseJson(AuditRecord)
