/** A record as text, for a store of texts: a file, a value of a `KeyValueStore`. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { StoreFailure } from "../../token/TokenError.js"
import type { Entry, Loaded, RecordKey, Summary, TokenRecord } from "../TokenStore.js"
import { undecryptable } from "../failure.js"

const Instant = Schema.DateTimeUtcFromNumber

const RecordText = Schema.parseJson(
  Schema.Struct({
    version: Schema.Int,
    id: Schema.String,
    record: Schema.optional(
      Schema.Struct({
        provider: Schema.String,
        tenant: Schema.optional(Schema.String),
        savedAt: Instant,
        expiresAt: Schema.optional(Instant),
        presentedAt: Schema.optional(Instant),
        content: Schema.String
      })
    )
  })
)

type RecordText = typeof RecordText.Type

const encodeText = Schema.encodeSync(RecordText)
const decodeText = Schema.decodeOption(RecordText)

/** An entry under its version. */
export const encode = (
  { content, expiresAt, key, presentedAt }: Entry,
  version: number,
  savedAt: DateTime.Utc
): string =>
  encodeText({
    version,
    id: key.id,
    record: {
      provider: key.provider,
      tenant: key.tenant,
      savedAt,
      expiresAt: Option.getOrUndefined(expiresAt),
      presentedAt: Option.getOrUndefined(presentedAt),
      content: Redacted.value(content)
    }
  })

/** What is left of a record that was removed. */
export const encodeRemoval = (key: RecordKey, version: number): string => encodeText({ version, id: key.id })

/**
 * What a text says of a key. It is refused where it belongs to another one, or is no such text at all: nothing of it may
 * reach an error.
 */
export const decode = (text: string, key: RecordKey): Effect.Effect<Loaded, StoreFailure> =>
  Option.match(
    Option.filter(decodeText(text), ({ id }) => id === key.id),
    {
      onNone: () => Effect.fail(undecryptable(key)),
      onSome: (read) => Effect.succeed({ version: read.version, record: Option.fromNullable(recordOf(read)) })
    }
  )

/** What a text says of whichever key it belongs to: nothing if it was removed, or is no such text at all. */
export const summary = (text: string): Option.Option<Summary> =>
  Option.filterMap(decodeText(text), (read) => {
    const record = recordOf(read)
    if (record === undefined) return Option.none()
    const { expiresAt, key, presentedAt, savedAt, version } = record
    return Option.some({ key, expiresAt, presentedAt, savedAt, version })
  })

/** Whether a text is what is left of a record that was removed. */
export const isRemoval = (text: string): boolean =>
  Option.exists(decodeText(text), ({ record }) => record === undefined)

const recordOf = ({ id, record, version }: RecordText): TokenRecord | undefined =>
  record && {
    key: { provider: record.provider, tenant: record.tenant, id },
    content: Redacted.make(record.content),
    expiresAt: Option.fromNullable(record.expiresAt),
    presentedAt: Option.fromNullable(record.presentedAt),
    savedAt: record.savedAt,
    version
  }
