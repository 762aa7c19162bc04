/**
 * Where tokens live beyond memory.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { StoreFailure } from "../token/TokenError.js"

/**
 * Whose record it is. `id` alone is the key; `provider` and `tenant` are for lists and errors, and are part of what a
 * cipher binds a content to. None of them holds a secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface RecordKey {
  readonly provider: string
  readonly tenant: string | undefined
  readonly id: string
}

/**
 * What is saved under a key. `content` is opaque to the store, and sealed by a cipher before it comes here. The instants
 * stand beside it so that a list can be read without opening anything: when the access token in it expires, and since
 * when what it holds is presented to a server, if it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry {
  readonly key: RecordKey
  readonly content: Redacted.Redacted
  readonly expiresAt: Option.Option<DateTime.Utc>
  readonly presentedAt: Option.Option<DateTime.Utc>
}

/**
 * An entry as it stands in the store. `version` counts the changes of its key from 1: every save takes the next number,
 * and a removal takes one too. It is never given twice, after a removal neither. `savedAt` is the store's own time, where
 * it has one.
 *
 * `sealedWith` is the id of the key that the content was found sealed with, where a cipher has opened it. A store itself
 * neither keeps nor tells it.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenRecord extends Entry {
  readonly version: number
  readonly savedAt: DateTime.Utc
  readonly sealedWith?: string | undefined
}

/**
 * A record without its content.
 *
 * @since 0.1.0
 * @category models
 */
export type Summary = Omit<TokenRecord, "content" | "sealedWith">

/**
 * What stands under a key: a version to save after, 0 if there never was a record, and the record unless it was removed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Loaded {
  readonly version: number
  readonly record: Option.Option<TokenRecord>
}

/**
 * Versioned records by key.
 *
 * - `load`: what stands under a key.
 * - `save`: compare-and-set. The entry is saved only where the key's version is the expected one, as `load` told it. Gives
 *   the new version, always the expected one plus 1, or nothing where somebody else was faster: then nothing has changed.
 * - `remove`: conditional likewise; whether the record is gone by it. A removal takes the next version as well, so that
 *   whoever still saves after the version that was removed does not bring the record back.
 * - `list`: every record without its content, in no particular order. What was removed is not in it.
 *
 * Where `save` or `remove` fails, the change may have come about all the same: `load` tells.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly load: (key: RecordKey) => Effect.Effect<Loaded, StoreFailure>
  readonly save: (entry: Entry, expected: number) => Effect.Effect<Option.Option<number>, StoreFailure>
  readonly remove: (key: RecordKey, expected: number) => Effect.Effect<boolean, StoreFailure>
  readonly list: Stream.Stream<Summary, StoreFailure>
}

/**
 * The tag of a token store: a {@link Service}.
 *
 * @since 0.1.0
 * @category tags
 */
export class TokenStore extends Context.Tag("effect-oauth/TokenStore")<TokenStore, Service>() {}

/**
 * Somebody's turn at a key, until it ends by the store's own time. `fence` grows with every turn of a key and is never
 * given twice.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  readonly key: RecordKey
  readonly holder: string
  readonly fence: number
  /** How long it still lasts, as of the answer of the store. */
  readonly remaining: Duration.Duration
}

/**
 * A store through which processes take turns.
 *
 * - `acquire`: a turn of this length, or nothing while another holder's lasts; the holder of a turn that lasts gets a new
 *   one as well, with a fence of its own, and the turn before it is over.
 * - `renew`: the same turn, of this length from now on; nothing where it has ended or somebody else had one since.
 * - `release`: ends the turn, unless it is over anyway.
 * - `remaining`: how long the turn of whoever has one still lasts; zero where nobody has one.
 *
 * @since 0.1.0
 * @category models
 */
export interface LeasedService extends Service {
  readonly acquire: (
    key: RecordKey,
    holder: string,
    length: Duration.Duration
  ) => Effect.Effect<Option.Option<Lease>, StoreFailure>
  readonly renew: (
    lease: Lease,
    length: Duration.Duration
  ) => Effect.Effect<Option.Option<Lease>, StoreFailure>
  readonly release: (lease: Lease) => Effect.Effect<void, StoreFailure>
  readonly remaining: (key: RecordKey) => Effect.Effect<Duration.Duration, StoreFailure>
}

/**
 * The tag of a store with leases: a {@link LeasedService}. A layer that gives it gives {@link TokenStore} as well.
 *
 * @since 0.1.0
 * @category tags
 */
export class LeasedTokenStore extends Context.Tag("effect-oauth/LeasedTokenStore")<
  LeasedTokenStore,
  LeasedService
>() {}

/**
 * A layer of a store without leases.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <E, R>(
  make: Effect.Effect<Service, E, R>
): Layer.Layer<TokenStore, E, Exclude<R, Scope.Scope>> => Layer.scoped(TokenStore, make)

/**
 * A layer of a store with leases, usable wherever a store is asked for.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerLeased = <E, R>(
  make: Effect.Effect<LeasedService, E, R>
): Layer.Layer<TokenStore | LeasedTokenStore, E, Exclude<R, Scope.Scope>> =>
  Layer.scopedContext(
    Effect.map(make, (store) => Context.make(TokenStore, store).pipe(Context.add(LeasedTokenStore, store)))
  )
