/**
 * The header that a token stands in: worked out once for each token, as it goes with many requests.
 */
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../token/AccessToken.js"
import { header } from "../token/AccessToken.js"

/** A field line (RFC 9110 §5), the credential in the clear. */
export interface FieldLine {
  readonly name: string
  readonly value: string
  /** Some clients throw at a value that no header can have, with the value in the message. */
  readonly isSendable: boolean
}

export const fieldLine = (token: AccessToken): FieldLine => {
  const known = lines.get(token)
  if (known !== undefined) return known
  const [name, redacted] = header(token)
  const value = Redacted.value(redacted)
  const line = { name, value, isSendable: fieldValue.test(value) }
  lines.set(token, line)
  return line
}

const lines = new WeakMap<AccessToken, FieldLine>()

// RFC 9110 §5.5
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/
