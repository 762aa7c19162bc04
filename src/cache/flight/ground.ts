/**
 * One flight on one record: what its steps go by.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import { digest } from "../../store/digest.js"
import type { Grant } from "../../token/Grant.js"
import type { StoreFailure } from "../../token/TokenError.js"
import type { Settings } from "../CacheStore.js"
import type { CacheState } from "../CacheState.js"
import type { Course } from "./course.js"
import type { Kept } from "./kept.js"
import * as KeptGrant from "./kept.js"
import type { Found, Place } from "./place.js"
import * as PlaceOf from "./place.js"

export interface Ground {
  readonly course: Course
  readonly grant: Grant
  readonly settings: Settings
  readonly place: Place
  /** Of this flight: who holds its lease, and whose marks its marks are. */
  readonly id: string
  /** What stands at the place, as this cache has to take it. */
  readonly load: Effect.Effect<Found, StoreFailure>
}

/** Somebody else has changed the record in the midst: it has to be looked at again. */
export class Overtaken extends Data.TaggedError("Overtaken") {}

export const make = (course: Course, grant: Grant, settings: Settings): Effect.Effect<Ground> =>
  Effect.gen(function* () {
    const place = yield* PlaceOf.make(course, grant, settings)
    const seed = grant.seed
    const begun = seed === undefined ? undefined : { seed, digest: yield* digest(Redacted.value(seed)) }
    const load = Effect.zipWith(place.load, Ref.get(course.state), ({ kept, version }, state) => ({
      version,
      kept: inForce({ version, kept }, state, begun)
    }))
    // names a holder, and keeps nothing secret
    const id = Encoding.encodeHex(globalThis.crypto.getRandomValues(new Uint8Array(16)))
    return { course, grant, settings, place, id, load }
  })

interface Begun {
  readonly seed: Redacted.Redacted
  readonly digest: string
}

/** What is held came after what stands in the store, or a new seed does; else it is as it stands. */
const inForce = ({ kept, version }: Found, { held, stored }: CacheState, begun: Begun | undefined): Kept => {
  const isOurMark = stored.mark !== undefined && stored.mark === kept.mark?.id
  const isUnchanged = isOurMark || stored.version === undefined || stored.version === version
  const isStale = stored.isStale && isUnchanged
  const seeds = [...new Set([...kept.seeds, ...((isStale && stored.seeds) || [])])]
  const isNewSeed = begun !== undefined && !seeds.includes(begun.digest)
  if (isNewSeed) return KeptGrant.begin(begun.seed, begun.digest, { ...kept, seeds })
  if (isOurMark && stored.isSettled) return { ...kept, mark: undefined }
  if (isStale && held !== undefined) {
    return {
      ...KeptGrant.nothing,
      token: Option.getOrUndefined(held.accessToken),
      refreshToken: Option.getOrUndefined(held.refreshToken),
      lostAt: Option.getOrUndefined(Option.map(held.presentedAt, DateTime.toEpochMillis)),
      seeds
    }
  }
  return kept
}
