/**
 * The prefixes of one's own: those that are given, and those that a variable lists.
 */
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import { readVariable } from "./readVariables.js"
import { prefixList } from "./variables.js"

interface Prefixes {
  readonly prefixes: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
}

export const prefixes = (given: ReadonlyArray<string>): Effect.Effect<Prefixes> =>
  Effect.map(readVariable(prefixList), (reading) => {
    const listed =
      reading._tag === "Set" ? reading.value.split(/[\s,]+/).filter((prefix) => prefix !== "") : []
    const usable = (prefix: string) => /^[A-Za-z]\w*$/.test(prefix) && !taken.includes(prefix.toUpperCase())
    const all = [...given, ...listed].map((prefix) => prefix.replace(/_+$/, ""))
    // a provider is named by its prefix, in lower case
    const prefixes = Array.dedupeWith(all.filter(usable), (a, b) => a.toLowerCase() === b.toLowerCase())
    const warnings = [
      ...(all.every(usable)
        ? []
        : [`a prefix is letters, digits and _, and neither ${taken.join(" nor ")}; others are left out`]),
      ...(new Set(all.filter(usable)).size === prefixes.length
        ? []
        : ["of prefixes that differ by case alone, the first counts"])
    ]
    return { prefixes, warnings: warnings.map((warning) => `${prefixList}: ${warning}`) }
  })

/** Prefixes that have a meaning already. */
const taken = ["AZURE", "AUTH0", "OAUTH2"]
