/** The leases: one statement each, by the database's own time. */
import type { SqlClient } from "@effect/sql/SqlClient"
import * as Array from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Lease, LeasedService, RecordKey, Service } from "../../store/TokenStore.js"
import type { Dialect } from "./dialect.js"
import { unavailable } from "../../store/failure.js"
import type { LeaseRow } from "./rows.js"
import * as Rows from "./rows.js"
import type { Query } from "./query.js"

const table = "oauth_leases"

export const makeLeases = (
  sql: SqlClient,
  { now }: Dialect,
  query: Query
): Omit<LeasedService, keyof Service> => {
  // who asks in vain writes nothing: on PostgreSQL the conflict alone locks the row, which costs a flush of the log.
  // The time is read again where another one was waited for: what stands in `excluded` was reckoned before.
  const acquire: LeasedService["acquire"] = (key, holder, length) =>
    query(
      { operation: "acquire", table, failure: () => unavailable(key) },
      Rows.LeaseRow,
      sql`insert into oauth_leases (id, holder, fence, ends_at)
        select ${key.id}, ${holder}, 1, ${now} + ${millis(length)}
        where not exists (
          select 1 from oauth_leases where id = ${key.id} and holder <> ${holder} and ends_at > ${now}
        )
        on conflict (id) do update set holder = excluded.holder, fence = oauth_leases.fence + 1,
          ends_at = ${now} + ${millis(length)}
        where oauth_leases.ends_at <= ${now} or oauth_leases.holder = excluded.holder
        returning fence, ends_at - ${now} as remaining`
    ).pipe(Effect.map(Array.head), Effect.map(Option.map((row) => leaseOf(key, holder, row))))

  const renew: LeasedService["renew"] = ({ fence, holder, key }, length) =>
    query(
      { operation: "renew", table, failure: () => unavailable(key) },
      Rows.LeaseRow,
      sql`update oauth_leases set ends_at = ${now} + ${millis(length)}
        where id = ${key.id} and holder = ${holder} and fence = ${fence} and ends_at > ${now}
        returning fence, ends_at - ${now} as remaining`
    ).pipe(Effect.map(Array.head), Effect.map(Option.map((row) => leaseOf(key, holder, row))))

  const release: LeasedService["release"] = ({ fence, holder, key }) =>
    query(
      { operation: "release", table, failure: () => unavailable(key) },
      Rows.IdRow,
      sql`update oauth_leases set ends_at = ${now}
        where id = ${key.id} and holder = ${holder} and fence = ${fence} and ends_at > ${now}
        returning id`
    ).pipe(Effect.asVoid)

  const remaining: LeasedService["remaining"] = (key) =>
    query(
      { operation: "remaining", table, failure: () => unavailable(key) },
      Rows.RemainingRow,
      sql`select ends_at - ${now} as remaining from oauth_leases where id = ${key.id}`
    ).pipe(
      Effect.map(Array.head),
      Effect.map(Option.match({ onNone: () => Duration.zero, onSome: (row) => lasting(row.remaining) }))
    )

  return { acquire, renew, release, remaining }
}

const leaseOf = (key: RecordKey, holder: string, { fence, remaining }: typeof LeaseRow.Type): Lease => ({
  key,
  holder,
  fence,
  remaining: lasting(remaining)
})

/** Of a turn that has ended nothing remains. */
const lasting = (millis: number): Duration.Duration => Duration.millis(Math.max(0, millis))

/** Whole milliseconds, and for ever as long as a number reaches. */
const millis = (length: Duration.Duration): number => Math.min(Math.ceil(Duration.toMillis(length)), longest)

/** Three hundred years: the sum with an instant is a safe integer. */
const longest = 300 * 365 * 24 * 60 * 60 * 1000
