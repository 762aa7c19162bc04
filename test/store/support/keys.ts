import { TokenCipher } from "../../../src/store/TokenCipher.js"
import * as Cipher from "../../../src/store/TokenCipher.js"
import type { Entry, RecordKey } from "../../../src/store/TokenStore.js"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/** A key of 32 equal bytes. */
export const secretKey = (id: string, byte: number): Cipher.SecretKey => ({
  id,
  secret: Redacted.make(Encoding.encodeBase64Url(new Uint8Array(32).fill(byte)))
})

/** Seals with one key. */
export const SealedByOneKey = Layer.orDie(Cipher.layer([secretKey("a-key", 7)]))

/** The ciphers under which every store keeps its laws. */
export const ciphers: Readonly<Record<string, Layer.Layer<TokenCipher>>> = {
  "plain text": Cipher.layerPlainText,
  sealed: SealedByOneKey
}

export const recordKey = (id: string): RecordKey => ({ provider: "a-provider", tenant: "a-tenant", id })

export const entryOf = (key: RecordKey, content: string): Entry => ({
  key,
  content: Redacted.make(content),
  expiresAt: Option.none(),
  presentedAt: Option.none()
})
