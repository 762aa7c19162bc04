/**
 * Saves what the server granted, now or as soon as the store is available again.
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import { conflict } from "../../store/failure.js"
import type { StoreFailure, TokenError } from "../../token/TokenError.js"
import * as State from "../CacheState.js"
import type { Received } from "../refresh/attempt.js"
import { isHeaderValue, runToCompletion } from "../refresh/attempt.js"
import { reportOutage } from "../refresh/complete.js"
import { updateState } from "../refresh/RefreshContext.js"
import type { GrantRecord } from "./grantRecord.js"
import { Overtaken, replace, updateSync } from "./grantRecord.js"
import type { StoredGrant, Versioned } from "./StoredGrant.js"
import { empty } from "./StoredGrant.js"

/** Saves a token response. If the store is unavailable, a single-use grant is saved in the background. */
export const persist = (
  record: GrantRecord,
  lastSeen: Ref.Ref<Versioned<StoredGrant>>,
  { grantState, refreshIn, token }: Received
): Effect.Effect<void, StoreFailure | Overtaken> =>
  Effect.gen(function* () {
    const { context, grant, key, refreshId, settings } = record
    const startedAt = yield* Clock.currentTimeMillis
    const { value: stored, version } = yield* Ref.get(lastSeen)
    const { seenRefreshTokens } = stored
    const next: StoredGrant = {
      ...empty,
      token: isHeaderValue(token.value) ? token : undefined,
      refreshIn,
      refreshToken: Option.getOrUndefined(grantState.refreshToken),
      seenRefreshTokens
    }
    const save = saveResponse(record, lastSeen, next)
    // Until the save is known to have succeeded, memory counts as newer than the record.
    yield* updateSync(record, {
      version,
      intent: refreshId,
      isSettled: false,
      isAhead: true,
      seenRefreshTokens
    })
    yield* Effect.catchTags(save, {
      Removed: () => conflict(key),
      StoreFailure: (error) =>
        Effect.gen(function* () {
          yield* reportOutage(context, error)
          if (grant.replay === "safe") return
          // A closing scope runs nothing in the background, so the save gets the rest of its time here.
          if (context.isClosed()) {
            yield* saveWithin(save, startedAt + settings.timeout - (yield* Clock.currentTimeMillis))
          } else context.fork(saveInBackground(save, settings.timeout))
        })
    })
  })

/** The record was removed during the exchange, as by a logout: what was granted must not be stored again (S29). */
class Removed extends Data.TaggedError("Removed") {}

type Save = Effect.Effect<void, StoreFailure | Overtaken | Removed>

/** Saves a response once. A record that another process has replaced stays, and one that was removed stays removed. */
const saveResponse = (
  record: GrantRecord,
  lastSeen: Ref.Ref<Versioned<StoredGrant>>,
  next: StoredGrant
): Save =>
  Effect.gen(function* () {
    const isSaved = yield* replace(record, lastSeen, next)
    const { value: stored, version } = yield* Ref.get(lastSeen)
    if (!isSaved && stored === empty && record.grant.replay === "once") return yield* new Removed()
    yield* markInSync(record, version)
    if (!isSaved) return yield* new Overtaken()
  })

/** Lets the record count from now on, unless a later flight has written its own intent. */
const markInSync = ({ context, refreshId }: GrantRecord, version: number): Effect.Effect<void> =>
  updateState(context, (state) =>
    state.recordSync.intent !== undefined && state.recordSync.intent !== refreshId
      ? state
      : State.withRecordSync(state, { version, intent: undefined, isSettled: false, isAhead: false })
  )

/** Retries until the store is available again. A rotated refresh token is in memory only, so a closing scope tries once more. */
const saveInBackground = (save: Save, timeout: number): Effect.Effect<void> =>
  retryUntilSaved(save).pipe(
    Effect.onInterrupt(() => runToCompletion(saveWithin(save, timeout))),
    Effect.ignore
  )

const saveWithin = (save: Save, millis: number): Effect.Effect<void> =>
  retryUntilSaved(save).pipe(Effect.timeout(Duration.millis(millis)), Effect.ignore)

const retryUntilSaved = (save: Save): Save =>
  Effect.retry(save, { schedule: backoff, while: ({ _tag }) => _tag === "StoreFailure" })

const backoff = Schedule.delayed(Schedule.exponential("100 millis"), (delay) =>
  Duration.min(delay, Duration.seconds(2))
)

/**
 * Ends a grant that the server rejected for good. If another process or a login has replaced the record meanwhile, its
 * grant is tried instead (S28).
 */
export const endGrant = (
  record: GrantRecord,
  lastSeen: Ref.Ref<Versioned<StoredGrant>>,
  error: TokenError
): Effect.Effect<never, TokenError | Overtaken> =>
  Effect.gen(function* () {
    const { context, refreshId } = record
    const { value: stored, version } = yield* Ref.get(lastSeen)
    const { lostAt, seenRefreshTokens } = stored
    const ended: StoredGrant = { ...empty, lostAt, isEnded: true, seenRefreshTokens }
    const isUnchanged = yield* Effect.catchTag(replace(record, lastSeen, ended), "StoreFailure", (failure) =>
      Effect.gen(function* () {
        yield* reportOutage(context, failure)
        // The response is known although it could not be saved, so the intent is not in doubt.
        yield* updateSync(record, { version, intent: refreshId, isSettled: true, isAhead: false })
        return true
      })
    )
    return yield* isUnchanged ? error : new Overtaken()
  })
