/**
 * Settings for people to read.
 */
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"

/** Settings as text, but for those that are secret. Of parameters, only the names are told. */
export const shown = (settings: object): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(settings).flatMap(([name, value]) => lines(name, value)))

const lines = (name: string, value: unknown): ReadonlyArray<readonly [string, string]> => {
  if (value === undefined || Redacted.isRedacted(value)) return []
  if (name === "parameters") return [[name, Object.keys(value as object).join(" ")]]
  if (Duration.isDuration(value)) return [[name, Duration.format(value)]]
  if (Array.isArray(value)) return [[name, value.map((member) => plain(String(member))).join(" ")]]
  if (Predicate.isRecord(value)) {
    return Object.entries(value).flatMap(([member, value]) => lines(`${name}.${member}`, value))
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? [[name, plain(String(value))]]
    : []
}

/** A URL without the places at which secrets stand in some, were it even one that its setting refuses. */
const plain = (text: string): string =>
  /^\w+:\/\//.test(text) ? text.replace(/\/\/.*@/s, "//").replace(/[?#].*/s, "") : text
