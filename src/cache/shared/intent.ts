/**
 * The write-ahead intent of a single-use grant: the record says that a refresh token is being sent before it is sent, so
 * that a process that dies in between leaves a trace.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type { StoreFailure } from "../../token/TokenError.js"
import * as State from "../CacheState.js"
import { reportOutage } from "../refresh/complete.js"
import { updateState } from "../refresh/RefreshContext.js"
import type { GrantRecord } from "./grantRecord.js"
import { Overtaken, replace, updateSync } from "./grantRecord.js"
import type { StoredGrant, Versioned } from "./StoredGrant.js"
import { grantStateOf, unconfirmedSince } from "./StoredGrant.js"

/** Writes the intent. It fails if the record has changed, or if the write took so long that the lease may have expired. */
export const writeIntent = (
  record: GrantRecord,
  lastSeen: Ref.Ref<Versioned<StoredGrant>>
): Effect.Effect<void, StoreFailure | Overtaken> =>
  Effect.gen(function* () {
    const { refreshId, save, settings } = record
    const { value: stored, version } = yield* Ref.get(lastSeen)
    const at = yield* Clock.currentTimeMillis
    const intent = { id: refreshId, at }
    const intended: StoredGrant = { ...stored, intent, lostAt: unconfirmedSince(stored) }
    // A write that fails may have taken effect, so the intent is remembered before it is written.
    yield* rememberIntent(record)
    const saved = yield* save(intended, version)
    if (Option.isNone(saved)) return yield* new Overtaken()
    yield* Ref.set(lastSeen, { version: saved.value, value: intended })
    // After so long another process may hold the lease and have sent the refresh token. The lease was renewed a third of
    // its length before the write at worst.
    if ((yield* Clock.currentTimeMillis) - at >= settings.lease / 2) return yield* new Overtaken()
    yield* updateSync(record, { version: saved.value, intent: refreshId, isSettled: false, isAhead: false })
  })

/** Leaves the rest as it is: memory that is newer than the record stays so. */
const rememberIntent = ({ context, refreshId }: GrantRecord): Effect.Effect<void> =>
  updateState(context, (state) =>
    State.withRecordSync(state, { ...state.recordSync, intent: refreshId, isSettled: true })
  )

/** Makes memory newer than the record, since the grant is about to be sent without an intent. */
export const proceedWithoutIntent = (
  { context, refreshId }: GrantRecord,
  { value: stored, version }: Versioned<StoredGrant>
): Effect.Effect<void> =>
  updateState(context, (state) =>
    State.withRecordSync(State.withGrantState(state, grantStateOf(stored)), {
      version,
      intent: refreshId,
      isSettled: false,
      isAhead: true,
      seenRefreshTokens: stored.seenRefreshTokens
    })
  )

/** Restores the record after a request that never reached the server, unless another process has changed it. */
export const clearIntent = (
  record: GrantRecord,
  lastSeen: Ref.Ref<Versioned<StoredGrant>>,
  before: StoredGrant
): Effect.Effect<void, Overtaken> =>
  Effect.gen(function* () {
    const { context, refreshId } = record
    const { version } = yield* Ref.get(lastSeen)
    yield* updateSync(record, { version, intent: refreshId, isSettled: true, isAhead: false })
    const isUnchanged = yield* Effect.catchTag(replace(record, lastSeen, before), "StoreFailure", (error) =>
      Effect.as(reportOutage(context, error), true)
    )
    if (!isUnchanged) return yield* new Overtaken()
    yield* Ref.update(lastSeen, ({ version }) => ({ version, value: before }))
  })
