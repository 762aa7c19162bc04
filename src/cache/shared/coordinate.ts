/**
 * Coordinates a refresh with other processes: adopts a token that one of them has saved, or takes the lease.
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
import { updateState } from "../refresh/RefreshContext.js"
import { instant, nameOf } from "../status.js"
import type { GrantRecord } from "./grantRecord.js"
import { takeLease } from "./lease.js"
import type { StoredGrant, Versioned } from "./StoredGrant.js"
import { grantStateOf } from "./StoredGrant.js"

/** What to do with the record: adopt its token, or exchange its grant for a new one. */
export type Decision =
  | { readonly _tag: "Adopt"; readonly token: AccessToken; readonly found: Versioned<StoredGrant> }
  | { readonly _tag: "Exchange"; readonly found: Versioned<StoredGrant> }

/** Holds the lease until the scope closes, unless there is a token to adopt. */
export const coordinate = (
  record: GrantRecord
): Effect.Effect<Decision, StoreFailure | TransientFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const { leases } = record.settings
    const first = yield* decide(record)
    if (first._tag === "Adopt") return first
    if (leases === undefined) return yield* waitForIntent(record, first.found)
    const adopted = yield* waitForLease(record, leases, first.found)
    if (adopted !== undefined) return adopted
    const second = yield* decide(record)
    return second._tag === "Adopt" ? second : yield* waitForIntent(record, second.found)
  })

/** Loads the record, and adopts its token if that is what the flight was started for. */
const decide = (record: GrantRecord): Effect.Effect<Decision, StoreFailure> =>
  Effect.gen(function* () {
    const { flight, state } = record.context
    const found = yield* record.loadAndPick
    const now = yield* Clock.currentTimeMillis
    const { grantState } = yield* Ref.get(state)
    const { token } = found.value
    if (token === undefined || isExpiredAt(token, now)) return { _tag: "Exchange", found }
    const last = grantState?.accessToken
    if (last?._tag === "Some" && !isSuccessor(token, last.value)) return { _tag: "Exchange", found }
    const isTooOld = flight.isRefresh && DateTime.toEpochMillis(token.issuedAt) < flight.startedAt
    return isTooOld ? { _tag: "Exchange", found } : { _tag: "Adopt", token, found }
  })

/** A stored token may be older than the last one here, as after an outage, and must not replace it after a 401. */
const isSuccessor = (token: AccessToken, last: AccessToken): boolean =>
  !isSameValue(token, last) && DateTime.greaterThanOrEqualTo(token.issuedAt, last.issuedAt)

/**
 * Waits for the lease, or for a token that its holder saves. It gives up once the record has not changed for twice as long
 * as a lease and a request last, since a holder that died and the next one may both need that long.
 */
const waitForLease = (
  record: GrantRecord,
  leases: LeasedService,
  first: Versioned<StoredGrant>
): Effect.Effect<Decision | undefined, StoreFailure | TransientFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const { context, key, refreshId, settings } = record
    const patience = 2 * (settings.lease + context.policy.deadline)
    let { version } = first
    // The time slept is added up, since a clock may be set back.
    let waited = 0
    let pause = firstPause
    while (!(yield* takeLease(leases, settings, key, refreshId))) {
      if (waited >= patience) {
        return yield* new TransientFailure({
          provider: nameOf(context),
          reason: "Timeout",
          retryAt: DateTime.unsafeMake(yield* Clock.currentTimeMillis),
          description: "another process holds the lease and does not finish its refresh"
        })
      }
      const jittered = pause * (0.8 + 0.4 * (yield* Random.next))
      yield* Effect.sleep(Duration.millis(jittered))
      waited += jittered
      pause = Math.min(pause * 1.5, longestPause)
      const decision = yield* decide(record)
      if (decision._tag === "Adopt") return decision
      if (decision.found.version !== version) {
        version = decision.found.version
        waited = 0
      }
    }
    return undefined
  })

const firstPause = 20
const longestPause = 250

/**
 * Waits until the grant may be sent. A record with an intent was sent and its response was not saved: its process has died,
 * is slow, or lost the response. The grant is sent again at once within the server's grace period; otherwise only when no
 * valid token is left and no process can still be at work on it.
 */
const waitForIntent = (
  record: GrantRecord,
  found: Versioned<StoredGrant>
): Effect.Effect<Decision, StoreFailure | TransientFailure> =>
  Effect.gen(function* () {
    const { context, grant, settings } = record
    const { intent } = found.value
    const now = yield* Clock.currentTimeMillis
    if (grant.replay === "safe" || intent === undefined || isWithinGrace(record, found.value, now)) {
      return { _tag: "Exchange", found }
    }
    const { expiresAt, recordSync, token } = yield* Ref.get(context.state)
    const usableUntil = token === undefined ? now : expiresAt
    // Without leases no other process can be at work.
    const patience = (settings.leases === undefined ? 0 : settings.lease) + context.policy.deadline
    if (usableUntil - now > patience) {
      // The window ends at once: one that outlived the token in hand would block a refresh after a 401.
      yield* updateState(context, (state) =>
        State.markedUnconfirmed(state, grantStateOf(found.value), intent.at)
      )
      return yield* new TransientFailure({
        provider: nameOf(context),
        reason: "NoAnswer",
        retryAt: DateTime.unsafeMake(now),
        description: `the refresh token was sent at ${DateTime.formatIso(instant(intent.at))} and the response was not saved; it is not sent again while the access token is valid`
      })
    }
    // This process knows that its own attempts have ended.
    const idleAt = recordSync.intent === intent.id ? now : Math.min(intent.at, now) + patience
    let left = Math.max(idleAt, usableUntil) - now
    let latest = found
    while (left > 0) {
      const pause = Math.min(longestPause, left)
      yield* Effect.sleep(Duration.millis(pause))
      left -= pause
      const decision = yield* decide(record)
      if (decision._tag === "Adopt") return decision
      latest = decision.found
      if (latest.value.intent?.id !== intent.id) return yield* waitForIntent(record, latest)
    }
    return { _tag: "Exchange", found: latest }
  })

const isWithinGrace = ({ grant }: GrantRecord, { intent, lostAt }: StoredGrant, now: number): boolean =>
  grant.gracePeriod !== undefined &&
  now < (lostAt ?? intent?.at ?? now) + Duration.toMillis(grant.gracePeriod)
