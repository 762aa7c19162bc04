/**
 * What seals the contents of a token store, so that neither its files nor a dump of its database give a token away.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { InvalidConfiguration, StoreFailure } from "../token/TokenError.js"
import * as Envelope from "./internal/envelope.js"
import { undecryptable } from "./failure.js"
import type { SecretKey } from "./internal/keyRing.js"
import { fromConfigError, importKeys, parse } from "./internal/keyRing.js"
import type { RecordKey } from "./TokenStore.js"

/**
 * Seals and opens contents, each bound to its record's key and version: what was sealed for one row opens in no other,
 * and an older content does not open as a newer one.
 *
 * `newest` is the id of the key that seals, if one does.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cipher {
  readonly newest: string | undefined
  readonly seal: (
    key: RecordKey,
    version: number,
    content: Redacted.Redacted
  ) => Effect.Effect<Redacted.Redacted>
  readonly open: (
    key: RecordKey,
    version: number,
    sealed: Redacted.Redacted
  ) => Effect.Effect<Opened, StoreFailure>
}

/**
 * A content, and the id of the key that it was sealed with, if it was.
 *
 * @since 0.1.0
 * @category models
 */
export interface Opened {
  readonly content: Redacted.Redacted
  readonly sealedWith: string | undefined
}

export type {
  /**
   * A key of 32 bytes in base64url. The id stands in what is sealed, in the clear.
   *
   * @since 0.1.0
   * @category models
   */
  SecretKey
} from "./internal/keyRing.js"

/**
 * The tag of the {@link Cipher}. Every store that outlives the process asks for it: one that keeps plain text comes to be
 * with {@link layerPlainText} alone.
 *
 * @since 0.1.0
 * @category tags
 */
export class TokenCipher extends Context.Tag("effect-oauth/TokenCipher")<TokenCipher, Cipher>() {}

/**
 * AES-256-GCM. The first key seals, and each of them opens what it has sealed.
 *
 * Fails with `InvalidConfiguration`, which names every key that is wrong by its place.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (keys: ReadonlyArray<SecretKey>): Effect.Effect<Cipher, InvalidConfiguration> =>
  makeAt(keys, "keys")

/**
 * {@link make} as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (keys: ReadonlyArray<SecretKey>): Layer.Layer<TokenCipher, InvalidConfiguration> =>
  Layer.effect(TokenCipher, make(keys))

/**
 * The keys from `Config`: `OAUTH_STORE_KEYS`, unless another one is given, in the form `id:key,id:key`, the newest first.
 * Fails with `InvalidConfiguration` where there is none.
 *
 * @example
 * ```ts
 * import { TokenCipher } from "effect-oauth"
 * import * as Config from "effect/Config"
 *
 * // OAUTH_STORE_KEYS=2027-01:<32 bytes in base64url>,2026-07:<32 bytes in base64url>
 * const CipherLive = TokenCipher.layerConfig()
 *
 * const OtherCipherLive = TokenCipher.layerConfig(Config.redacted("GRANTS_KEYS"))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  keys: Config.Config<Redacted.Redacted> = Config.redacted(setting)
): Layer.Layer<TokenCipher, InvalidConfiguration> =>
  Layer.effect(
    TokenCipher,
    Effect.flatMap(Effect.mapError(keys, fromConfigError), (text) => makeAt(parse(text), setting))
  )

const setting = "OAUTH_STORE_KEYS"

const makeAt = (keys: ReadonlyArray<SecretKey>, path: string): Effect.Effect<Cipher, InvalidConfiguration> =>
  Effect.map(importKeys(keys, path), (imported) => ({
    newest: imported[0].id,
    seal: (key, version, content) =>
      Effect.promise(() => Envelope.seal(imported[0], key, version, Redacted.value(content))).pipe(
        Effect.map(Redacted.make)
      ),
    open: (key, version, sealed) =>
      Effect.tryPromise({
        try: () => Envelope.open(imported, key, version, Redacted.value(sealed)),
        catch: () => undecryptable(key)
      }).pipe(Effect.map(({ content, sealedWith }) => ({ content: Redacted.make(content), sealedWith })))
  }))

/**
 * No cipher: contents rest as they are, for whoever reads the file or the database. It neither opens what was sealed nor
 * passes for something sealed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const plainText: Cipher = {
  newest: undefined,
  seal: (_key, _version, content) => Effect.sync(() => Redacted.make(plain + Redacted.value(content))),
  open: (key, _version, sealed) =>
    Effect.suspend(() => {
      const text = Redacted.value(sealed)
      return text.startsWith(plain)
        ? Effect.succeed({ content: Redacted.make(text.slice(plain.length)), sealedWith: undefined })
        : Effect.fail(undecryptable(key))
    })
}

const plain = "plain text:"

/**
 * {@link plainText} as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPlainText: Layer.Layer<TokenCipher> = Layer.succeed(TokenCipher, plainText)
