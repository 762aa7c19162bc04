/**
 * A token store whose contents are sealed.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Cipher } from "./TokenCipher.js"
import { TokenCipher } from "./TokenCipher.js"
import type { Loaded, Service, TokenRecord } from "./TokenStore.js"

export type {
  /**
   * What became of the records: sealed anew; sealed with the newest key already; removed meanwhile; changed by others each
   * time that they were come back to; not to be opened, by their keys. The old keys can go when neither of the last two
   * holds any.
   *
   * @since 0.1.0
   * @category models
   */
  Counts
} from "./internal/rekey.js"
export {
  /**
   * Seals every record of the store with the newest key, while others use the store. A record that somebody else changes
   * in the meantime is come back to. It can be stopped at any time: what was sealed anew stays so, and the next run begins
   * with what is left.
   *
   * @since 0.1.0
   * @category rotation
   */
  rekey
} from "./internal/rekey.js"

/**
 * A store in front of another, which seals each content for the version that it is saved under, and opens it when it is
 * loaded. It has leases if the other has.
 *
 * What does not open for the very key and version that were asked for is a `StoreFailure` "Undecryptable", which names
 * the record's key: a row that was swapped for another, a bit that was flipped, a key that is not known, an older content
 * under a newer version.
 *
 * @example
 * ```ts
 * import { SealedTokenStore, TokenCipher, TokenStore } from "effect-oauth"
 *
 * // a store of one's own, with leases
 * declare const store: TokenStore.LeasedService
 *
 * const StoreLive = TokenStore.layerLeased(SealedTokenStore.make(store))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <S extends Service>(store: S): Effect.Effect<S, never, TokenCipher> =>
  Effect.map(TokenCipher, (cipher) => seal(store, cipher))

/**
 * {@link make} with a cipher in hand.
 *
 * @since 0.1.0
 * @category constructors
 */
export const seal = <S extends Service>(store: S, cipher: Cipher): S => ({
  ...store,
  load: (key) =>
    Effect.flatMap(store.load(key), (loaded) =>
      Option.match(loaded.record, {
        onNone: () => Effect.succeed(loaded),
        onSome: (record) =>
          Effect.map(cipher.open(key, record.version, record.content), (opened): Loaded => ({
            version: loaded.version,
            record: Option.some<TokenRecord>({ ...record, ...opened, key })
          }))
      })
    ),
  save: (entry, expected) =>
    Effect.flatMap(cipher.seal(entry.key, expected + 1, entry.content), (content) =>
      store.save({ ...entry, content }, expected)
    )
})
