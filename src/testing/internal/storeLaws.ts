/** What the laws of stores are written with. */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Entry, Loaded, RecordKey, Service } from "../../store/TokenStore.js"
import type { StoreFailure } from "../../token/TokenError.js"

/**
 * A store does not do what a law says.
 *
 * @since 0.1.0
 * @category errors
 */
export class LawBroken extends Schema.TaggedError<LawBroken>("effect-oauth/testing/LawBroken")("LawBroken", {
  /** The name of the law. */
  law: Schema.String,
  /** What should have been. */
  expected: Schema.String
}) {
  /** The law, and what should have been. */
  override get message(): string {
    return `${this.law}: ${this.expected}`
  }
}

/** Fails where a statement of a law does not hold. */
export type Expect = (expected: string, holds: boolean) => Effect.Effect<void, LawBroken>

export type Broken = LawBroken | StoreFailure

/** Makes the expectations of one law. */
export const expecting =
  (law: string): Expect =>
  (expected, holds) =>
    holds ? Effect.void : Effect.fail(new LawBroken({ law, expected }))

/** A key that nobody has used before: laws leave no state to each other, nor to a later run on the same store. */
export const freshKey: Effect.Effect<RecordKey> = Effect.sync(() => ({
  provider: "store-laws",
  tenant: "a tenant",
  id: `store-laws/${Encoding.encodeHex(globalThis.crypto.getRandomValues(new Uint8Array(12)))}`
}))

/** An entry without instants. */
export const entry = (key: RecordKey, content: string): Entry => ({
  key,
  content: Redacted.make(content),
  expiresAt: Option.none(),
  presentedAt: Option.none()
})

export const expiresAt: DateTime.Utc = DateTime.unsafeMake("2031-04-05T06:07:08.901Z")
export const presentedAt: DateTime.Utc = DateTime.unsafeMake("2030-01-02T03:04:05.678Z")

/** Saves, where the version is known to be right. */
export const saved = (
  store: Service,
  expect: Expect,
  entry: Entry,
  expected: number
): Effect.Effect<number, Broken> =>
  Effect.flatMap(store.save(entry, expected), (version) =>
    Effect.as(
      expect(
        `a save after version ${expected} gives version ${expected + 1}`,
        Option.contains(version, expected + 1)
      ),
      expected + 1
    )
  )

/** Whether what was loaded is this content under this version. */
export const holds = ({ record, version }: Loaded, expected: number, content: string): boolean =>
  version === expected &&
  Option.exists(record, (record) => record.version === expected && Redacted.value(record.content) === content)

export const sameKey = (a: RecordKey, b: RecordKey): boolean =>
  a.id === b.id && a.provider === b.provider && a.tenant === b.tenant

export const sameInstant = (a: Option.Option<DateTime.Utc>, b: Option.Option<DateTime.Utc>): boolean =>
  Equal.equals(Option.map(a, DateTime.toEpochMillis), Option.map(b, DateTime.toEpochMillis))

/**
 * How time passes for a store: a test clock is moved, the time of a database is waited for. It may pass for longer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Time {
  readonly pass: (by: Duration.Duration) => Effect.Effect<void>
}
