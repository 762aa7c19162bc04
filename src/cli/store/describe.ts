/** Records as people read them, and as programs do. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Style } from "../render/style.js"
import { column, printable, span, widthOf } from "../render/text.js"
import type { KeyId, ListedRecord, Named } from "./records.js"
import { expiryOf } from "./records.js"

/** A record in JSON: all but its content. */
export const describe = (record: ListedRecord) => ({
  ...describeName(record),
  state: record.state,
  expiresAt: isoOf(expiryOf(record)),
  presentedAt: isoOf(record.presentedAt),
  savedAt: DateTime.formatIso(record.savedAt),
  version: record.version,
  key: record.sealedWith._tag === "Key" ? record.sealedWith.id : null,
  sealed: record.sealedWith._tag !== "PlainText"
})

/** Which record it is, in JSON. `id` is whole, as the store has it. */
export const describeName = ({ key, shortId }: Named) => ({
  id: key.id,
  shortId,
  provider: printable(key.provider),
  tenant: key.tenant === undefined ? null : printable(key.tenant)
})

const isoOf = (instant: Option.Option<DateTime.Utc>): string | null =>
  Option.getOrNull(Option.map(instant, DateTime.formatIso))

/** Records in columns, below a header line. */
export const table = (
  records: ReadonlyArray<ListedRecord>,
  now: DateTime.Utc,
  style: Style
): ReadonlyArray<string> => {
  const rows = records.map((record) => cells(record, now))
  const widths = heads.map((head, index) =>
    Math.max(head.length, ...rows.map((row) => widthOf(row[index] ?? "")))
  )
  const line = (texts: ReadonlyArray<string>) =>
    texts
      .map((text, index) => column(text, widths[index] ?? 0))
      .join("  ")
      .trimEnd()
  return [
    style.faint(line(heads)),
    ...rows.map((row, index) => coloured(line(row), records[index]?.state, style))
  ]
}

const heads = ["id", "provider", "tenant", "state", "expires", "saved", "version", "key"]

const cells = (record: ListedRecord, now: DateTime.Utc): ReadonlyArray<string> => [
  record.shortId,
  printable(record.key.provider),
  printable(record.key.tenant ?? ""),
  stateText(record, now),
  expiryText(record, now),
  `${span(DateTime.distance(record.savedAt, now))} ago`,
  String(record.version),
  keyText(record.sealedWith)
]

const stateText = ({ presentedAt, state }: ListedRecord, now: DateTime.Utc): string =>
  Option.match(presentedAt, {
    onNone: () => state,
    onSome: (since) => `${state} for ${span(DateTime.distance(since, now))}`
  })

const expiryText = (record: ListedRecord, now: DateTime.Utc): string => {
  if (Option.isNone(record.expiresAt)) return ""
  return Option.match(expiryOf(record), {
    onNone: () => "never",
    onSome: (at) => {
      const left = DateTime.distance(now, at)
      return left > 0 ? `in ${span(left)}` : `${span(-left)} ago`
    }
  })
}

/** A key's id, or that there is none. */
export const keyText = (key: KeyId): string => {
  switch (key._tag) {
    case "Key":
      return key.id
    case "PlainText":
      return "plain text"
    case "Unknown":
      return "unknown"
  }
}

const coloured = (line: string, state: ListedRecord["state"] | undefined, style: Style): string =>
  state === "presenting" ? style.notable(line) : state === "fresh" ? line : style.faint(line)

/** Which record it is, in a line. */
export const nameText = ({ key, shortId }: Named): string =>
  [shortId, printable(key.provider), ...(key.tenant === undefined ? [] : [printable(key.tenant)])].join("  ")

/** Several records within a sentence: the first few of them. */
export const namesText = (records: ReadonlyArray<Named>): string => {
  const names = records.slice(0, mostNames).map((record) => nameText(record).replaceAll("  ", " "))
  const others = records.length - names.length
  return `${names.join(", ")}${others === 0 ? "" : ` and ${others} more`}`
}

const mostNames = 5
