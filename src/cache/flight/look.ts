/**
 * What a flight does before it asks a server: it looks at the store, takes its turn, and looks again.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import type { LeasedService } from "../../store/TokenStore.js"
import type { AccessToken } from "../../token/AccessToken.js"
import { isExpiredAt, isSameValue } from "../../token/AccessToken.js"
import type { StoreFailure } from "../../token/TokenError.js"
import { TransientFailure } from "../../token/TokenError.js"
import * as State from "../CacheState.js"
import { instant, nameOf } from "../TokenStatus.js"
import { remember } from "./course.js"
import type { Ground } from "./ground.js"
import type { Kept } from "./kept.js"
import { heldOf } from "./kept.js"
import type { Found } from "./place.js"
import * as Turn from "./turn.js"

/** What a look comes to: a token to adopt, or the record to ask the server with. */
export type Looked =
  | { readonly _tag: "Adopt"; readonly token: AccessToken; readonly found: Found }
  | { readonly _tag: "Ask"; readonly found: Found }

/** Takes the turn for as long as the scope is open, unless there is a token to adopt. */
export const look = (ground: Ground): Effect.Effect<Looked, StoreFailure | TransientFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const first = yield* read(ground)
    if (first._tag === "Adopt") return first
    if (ground.settings.leases === undefined) return yield* mayAsk(ground, first.found)
    const meanwhile = yield* turn(ground, ground.settings.leases, first.found)
    if (meanwhile !== undefined) return meanwhile
    const second = yield* read(ground)
    return second._tag === "Adopt" ? second : yield* mayAsk(ground, second.found)
  })

/** What stands in the store, and whether its token is an answer to what the flight was started for. */
const read = (ground: Ground): Effect.Effect<Looked, StoreFailure> =>
  Effect.gen(function* () {
    const { course, load } = ground
    const found = yield* load
    const now = yield* Clock.currentTimeMillis
    const { held } = yield* Ref.get(course.state)
    const { token } = found.kept
    if (token === undefined || isExpiredAt(token, now)) return { _tag: "Ask", found }
    const last = held?.accessToken
    if (last?._tag === "Some" && !isSuccessor(token, last.value)) return { _tag: "Ask", found }
    const { isRefresh, startedAt } = course.flight
    const isTooOld = isRefresh && DateTime.toEpochMillis(token.issuedAt) < startedAt
    return isTooOld ? { _tag: "Ask", found } : { _tag: "Adopt", token, found }
  })

/** One that is older than what this cache has had, as after an outage, is no answer to a refusal of the newer one. */
const isSuccessor = (token: AccessToken, last: AccessToken): boolean =>
  !isSameValue(token, last) && DateTime.greaterThanOrEqualTo(token.issuedAt, last.issuedAt)

/**
 * Waits for the turn, and for what the one who has it may bring: as long as something happens to the record, or one who has
 * died and one who succeeds him may still be at it.
 */
const turn = (
  ground: Ground,
  leases: LeasedService,
  first: Found
): Effect.Effect<Looked | undefined, StoreFailure | TransientFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const { course, id, place, settings } = ground
    const patience = 2 * (settings.lease + course.policy.deadline)
    let { version } = first
    // counted by what was slept, since a clock may be set back
    let waited = 0
    let pause = firstPause
    while (!(yield* Turn.take(leases, settings, place.key, id))) {
      if (waited >= patience) {
        return yield* new TransientFailure({
          provider: nameOf(course),
          reason: "Timeout",
          retryAt: DateTime.unsafeMake(yield* Clock.currentTimeMillis),
          description: "another process has its turn at the refresh and does not come to an end"
        })
      }
      const jittered = pause * (0.8 + 0.4 * (yield* Random.next))
      yield* Effect.sleep(Duration.millis(jittered))
      waited += jittered
      pause = Math.min(pause * 1.5, longestPause)
      const looked = yield* read(ground)
      if (looked._tag === "Adopt") return looked
      if (looked.found.version !== version) {
        version = looked.found.version
        waited = 0
      }
    }
    return undefined
  })

const firstPause = 20
const longestPause = 250

/**
 * Whether the record may be asked with. One with a mark was presented, and its answer never came to be kept: whoever
 * did it has died, or is slow, or has lost the answer. Within the server's grace period it is presented again at once;
 * else only when there is no token to go on with and nobody can be at work on it any more.
 */
const mayAsk = (ground: Ground, found: Found): Effect.Effect<Looked, StoreFailure | TransientFailure> =>
  Effect.gen(function* () {
    const { course, grant, settings } = ground
    const { mark } = found.kept
    const now = yield* Clock.currentTimeMillis
    if (grant.replay === "safe" || mark === undefined || isWithinGrace(ground, found.kept, now)) {
      return { _tag: "Ask", found }
    }
    const { expiresAt, stored, token } = yield* Ref.get(course.state)
    const usableUntil = token === undefined ? now : expiresAt
    // without leases there is no other process that could be at work
    const patience = (settings.leases === undefined ? 0 : settings.lease) + course.policy.deadline
    if (usableUntil - now > patience) {
      // no window that would outlive the token in hand: it may be refused before it expires
      yield* remember(course, (state) => State.doubted(state, heldOf(found.kept), mark.at))
      return yield* new TransientFailure({
        provider: nameOf(course),
        reason: "NoAnswer",
        retryAt: DateTime.unsafeMake(now),
        description: `a refresh token was presented at ${DateTime.formatIso(instant(mark.at))} and its answer was not saved; it is not presented again while there is a valid access token`
      })
    }
    // of its own attempts this cache knows that they have come to their end
    const idleAt = stored.mark === mark.id ? now : Math.min(mark.at, now) + patience
    let left = Math.max(idleAt, usableUntil) - now
    let latest = found
    while (left > 0) {
      const pause = Math.min(longestPause, left)
      yield* Effect.sleep(Duration.millis(pause))
      left -= pause
      const looked = yield* read(ground)
      if (looked._tag === "Adopt") return looked
      latest = looked.found
      if (latest.kept.mark?.id !== mark.id) return yield* mayAsk(ground, latest)
    }
    return { _tag: "Ask", found: latest }
  })

const isWithinGrace = ({ grant }: Ground, { lostAt, mark }: Kept, now: number): boolean =>
  grant.gracePeriod !== undefined && now < (lostAt ?? mark?.at ?? now) + Duration.toMillis(grant.gracePeriod)
