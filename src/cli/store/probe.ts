/**
 * Whether a store takes turns and keeps what is saved in it, tried on a record that nobody else has. Of it there remains its
 * version.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { seal } from "../../store/SealedTokenStore.js"
import type { Cipher } from "../../store/TokenCipher.js"
import type { LeasedService, RecordKey, Service } from "../../store/TokenStore.js"
import type { StoreFailure } from "../../token/TokenError.js"
import type { Problem } from "../Problem.js"
import { fromTokenError } from "../Problem.js"
import type { Finding } from "../checklist.js"

/** The key that is tried on. There is one, so that checks leave one version behind and not many. */
export const probeKey: RecordKey = {
  provider: "effect-oauth",
  tenant: undefined,
  id: "effect-oauth store check"
}

/** Acquires a lease, renews it, and releases it. */
export const takeLease = (store: LeasedService): Effect.Effect<Finding, Problem> =>
  Effect.gen(function* () {
    const lease = yield* store.acquire(probeKey, freshName(), turn)
    if (Option.isNone(lease)) return yield* Effect.fail(busy)
    const renewed = yield* store.renew(lease.value, turn)
    if (Option.isNone(renewed)) return yield* Effect.fail(lost)
    yield* store.release(renewed.value)
    return turnTaken
  }).pipe(Effect.mapError((error) => ("_tag" in error ? fromTokenError(error) : error)))

const turnTaken: Finding = { text: "a lease is acquired, renewed and released" }

const turn = Duration.seconds(10)

const freshName = (): string =>
  `effect-oauth store check ${Encoding.encodeHex(globalThis.crypto.getRandomValues(new Uint8Array(8)))}`

const busy: Problem = {
  tag: "NoTurn",
  reason: "Busy",
  message: "another process holds the lease: another check, or one that was killed",
  remedy: "Try again in ten seconds."
}

const lost: Problem = {
  tag: "NoTurn",
  reason: "Lost",
  message: "a lease of ten seconds expired before it was renewed",
  remedy: "The store is too slow for any process to keep its lease. See what slows it down."
}

/** Saves a record, loads it, saves it once more after a wrong version, and removes it. */
export const writeProbe = (store: LeasedService, cipher: Cipher): Effect.Effect<Finding, Problem> =>
  Effect.gen(function* () {
    // what a check left that was ended by force is replaced; it need not open
    const { version: before } = yield* store.load(probeKey)
    const sealed = seal(store, cipher)
    const content = Redacted.make(freshName())
    const saved = yield* save(sealed, content, before)
    const isKept = yield* Effect.ensuring(
      comesBack(sealed, content, before, saved),
      // a check that fails leaves no more behind than one that passes
      Effect.ignore(Effect.flatMap(Effect.fromNullable(saved), (version) => store.remove(probeKey, version)))
    )
    const { record } = yield* store.load(probeKey)
    return isKept && Option.isNone(record) ? written : yield* Effect.fail(notKept)
  }).pipe(Effect.mapError((error) => ("_tag" in error ? fromTokenError(error) : error)))

const save = (
  store: Service,
  content: Redacted.Redacted,
  after: number
): Effect.Effect<number | undefined, StoreFailure> =>
  Effect.flatMap(DateTime.now, (now) =>
    Effect.map(
      store.save({ key: probeKey, content, expiresAt: Option.some(now), presentedAt: Option.none() }, after),
      Option.getOrUndefined
    )
  )

const comesBack = (
  store: Service,
  content: Redacted.Redacted,
  before: number,
  saved: number | undefined
): Effect.Effect<boolean, StoreFailure> =>
  Effect.gen(function* () {
    if (saved !== before + 1) return false
    const isOverwritten = (yield* save(store, content, before)) !== undefined
    const { record } = yield* store.load(probeKey)
    return (
      !isOverwritten &&
      Option.exists(record, (found) => Redacted.value(found.content) === Redacted.value(content))
    )
  })

const written: Finding = { text: "a record is saved, loaded and removed" }

const notKept: Problem = {
  tag: "NotKept",
  reason: "Changed",
  message: "the store did not keep what was saved",
  remedy:
    "Unless another check is under way: what stands behind the store changes it, such as a copy that lags behind, or a network file system."
}
