/**
 * One cache's record in the token store.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { digest } from "../../store/digest.js"
import { unavailable, undecryptable } from "../../store/failure.js"
import type { RecordKey } from "../../store/TokenStore.js"
import { endAfter } from "../../token/deadline.js"
import type { Grant } from "../../token/Grant.js"
import type { StoreFailure } from "../../token/TokenError.js"
import type { Settings } from "../CacheStore.js"
import type { Course } from "./course.js"
import type { Kept } from "./kept.js"
import { decode, encode, nothing } from "./kept.js"

/** What stands at the place, and the version to save after. */
export interface Found {
  readonly version: number
  readonly kept: Kept
}

export interface Place {
  readonly key: RecordKey
  readonly load: Effect.Effect<Found, StoreFailure>
  readonly save: (kept: Kept, expected: number) => Effect.Effect<Option.Option<number>, StoreFailure>
}

/** The place of what a grant brings; each operation within the store's timeout. */
export const make = (course: Course, grant: Grant, settings: Settings): Effect.Effect<Place> =>
  Effect.map(recordKey(course, grant), (key) => {
    const { store } = settings
    return {
      key,
      load: Effect.flatMap(withinTimeout(key, settings, store.load(key)), ({ record, version }) =>
        Option.match(record, {
          onNone: () => Effect.succeed({ version, kept: nothing }),
          onSome: (record) =>
            Option.match(decode(record), {
              onNone: () => Effect.fail(undecryptable(key)),
              onSome: (kept) => Effect.succeed({ version, kept })
            })
        })
      ),
      save: (kept, expected) => withinTimeout(key, settings, store.save(encode(key, kept), expected))
    }
  })

/** A store that does not answer in time counts as one that cannot be reached; it is left to itself. */
export const withinTimeout = <A>(
  key: RecordKey,
  { timeout }: Settings,
  operation: Effect.Effect<A, StoreFailure>
): Effect.Effect<A, StoreFailure> =>
  endAfter(
    timeout,
    Effect.failSync(() => unavailable(key))
  )(Effect.disconnect(Effect.catchAllDefect(operation, () => unavailable(key))))

/** Everything that tells this token from others, but for secrets (L14). */
const recordKey = ({ provider, storedAs, tenant }: Course, { identity }: Grant): Effect.Effect<RecordKey> => {
  const id = JSON.stringify([provider, storedAs ?? null, identity ?? null])
  return Effect.map(
    id.length <= longestId ? Effect.succeed(id) : Effect.map(digest(id), (digest) => `sha256:${digest}`),
    (id) => ({ provider, tenant, id })
  )
}

// an index of PostgreSQL takes no more than 2,700 bytes
const longestId = 512
