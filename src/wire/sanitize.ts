import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import { formEncode } from "./requestBody.js"

/**
 * Makes a server's text safe for errors and logs: without control characters and line breaks, with every known secret
 * redacted, and truncated to `maxLength` characters.
 */
export const sanitize = (
  text: string,
  secrets: ReadonlyArray<Redacted.Redacted>,
  maxLength: number
): string => {
  const known = spellingsOf(secrets)
  const head = text.slice(0, maxLength + lookahead)
  const isWhole = head.length === text.length
  // Removing control characters completes a secret that is interspersed with them, so it is searched for afterwards.
  const joined = head.replace(unprintable, "")
  const isInterspersed = known.some((secret) => joined.includes(secret))
  const plain = isWhole && !isInterspersed ? head.replace(unprintable, " ") : joined
  const redacted = known.reduce((text, secret) => text.replaceAll(secret, "<redacted>"), plain)
  // The head may end in the first part of a secret, which was not recognized: as much as the longest secret is dropped.
  const longest = Math.max(0, ...known.map((secret) => secret.length))
  const safe = isWhole ? redacted : redacted.slice(0, Math.max(0, redacted.length - longest))
  const truncated = safe.trim().slice(0, maxLength).replace(halfCharacter, "")
  const isTruncated = !isWhole || truncated.length < safe.trim().length
  return isTruncated && truncated !== "" ? `${truncated}…` : truncated
}

/** How many more characters are examined than are shown. The rest is ignored, since a text may be of any length. */
const lookahead = 8_192

// Lone surrogates, bidirectional overrides and invisible characters corrupt a log just as control characters do.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu

const halfCharacter = /[\uD800-\uDBFF]$/

/** The encodings in which a server may echo the secrets, the longest first, without the characters that are removed. */
const spellingsOf = (secrets: ReadonlyArray<Redacted.Redacted>): ReadonlyArray<string> =>
  [...new Set(secrets.flatMap((secret) => spellings(Redacted.value(secret).replace(/\p{Cs}/gu, "\uFFFD"))))]
    .map((spelling) => spelling.replace(unprintable, ""))
    .filter((spelling) => spelling !== "")
    .sort((a, b) => b.length - a.length)

const spellings = (secret: string): ReadonlyArray<string> => {
  const encoded = [encodeURIComponent(secret), formEncode(secret)]
  const json = JSON.stringify(secret).slice(1, -1)
  return [
    secret,
    ...encoded,
    ...encoded.map((text) => text.replace(/%../g, (octet) => octet.toLowerCase())),
    json,
    json.replaceAll("/", "\\/"),
    json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
    secret.replace(/[&<>"']/g, (character) => htmlEntities[character] ?? character),
    Encoding.encodeBase64(secret).replace(/=+$/, ""),
    Encoding.encodeBase64Url(secret)
  ]
}

const htmlEntities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}
