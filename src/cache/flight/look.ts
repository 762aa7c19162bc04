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
import { instant, nameOf } from "../status.js"
import type { Ground } from "./ground.js"
import type { Kept } from "./kept.js"
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
    if (ground.settings.leases === undefined) return yield* settled(ground, first.found)
    const meanwhile = yield* turn(ground, ground.settings.leases, first.found)
    if (meanwhile !== undefined) return meanwhile
    const second = yield* read(ground)
    return second._tag === "Adopt" ? second : yield* settled(ground, second.found)
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
    if (last?._tag === "Some" && isSameValue(last.value, token)) return { _tag: "Ask", found }
    const { isRefresh, startedAt } = course.flight
    const isTooOld = isRefresh && DateTime.toEpochMillis(token.issuedAt) < startedAt
    return isTooOld ? { _tag: "Ask", found } : { _tag: "Adopt", token, found }
  })

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
    let changedAt = yield* Clock.currentTimeMillis
    for (let delay = firstPause; !(yield* Turn.take(leases, settings, place.key, id));) {
      const now = yield* Clock.currentTimeMillis
      if (now - changedAt >= patience) {
        return yield* new TransientFailure({
          provider: nameOf(course),
          reason: "Timeout",
          retryAt: DateTime.unsafeMake(now),
          description: "another process has its turn at the refresh and does not come to an end"
        })
      }
      yield* Effect.sleep(Duration.millis(delay * (0.8 + 0.4 * (yield* Random.next))))
      delay = Math.min(delay * 1.5, longestPause)
      const looked = yield* read(ground)
      if (looked._tag === "Adopt") return looked
      if (looked.found.version !== version) {
        version = looked.found.version
        changedAt = now
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
const settled = (ground: Ground, found: Found): Effect.Effect<Looked, StoreFailure | TransientFailure> =>
  Effect.gen(function* () {
    const { course, grant, settings } = ground
    const { mark } = found.kept
    const now = yield* Clock.currentTimeMillis
    if (grant.replay === "safe" || mark === undefined || isWithinGrace(ground, found.kept, now)) {
      return { _tag: "Ask", found }
    }
    const { expiresAt, stored, token } = yield* Ref.get(course.state)
    const usableUntil = token === undefined ? now : expiresAt
    const patience = settings.lease + course.policy.deadline
    if (usableUntil - now > patience) {
      return yield* new TransientFailure({
        provider: nameOf(course),
        reason: "NoAnswer",
        retryAt: instant(expiresAt),
        description: `a refresh token was presented at ${DateTime.formatIso(instant(mark.at))} and its answer was not saved; it is not presented again while there is a valid access token`
      })
    }
    // of its own attempts this cache knows that they have come to their end
    const idleAt = stored?.mark === mark.id ? now : Math.min(mark.at, now) + patience
    const askAt = Math.max(idleAt, usableUntil)
    for (let at = now; at < askAt; at = yield* Clock.currentTimeMillis) {
      yield* Effect.sleep(Duration.millis(Math.min(longestPause, askAt - at)))
      const looked = yield* read(ground)
      if (looked._tag === "Adopt") return looked
      if (looked.found.kept.mark?.id !== mark.id) return yield* settled(ground, looked.found)
      found = looked.found
    }
    return { _tag: "Ask", found }
  })

const isWithinGrace = ({ grant }: Ground, { lostAt, mark }: Kept, now: number): boolean =>
  grant.gracePeriod !== undefined && now < (lostAt ?? mark?.at ?? now) + Duration.toMillis(grant.gracePeriod)
