/**
 * The record of one cache's grant in the token store, as one shared refresh reads and writes it.
 */
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import { digest } from "../../store/digest.js"
import { conflict, unavailable, undecryptable } from "../../store/failure.js"
import type { RecordKey } from "../../store/TokenStore.js"
import { isSameValue } from "../../token/AccessToken.js"
import { endAfter } from "../../token/deadline.js"
import type { Grant } from "../../token/Grant.js"
import type { StoreFailure } from "../../token/TokenError.js"
import type { CacheState, RecordSync } from "../CacheState.js"
import * as State from "../CacheState.js"
import type { Settings } from "../CacheStore.js"
import type { RefreshContext } from "../refresh/RefreshContext.js"
import { updateState } from "../refresh/RefreshContext.js"
import type { StoredGrant, Versioned } from "./StoredGrant.js"
import { decode, empty, encode, fromRefreshToken } from "./StoredGrant.js"

export interface GrantRecord {
  readonly context: RefreshContext
  readonly grant: Grant
  readonly settings: Settings
  readonly key: RecordKey
  /** Identifies this refresh as the holder of its lease and the author of its intents. It is not secret. */
  readonly refreshId: string
  /** Loads the record as it is stored. */
  readonly load: Effect.Effect<Versioned<StoredGrant>, StoreFailure>
  /** Loads the record, and picks the grant to use from it and from memory. */
  readonly loadAndPick: Effect.Effect<Versioned<StoredGrant>, StoreFailure>
  readonly save: (
    stored: StoredGrant,
    expectedVersion: number
  ) => Effect.Effect<Option.Option<number>, StoreFailure>
}

/** Another process changed the record during this refresh, which has to start over. */
export class Overtaken extends Data.TaggedError("Overtaken") {}

export const make = (context: RefreshContext, grant: Grant, settings: Settings): Effect.Effect<GrantRecord> =>
  Effect.gen(function* () {
    const { store } = settings
    const key = yield* recordKey(context, grant)
    const load = withinTimeout(key, settings, store.load(key)).pipe(
      Effect.flatMap(({ record, version }) =>
        Option.match(record, {
          onNone: () => Effect.succeed({ version, value: empty }),
          onSome: (record) =>
            Option.match(decode(record), {
              onNone: () => Effect.fail(undecryptable(key)),
              onSome: (value) => Effect.succeed({ version, value })
            })
        })
      )
    )
    const initial = yield* initialRefreshToken(grant)
    const loadAndPick = Effect.zipWith(load, Ref.get(context.state), (found, state) => ({
      version: found.version,
      value: pickGrant(found, state, initial)
    }))
    const save: GrantRecord["save"] = (stored, expectedVersion) =>
      withinTimeout(key, settings, store.save(encode(key, stored), expectedVersion))
    const refreshId = Encoding.encodeHex(globalThis.crypto.getRandomValues(new Uint8Array(16)))
    return { context, grant, settings, key, refreshId, load, loadAndPick, save }
  })

/** Ends a store operation at the store's timeout, without waiting for it to be interrupted. */
export const withinTimeout = <A>(
  key: RecordKey,
  { timeout }: Settings,
  operation: Effect.Effect<A, StoreFailure>
): Effect.Effect<A, StoreFailure> =>
  endAfter(
    timeout,
    Effect.failSync(() => unavailable(key))
  )(Effect.disconnect(Effect.catchAllDefect(operation, () => unavailable(key))))

/** Identifies the record by everything that distinguishes its token from others, secrets excepted (L14). */
const recordKey = (
  { provider, storedAs, tenant }: RefreshContext,
  { identity }: Grant
): Effect.Effect<RecordKey> => {
  const id = JSON.stringify([provider, storedAs ?? null, identity ?? null])
  return Effect.map(
    id.length <= maxIdLength
      ? Effect.succeed(id)
      : Effect.map(digest(id), (idDigest) => `sha256:${idDigest}`),
    (id) => ({ provider, tenant, id })
  )
}

// A PostgreSQL index takes at most 2,700 bytes.
const maxIdLength = 512

interface InitialRefreshToken {
  readonly value: Redacted.Redacted
  readonly digest: string
}

const initialRefreshToken = ({ seed }: Grant): Effect.Effect<InitialRefreshToken | undefined> =>
  Effect.gen(function* () {
    if (seed === undefined) return undefined
    return { value: seed, digest: yield* digest(Redacted.value(seed)) }
  })

/**
 * Picks the grant to use: an initial refresh token that was not seen before, else memory if it is newer than the record,
 * else the record.
 */
const pickGrant = (
  { value: stored, version }: Versioned<StoredGrant>,
  { grantState, recordSync }: CacheState,
  initial: InitialRefreshToken | undefined
): StoredGrant => {
  const isOwnIntent = recordSync.intent !== undefined && recordSync.intent === stored.intent?.id
  const isUnchanged = isOwnIntent || recordSync.version === undefined || recordSync.version === version
  const isAhead = recordSync.isAhead && isUnchanged
  const seenHere = (isAhead && recordSync.seenRefreshTokens) || []
  const seenRefreshTokens = [...new Set([...stored.seenRefreshTokens, ...seenHere])]
  if (initial !== undefined && !seenRefreshTokens.includes(initial.digest)) {
    return fromRefreshToken(initial.value, initial.digest, { ...stored, seenRefreshTokens })
  }
  if (isOwnIntent && recordSync.isSettled) return { ...stored, intent: undefined }
  if (isAhead && grantState !== undefined) {
    return {
      ...empty,
      token: Option.getOrUndefined(grantState.accessToken),
      refreshToken: Option.getOrUndefined(grantState.refreshToken),
      lostAt: Option.getOrUndefined(Option.map(grantState.presentedAt, DateTime.toEpochMillis)),
      seenRefreshTokens
    }
  }
  return stored
}

/** Remembers what this process knows of the record. */
export const updateSync = ({ context }: GrantRecord, recordSync: RecordSync): Effect.Effect<void> =>
  updateState(context, (state) => State.withRecordSync(state, recordSync))

/**
 * Saves a grant over the one that this refresh saw last, even if that has a new version meanwhile, as after a rekey.
 * Returns false if another process has replaced it; `lastSeen` is the replacement then.
 */
export const replace = (
  record: GrantRecord,
  lastSeen: Ref.Ref<Versioned<StoredGrant>>,
  next: StoredGrant
): Effect.Effect<boolean, StoreFailure> =>
  Effect.gen(function* () {
    for (let tries = 0; tries < maxConflicts; tries++) {
      const { value: expected, version } = yield* Ref.get(lastSeen)
      const saved = yield* record.save(next, version)
      if (Option.isSome(saved)) {
        yield* Ref.set(lastSeen, { version: saved.value, value: next })
        return true
      }
      const found = yield* record.load
      const isSame = isSameGrant(record, expected, found.value)
      yield* Ref.set(lastSeen, isSame ? { version: found.version, value: expected } : found)
      if (!isSame) return false
    }
    return yield* conflict(record.key)
  })

// Each conflict takes a rekey between a load and the save after it.
const maxConflicts = 10

/** Whether a loaded grant is the expected one, with or without an intent of this refresh. */
const isSameGrant = ({ refreshId }: GrantRecord, expected: StoredGrant, found: StoredGrant): boolean =>
  (found.intent?.id === refreshId || found.intent?.id === expected.intent?.id) &&
  (found.token === undefined || expected.token === undefined
    ? found.token === expected.token
    : isSameValue(found.token, expected.token))
