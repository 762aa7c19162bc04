/** What the databases answer. */
import * as DateTime from "effect/DateTime"
import { identity } from "effect/Function"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Summary, TokenRecord } from "../../store/TokenStore.js"

/** A `bigint`: a string from PostgreSQL, a number from SQLite, or what the application has made of either. */
export const Whole = Schema.transform(
  Schema.Union(Schema.String, Schema.Number, Schema.BigIntFromSelf),
  Schema.Int,
  {
    decode: Number,
    encode: identity
  }
)

export const Instant = Schema.transform(Whole, Schema.DateTimeUtcFromSelf, {
  decode: (millis) => DateTime.unsafeMake(millis),
  encode: DateTime.toEpochMillis
})

const optionalInstant = Schema.OptionFromNullOr(Instant)

const columns = {
  provider: Schema.String,
  tenant: Schema.NullOr(Schema.String),
  version: Whole,
  expires_at: optionalInstant,
  presented_at: optionalInstant,
  saved_at: Instant
}

export const VersionRow = Schema.Struct({ version: Whole })

// redacted from the first: what a span ends with is the span's to show
export const LoadedRow = Schema.Struct({ ...columns, content: Schema.NullOr(Schema.Redacted(Schema.String)) })

export const SummaryRow = Schema.Struct({ ...columns, id: Schema.String })

export const LeaseRow = Schema.Struct({ fence: Whole, remaining: Whole })

export const RemainingRow = Schema.Struct({ remaining: Whole })

export const IdRow = Schema.Struct({ id: Schema.String })

export const summaryOf = (row: typeof SummaryRow.Type): Summary => ({
  key: { provider: row.provider, tenant: row.tenant ?? undefined, id: row.id },
  version: row.version,
  expiresAt: row.expires_at,
  presentedAt: row.presented_at,
  savedAt: row.saved_at
})

export const recordOf = (row: typeof SummaryRow.Type, content: Redacted.Redacted): TokenRecord => ({
  ...summaryOf(row),
  content
})
