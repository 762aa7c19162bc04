/**
 * The prefixes of one's own: those that are given, and those that a variable lists.
 */
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
    const usable = (prefix: string) => /^[A-Za-z]\w*$/.test(prefix) && !taken.includes(prefix)
    const all = [...given, ...listed].map((prefix) => prefix.replace(/_+$/, ""))
    return {
      prefixes: [...new Set(all.filter(usable))],
      warnings: all.every(usable)
        ? []
        : [
            `${prefixList}: a prefix is letters, digits and _, and neither ${taken.join(" nor ")}; others are left out`
          ]
    }
  })

/** Prefixes that have a meaning already. */
const taken = ["AZURE", "AUTH0", "OAUTH2"]
