/** A record of the audit log as people read it, and as programs do. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { AuditRecord } from "../../telemetry/AuditRecord.js"
import { count, printable, span } from "../render/text.js"

/** One line of `events --json`. What the record does not tell is left out. */
export const describe = (record: AuditRecord) => ({
  id: record.id,
  at: DateTime.formatIso(record.at),
  provider: record.provider,
  ...(record.tenant === undefined ? {} : { tenant: record.tenant }),
  event: record.type,
  ...(record.grant === undefined ? {} : { grant: record.grant }),
  ...(record.cause === undefined ? {} : { cause: record.cause }),
  ...(record.outcome === undefined ? {} : { outcome: record.outcome }),
  ...(record.reason === undefined ? {} : { reason: record.reason }),
  ...(record.attempts === undefined ? {} : { attempts: record.attempts }),
  ...(record.durationMillis === undefined ? {} : { milliseconds: Math.round(record.durationMillis) })
})

/** A record as a line for people. */
export const lineOf = (record: AuditRecord): string => {
  const owner = record.tenant === undefined ? record.provider : `${record.provider}/${record.tenant}`
  const facts = [
    ...(record.cause === undefined ? [] : [`cause ${record.cause}`]),
    ...(record.durationMillis === undefined ? [] : [`took ${span(record.durationMillis)}`]),
    ...(record.attempts === undefined || record.attempts < 2 ? [] : [count(record.attempts, "attempt")]),
    ...Option.toArray(outcomeText(record))
  ]
  return [DateTime.formatIso(record.at), owner, record.type, facts.join(", ")]
    .map(printable)
    .filter((part) => part !== "")
    .join("  ")
}

/** An error by its tag and reason; that a token came, its type says already. */
const outcomeText = ({ outcome = "", reason }: AuditRecord): Option.Option<string> => {
  if (reason !== undefined) return Option.some(outcome === "" ? reason : `${outcome} (${reason})`)
  return /^[A-Z]/.test(outcome) ? Option.some(outcome) : Option.none()
}
