/** Turns at a key, as a versioned file beside its record: every change of a turn is a version, so that no two meet. */
import type { PlatformError } from "@effect/platform/Error"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { StoreFailure } from "../../token/TokenError.js"
import type { Lease, LeasedService, RecordKey } from "../TokenStore.js"
import { conflict, unavailable, undecryptable } from "../failure.js"
import * as Turn from "./turn.js"
import type { Undecided, VersionedFile } from "./versionedFile.js"

type Leases = Pick<LeasedService, "acquire" | "renew" | "release" | "remaining">

/** Leases over the file that each key has for them. Processes of one machine share its clock. */
export const make = (fileOf: (key: RecordKey) => Effect.Effect<VersionedFile>): Leases => {
  const change = (
    key: RecordKey,
    next: (turn: Turn.Turn, now: number) => Turn.Turn | undefined
  ): Effect.Effect<Option.Option<Lease>, StoreFailure> =>
    Effect.gen(function* () {
      const file = yield* fileOf(key)
      while (true) {
        const { turn, version } = yield* read(file, key)
        const changed = next(turn, yield* Clock.currentTimeMillis)
        if (changed === undefined) return Option.none()
        if (yield* Effect.mapError(file.publish(version, encode(changed)), failureOf(key))) {
          const lease = Turn.leaseOf(changed, key, yield* Clock.currentTimeMillis)
          // whoever was stopped before the answer may find that it has ended
          return Option.liftPredicate(lease, ({ remaining }) =>
            Duration.greaterThan(remaining, Duration.zero)
          )
        }
      }
    })

  return {
    acquire: (key, holder, length) => change(key, (turn, now) => Turn.acquire(turn, holder, length, now)),
    renew: (lease, length: Duration.Duration) =>
      change(lease.key, (turn, now) => Turn.renew(turn, lease, length, now)),
    release: (lease) => Effect.asVoid(change(lease.key, (turn, now) => Turn.release(turn, lease, now))),
    remaining: (key) =>
      Effect.gen(function* () {
        const { turn } = yield* read(yield* fileOf(key), key)
        return Turn.remaining(turn, yield* Clock.currentTimeMillis)
      })
  }
}

const read = (
  file: VersionedFile,
  key: RecordKey
): Effect.Effect<{ readonly turn: Turn.Turn; readonly version: number }, StoreFailure> =>
  Effect.flatMap(Effect.mapError(file.read, failureOf(key)), ({ text, version }) =>
    version === 0
      ? Effect.succeed({ turn: Turn.none, version })
      : Option.match(decode(text), {
          onNone: () => Effect.fail(undecryptable(key)),
          onSome: (turn) => Effect.succeed({ turn, version })
        })
  )

/** A failure of the file system, as a failure of the store. */
export const failureOf =
  (key: RecordKey) =>
  (error: PlatformError | Undecided): StoreFailure =>
    error._tag === "Undecided" ? conflict(key) : unavailable(key)

const TurnText = Schema.parseJson(
  Schema.Struct({
    holder: Schema.String,
    fence: Schema.NonNegativeInt,
    until: Schema.Number
  })
)

const encode = Schema.encodeSync(TurnText)
const decode = Schema.decodeUnknownOption(TurnText)
