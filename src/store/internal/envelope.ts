/** A sealed content: a JWE (RFC 7516) in its flattened JSON serialization, encrypted directly with a key of its header. */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Schema from "effect/Schema"
import type { FlattenedJWE } from "jose"
import { FlattenedEncrypt, flattenedDecrypt } from "jose"
import type { RecordKey } from "../TokenStore.js"
import type { ImportedKey } from "./keyRing.js"

const alg = "dir"
const enc = "A256GCM"

/**
 * What a content is bound to, beside its key: in another row, or under another version, it does not open. JSON keeps the
 * fields apart, so that no field can pass for a part of another.
 */
const bound = ({ id, provider, tenant }: RecordKey, version: number): string =>
  JSON.stringify(["effect-oauth", 1, provider, tenant ?? null, id, version])

/** Seals a content. The additional authenticated data is left out: who opens it knows it, or must not open it. */
export const seal = async (
  { id, key }: ImportedKey,
  record: RecordKey,
  version: number,
  content: string
): Promise<string> => {
  const encoder = new TextEncoder()
  const {
    ciphertext,
    iv,
    protected: header,
    tag
  } = await new FlattenedEncrypt(encoder.encode(content))
    .setProtectedHeader({ alg, enc, kid: id })
    .setAdditionalAuthenticatedData(encoder.encode(bound(record, version)))
    .encrypt(key)
  return JSON.stringify({ protected: header, iv, ciphertext, tag })
}

/** Opens a content. Rejects where anything at all is amiss. */
export const open = async (
  keys: ReadonlyArray<ImportedKey>,
  record: RecordKey,
  version: number,
  sealed: string
): Promise<{ readonly content: string; readonly sealedWith: string }> => {
  const jwe: FlattenedJWE = {
    ...Either.getOrThrow(decode(sealed)),
    aad: Encoding.encodeBase64Url(bound(record, version))
  }
  const resolved: { key: ImportedKey | undefined } = { key: undefined }
  const { plaintext } = await flattenedDecrypt(
    jwe,
    (header) => {
      resolved.key = keys.find(({ id }) => id === header?.kid)
      if (resolved.key === undefined) throw new Error("the key is not known")
      return resolved.key.key
    },
    { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] }
  )
  if (resolved.key === undefined) throw new Error("no key was asked for")
  return { content: new TextDecoder().decode(plaintext), sealedWith: resolved.key.id }
}

const Envelope = Schema.parseJson(
  Schema.Struct({
    protected: Schema.String,
    iv: Schema.String,
    ciphertext: Schema.String,
    tag: Schema.String
  })
)

const decode = Schema.decodeEither(Envelope)
