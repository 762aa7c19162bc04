/**
 * A refresh that processes share through a token store.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import { conflict } from "../../store/failure.js"
import type { AccessToken } from "../../token/AccessToken.js"
import type { Grant } from "../../token/Grant.js"
import type { StoreFailure, TokenError } from "../../token/TokenError.js"
import * as State from "../CacheState.js"
import type { Settings } from "../CacheStore.js"
import { reportOutage, succeed } from "../refresh/complete.js"
import type { RefreshContext } from "../refresh/RefreshContext.js"
import { updateState } from "../refresh/RefreshContext.js"
import * as Policy from "../RefreshPolicy.js"
import { coordinate } from "./coordinate.js"
import { exchange } from "./exchange.js"
import type { GrantRecord } from "./grantRecord.js"
import * as Record from "./grantRecord.js"
import type { StoredGrant, Versioned } from "./StoredGrant.js"
import { grantStateOf } from "./StoredGrant.js"

/**
 * Adopts the token that the store has, or takes the lease and exchanges the stored grant. If the store is unavailable, it
 * runs `inMemory` where the grant allows that.
 */
export const sharedRefresh = (
  context: RefreshContext,
  grant: Grant,
  settings: Settings,
  inMemory: Effect.Effect<void, TokenError>
): Effect.Effect<void, TokenError> =>
  Effect.gen(function* () {
    const record = yield* Record.make(context, grant, settings)
    yield* Effect.scoped(adoptOrExchange(record, inMemory)).pipe(
      Effect.retry({ times: 10, while: ({ _tag }) => _tag === "Overtaken" }),
      Effect.catchTag("Overtaken", () => conflict(record.key))
    )
  })

const adoptOrExchange = (record: GrantRecord, inMemory: Effect.Effect<void, TokenError>) =>
  Effect.matchEffect(coordinate(record), {
    onSuccess: (decision) =>
      decision._tag === "Adopt"
        ? adopt(record, decision.token, decision.found)
        : exchange(record, decision.found),
    onFailure: (error) =>
      error._tag === "StoreFailure"
        ? Effect.zipRight(reportOutage(record.context, error), withoutStore(record, inMemory, error))
        : Effect.fail(error)
  })

const withoutStore = (
  { context, grant, settings }: GrantRecord,
  inMemory: Effect.Effect<void, TokenError>,
  error: StoreFailure
): Effect.Effect<void, TokenError> =>
  Effect.gen(function* () {
    if (grant.replay === "safe") return yield* inMemory
    const { grantState } = yield* Ref.get(context.state)
    // An initial refresh token may have been rotated by an earlier run, and only the store has its successor.
    const isCurrent = grantState !== undefined || grant.seed === undefined
    if (!settings.refreshWithoutLease || !isCurrent) return yield* error
    yield* Ref.update(context.state, State.aheadOfRecord)
    yield* inMemory
  })

const adopt = (
  { context }: GrantRecord,
  token: AccessToken,
  { value: stored, version }: Versioned<StoredGrant>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const askedAt = DateTime.toEpochMillis(token.issuedAt)
    const expiresAt = DateTime.toEpochMillis(token.expiresAt)
    const random = yield* Random.next
    const { refreshIn } = stored
    // An intent may be that of another process at work, and says nothing about the token.
    const grantState = grantStateOf({ ...stored, intent: undefined, lostAt: undefined })
    const recordSync = { version, intent: undefined, isSettled: false, isAhead: false }
    yield* updateState(context, (state) =>
      State.withRecordSync(State.withGrantState(state, grantState), recordSync)
    )
    const refreshAt = Policy.refreshAt(context.policy, { askedAt, expiresAt, refreshIn }, random)
    yield* succeed(context, { token, refreshAt }, true)
  })
