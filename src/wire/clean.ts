/**
 * What a server says, made fit for an error: no control characters, no known secret, no great length.
 *
 * @since 0.1.0
 */
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import { formEncode } from "./requestBody.js"

/** The text without control characters and line breaks, with every known secret blotted out, cut to `most` characters. */
export const clean = (text: string, secrets: ReadonlyArray<Redacted.Redacted>, most: number): string => {
  const known = spellingsOf(secrets)
  const head = text.slice(0, most + window)
  const isWhole = head.length === text.length
  // a secret that is interspersed with control characters stands there whole once they are gone
  const joined = head.replace(unprintable, "")
  const isInterspersed = known.some((secret) => joined.includes(secret))
  const plain = isWhole && !isInterspersed ? head.replace(unprintable, " ") : joined
  const blotted = known.reduce((text, secret) => text.replaceAll(secret, "<redacted>"), plain)
  // at the end of what was looked at there may stand the beginning of a secret
  const longest = Math.max(0, ...known.map((secret) => secret.length))
  const certain = isWhole ? blotted : blotted.slice(0, Math.max(0, blotted.length - longest))
  const short = certain.trim().slice(0, most).replace(halfCharacter, "")
  const isCut = !isWhole || short.length < certain.trim().length
  return isCut && short !== "" ? `${short}…` : short
}

/** How much more of a text is looked at than is shown: what a server says may be of any length. */
const window = 8_192

// a lone surrogate, a bidirectional override or an invisible letter is no better in a log than a control character
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu

const halfCharacter = /[\uD800-\uDBFF]$/

/** Secrets as a server may say them back, the longest first, without what {@link clean} takes away. */
const spellingsOf = (secrets: ReadonlyArray<Redacted.Redacted>): ReadonlyArray<string> =>
  [...new Set(secrets.flatMap((secret) => spellings(Redacted.value(secret).replace(/\p{Cs}/gu, "\uFFFD"))))]
    .map((spelling) => spelling.replace(unprintable, ""))
    .filter((spelling) => spelling !== "")
    .sort((a, b) => b.length - a.length)

/** As it is, percent-encoded, form-encoded, within JSON, within HTML, in base64. */
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
