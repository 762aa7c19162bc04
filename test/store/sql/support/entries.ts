import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Entry, RecordKey } from "../../../../src/store/TokenStore.js"

let count = 0

/** A key that no other test uses. */
export const freshKey = (fields: Partial<RecordKey> = {}): RecordKey => ({
  provider: "app/Server",
  tenant: undefined,
  id: `key-${++count}`,
  ...fields
})

export const entryOf = (key: RecordKey, content: string): Entry => ({
  key,
  content: Redacted.make(content),
  expiresAt: Option.none(),
  presentedAt: Option.none()
})

export const instant = (millis: number): Option.Option<DateTime.Utc> =>
  Option.some(DateTime.unsafeMake(millis))
