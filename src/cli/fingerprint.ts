import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"

/**
 * What can be shown in a secret's place: the first eight digits of its SHA-256, enough to tell two tokens apart and
 * of no use to anybody else.
 */
export const fingerprint = (secret: Redacted.Redacted): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() =>
      globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(Redacted.value(secret)))
    ),
    (digest) => Encoding.encodeHex(new Uint8Array(digest, 0, 4))
  )
