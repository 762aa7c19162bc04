import * as Duration from "effect/Duration"

/** The members of a JSON object or the fields of a form, by name. */
export type Members = Readonly<Record<string, unknown>>

/**
 * Parses a body as a JSON object or a form; `undefined` if it is neither. The body itself tells which, since servers
 * often send a wrong `Content-Type`.
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

/** Whether a value is an object, but neither an array nor null. */
export const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The value at a path of member names joined by dots, or `undefined`. */
export const valueAt = (members: Members, path: string): unknown => {
  let value: unknown = members
  for (const name of path.split(".")) {
    if (!isMembers(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

/** Whether a value is missing, null, a blank string, or an empty array or object. */
export const isBlank = (value: unknown): boolean => {
  if (typeof value === "string") return value.trim() === ""
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0
  return value === undefined || value === null
}

/** The string at a path, unless it is blank. */
export const textAt = (members: Members, path: string): string | undefined => {
  const value = valueAt(members, path)
  return typeof value === "string" && !isBlank(value) ? value : undefined
}

/** The first string at one of the paths that is not blank. */
export const firstTextAt = (members: Members, paths: ReadonlyArray<string>): string | undefined => {
  for (const path of paths) {
    const text = textAt(members, path)
    if (text !== undefined) return text
  }
  return undefined
}

/** The seconds at a path, as a number or as digits; `undefined` for other values and for less than a millisecond. */
export const secondsAt = (members: Members, path: string): Duration.Duration | undefined => {
  const seconds = toNumber(valueAt(members, path))
  const millis = Number.isFinite(seconds) ? Math.min(Math.floor(seconds * 1000), maxMillis) : 0
  return millis > 0 ? Duration.millis(millis) : undefined
}

const toNumber = (value: unknown): number => {
  if (typeof value === "number") return value
  return typeof value === "string" && decimal.test(value.trim()) ? Number(value) : 0
}

const decimal = /^\d+(\.\d+)?$/

/** The largest number of milliseconds that a `Date` can hold. */
const maxMillis = 8.64e15

/**
 * The scopes at a path, sanitized: an array, or a string separated by spaces (RFC 6749 §3.3) or, if it has no space, by
 * commas.
 */
export const scopesAt = (
  members: Members,
  path: string,
  sanitizeText: (text: string) => string
): ReadonlyArray<string> | undefined => {
  const value = valueAt(members, path)
  // An array is joined first, since a secret that the server echoes may be spread over several of its elements.
  const text = Array.isArray(value) ? value.filter((scope) => typeof scope === "string").join(" ") : value
  if (typeof text !== "string") return undefined
  // The last scope of a truncated text is incomplete.
  return splitScopes(sanitizeText(text)).filter((scope) => scope !== "" && !scope.endsWith("…"))
}

const splitScopes = (text: string): ReadonlyArray<string> =>
  text.split(/\s/.test(text) ? /\s+,?\s*|,\s+/ : ",")
