/**
 * Reading a server's body, whatever it claims to be.
 *
 * @since 0.1.0
 */

import * as Duration from "effect/Duration"

/** A body as an object of members. */
export type Members = Readonly<Record<string, unknown>>

/**
 * The members of a body that is a JSON object or a form, by its looks: what its `Content-Type` says is often wrong.
 * Nothing where it is neither.
 */
export const parse = (body: string): Members | undefined => {
  const text = body.trim()
  if (text.startsWith("{")) return parseJson(text)
  return looksLikeForm.test(text) ? Object.fromEntries(new URLSearchParams(text)) : undefined
}

const looksLikeForm = /^[\w.%~+[\]-]+=[^<>]*$/

const parseJson = (text: string): Members | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isMembers(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether a value is an object of members: neither a list nor null. */
export const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** What stands at a path of member names joined by dots; nothing where the path leads nowhere. */
export const at = (members: Members, path: string): unknown => {
  let value: unknown = members
  for (const name of path.split(".")) {
    if (!isMembers(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

/** Whether nothing is meant by a value: it is left out, null, or an empty text, list or object. */
export const isBlank = (value: unknown): boolean => {
  if (typeof value === "string") return value.trim() === ""
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0
  return value === undefined || value === null
}

/** A text with something in it. */
export const textAt = (members: Members, path: string): string | undefined => {
  const value = at(members, path)
  return typeof value === "string" && !isBlank(value) ? value : undefined
}

/** The first text with something in it. */
export const firstTextAt = (members: Members, paths: ReadonlyArray<string>): string | undefined => {
  for (const path of paths) {
    const text = textAt(members, path)
    if (text !== undefined) return text
  }
  return undefined
}

/** A number of seconds, given as a number or as digits, that comes to a millisecond at least; anything else says nothing. */
export const secondsAt = (members: Members, path: string): Duration.Duration | undefined => {
  const value = at(members, path)
  const seconds =
    typeof value === "number"
      ? value
      : typeof value === "string" && decimal.test(value.trim())
        ? Number(value)
        : 0
  const millis = Number.isFinite(seconds) ? Math.min(Math.floor(seconds * 1000), longest) : 0
  return millis > 0 ? Duration.millis(millis) : undefined
}

const decimal = /^\d+(\.\d+)?$/

/** As many milliseconds as a date can tell. */
const longest = 8.64e15

/**
 * Scopes as a list, or as a text with spaces between them (RFC 6749 §3.3) or, where there is none, commas; all of them are
 * made fit to be shown first.
 */
export const scopesAt = (
  members: Members,
  path: string,
  fit: (text: string) => string
): ReadonlyArray<string> | undefined => {
  const value = at(members, path)
  // as one text: a list may be long, and what it says back may stand in several of its texts
  const text = Array.isArray(value) ? value.filter((scope) => typeof scope === "string").join(" ") : value
  if (typeof text !== "string") return undefined
  // where a text was cut, its last scope is not whole
  return split(fit(text)).filter((scope) => scope !== "" && !scope.endsWith("…"))
}

const split = (text: string): ReadonlyArray<string> => text.split(/\s/.test(text) ? /\s+,?\s*|,\s+/ : ",")
