import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"

/**
 * A key as a name: the SHA-256 digest of its id, in hex. Ids of any length and with any characters are names of one
 * length then, with nothing of a path in them, and two of them are not told apart by case alone.
 */
export const digest = (id: string): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(id))),
    (bytes) => Encoding.encodeHex(new Uint8Array(bytes))
  )

/** Whether a name is a key's. */
export const isDigest = (name: string): boolean => /^[0-9a-f]{64}$/.test(name)
