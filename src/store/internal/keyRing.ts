/**
 * The keys of a cipher as one setting: `id:key,id:key`, the newest first, each key 32 bytes in base64url. What is wrong
 * with it is said by place, never by value: who swaps id and key must not read the key in an error.
 */
import type * as Array from "effect/Array"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import { ConfigurationIssue, InvalidConfiguration } from "../../token/TokenError.js"

/**
 * A key of 32 bytes in base64url. The id stands in what is sealed, in the clear.
 *
 * @since 0.1.0
 * @category models
 */
export interface SecretKey {
  readonly id: string
  readonly secret: Redacted.Redacted
}

/** A key that is ready for use. It cannot be read out of it. */
export interface ImportedKey {
  readonly id: string
  readonly key: CryptoKey
}

const idOf32 = /^[\w.-]{1,32}$/
const keyLength = 32

/** The keys in the text of a setting, as far as they are told apart. */
export const parse = (text: Redacted.Redacted): ReadonlyArray<SecretKey> =>
  Redacted.value(text)
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "")
    .map((member) => {
      const colon = member.indexOf(":")
      return { id: member.slice(0, Math.max(colon, 0)), secret: Redacted.make(member.slice(colon + 1)) }
    })

/** Keys that are ready for use; fails with everything that is wrong with them. */
export const importKeys = (
  keys: ReadonlyArray<SecretKey>,
  path: string
): Effect.Effect<Array.NonEmptyReadonlyArray<ImportedKey>, InvalidConfiguration> =>
  Effect.gen(function* () {
    const [first, ...others] = keys
    if (first === undefined) return yield* invalid("Missing", [issue(path, "at least one key")])
    const issues = keys.flatMap((key, place) => issuesOf(key, keys, `${path}[${place}]`))
    if (issues.length > 0) return yield* invalid("Malformed", issues)
    return [yield* importKey(first), ...(yield* Effect.forEach(others, importKey))]
  })

/** The places at which a `Config` is missing or malformed; its messages, which may hold a value, are left behind. */
export const fromConfigError = (error: ConfigError.ConfigError): InvalidConfiguration => {
  const issues = issuesOfConfig(error)
  return invalid(issues.every(({ expected }) => expected === missing) ? "Missing" : "Malformed", issues)
}

const missing = "keys to seal the token store with; it is not set"

const issuesOfConfig = (error: ConfigError.ConfigError): ReadonlyArray<ConfigurationIssue> => {
  switch (error._op) {
    case "And":
    case "Or":
      return [...issuesOfConfig(error.left), ...issuesOfConfig(error.right)]
    case "MissingData":
      return [issue(error.path.join("."), missing)]
    case "InvalidData":
    case "Unsupported":
    case "SourceUnavailable":
      return [issue(error.path.join("."), "a value that can be read")]
  }
}

const issuesOf = (
  key: SecretKey,
  keys: ReadonlyArray<SecretKey>,
  path: string
): ReadonlyArray<ConfigurationIssue> => [
  ...(idOf32.test(key.id)
    ? []
    : [issue(path, "an id of 1 to 32 letters, digits, `.`, `_` or `-`, then `:` and the key")]),
  ...(bytesOf(key.secret)?.length === keyLength ? [] : [issue(path, "a key of 32 bytes in base64url")]),
  ...(keys.find(({ id }) => id === key.id) === key ? [] : [issue(path, "an id that no other key has")])
]

const bytesOf = (secret: Redacted.Redacted): Uint8Array<ArrayBuffer> | undefined =>
  Either.match(Encoding.decodeBase64Url(Redacted.value(secret)), {
    onLeft: () => undefined,
    onRight: (bytes) => new Uint8Array(bytes)
  })

const importKey = ({ id, secret }: SecretKey): Effect.Effect<ImportedKey> =>
  Effect.map(
    Effect.promise(() =>
      globalThis.crypto.subtle.importKey("raw", bytesOf(secret) ?? new Uint8Array(), "AES-GCM", false, [
        "encrypt",
        "decrypt"
      ])
    ),
    (key) => ({ id, key })
  )

const issue = (path: string, expected: string): ConfigurationIssue =>
  new ConfigurationIssue({ path, expected })

const invalid = (
  reason: InvalidConfiguration["reason"],
  issues: ReadonlyArray<ConfigurationIssue>
): InvalidConfiguration => new InvalidConfiguration({ provider: "token store", reason, issues })
