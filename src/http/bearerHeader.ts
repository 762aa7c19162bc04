/**
 * The header that carries a token, computed once for each token.
 */
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../token/AccessToken.js"
import { header } from "../token/AccessToken.js"

/** A field line (RFC 9110 §5) with the credential in plain text. */
export interface FieldLine {
  readonly name: string
  readonly value: string
  /** Whether the value is a valid header value. Some clients throw on an invalid one, with the value in the message. */
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
