/**
 * Refreshes a stored grant at the server: the intent is written before the request, and the response is saved after it.
 */
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { StoreFailure, TokenError } from "../../token/TokenError.js"
import { attempt, runToCompletion } from "../refresh/attempt.js"
import { reportOutage, succeed } from "../refresh/complete.js"
import { answerWasLost, schedule } from "../retry.js"
import type { GrantRecord, Overtaken } from "./grantRecord.js"
import { clearIntent, proceedWithoutIntent, writeIntent } from "./intent.js"
import { endGrant, persist } from "./persist.js"
import type { StoredGrant, Versioned } from "./StoredGrant.js"
import { previousOf } from "./StoredGrant.js"

/** Refreshes the stored grant. The caller holds its lease. */
export const exchange = (
  record: GrantRecord,
  found: Versioned<StoredGrant>
): Effect.Effect<void, TokenError | Overtaken> =>
  Effect.gen(function* () {
    const { context, grant } = record
    const lastSeen = yield* Ref.make(found)
    const needsIntent = grant.replay === "once" && !found.value.isEnded
    const exchanged = needsIntent ? exchangeOnce(record, lastSeen) : exchangeFreely(record, lastSeen)
    const overtaken = yield* (grant.replay === "safe" ? exchanged : runToCompletion(exchanged)).pipe(
      // Another attempt would be overtaken too, so this must not be retried.
      Effect.catchTag("Overtaken", (overtaken) => Effect.succeed(overtaken)),
      Effect.retry(schedule(context.policy, grant.replay))
    )
    if (overtaken !== undefined) return yield* overtaken
  })

/** Sends the request without an intent: the server accepts it any number of times, or the grant has ended anyway. */
const exchangeFreely = (
  record: GrantRecord,
  lastSeen: Ref.Ref<Versioned<StoredGrant>>
): Effect.Effect<void, TokenError | Overtaken> =>
  Effect.gen(function* () {
    const { context, grant } = record
    const { value: stored } = yield* Ref.get(lastSeen)
    const usableToken = yield* attempt(context, grant, previousOf(stored), (received) =>
      persist(record, lastSeen, received)
    )
    yield* succeed(context, usableToken)
  })

/** Writes the intent, sends the request, and saves the response. If the intent cannot be written, nothing is sent. */
const exchangeOnce = (
  record: GrantRecord,
  lastSeen: Ref.Ref<Versioned<StoredGrant>>
): Effect.Effect<void, TokenError | Overtaken> =>
  Effect.gen(function* () {
    const { context, grant } = record
    const before = yield* Ref.get(lastSeen)
    const hasIntent = yield* writeIntent(record, lastSeen).pipe(
      Effect.as(true),
      Effect.catchTag("StoreFailure", (error) => withoutIntent(record, before, error))
    )
    const hasResponse = yield* Ref.make(false)
    const usableToken = yield* attempt(context, grant, previousOf(before.value), (received) =>
      Effect.zipRight(Ref.set(hasResponse, true), persist(record, lastSeen, received))
    ).pipe(
      Effect.catchAll((error) =>
        Effect.gen(function* () {
          const isInDoubt = (yield* Ref.get(hasResponse)) || !hasIntent
          if (error._tag === "Overtaken" || isInDoubt || answerWasLost(error)) return yield* error
          if (error._tag === "ReauthorizationRequired") return yield* endGrant(record, lastSeen, error)
          yield* clearIntent(record, lastSeen, before.value)
          return yield* error
        })
      )
    )
    yield* succeed(context, usableToken)
  })

/** Goes on without an intent while the store is unavailable, if the settings allow that. */
const withoutIntent = (
  record: GrantRecord,
  before: Versioned<StoredGrant>,
  error: StoreFailure
): Effect.Effect<boolean, StoreFailure> =>
  Effect.gen(function* () {
    yield* reportOutage(record.context, error)
    if (!record.settings.refreshWithoutLease) return yield* error
    yield* proceedWithoutIntent(record, before)
    return false
  })
