/**
 * Reads the settings of one provider from environment variables.
 */
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import type { Issue, Path } from "./issues.js"
import { pathText } from "./issues.js"
import type { Reading } from "./readVariables.js"
import { readVariable, readVariables } from "./readVariables.js"
import type { RawProvider, Source } from "./providerDefinition.js"
import type { Configurable, Variable } from "./variables.js"
import { allowLoopbackHttp, prefixList } from "./variables.js"

interface EnvironmentProvider extends RawProvider {
  /** Whether any of the provider's own variables is set. */
  readonly isMentioned: boolean
}

export const readProvider = (configurable: Configurable): Effect.Effect<EnvironmentProvider> =>
  Effect.map(readVariables([...configurable.variables.flatMap(namesOf), allowLoopbackHttp]), (readings) => {
    const read = [...configurable.variables, optIn].map((variable) => ({
      variable,
      ...effective(variable, readings)
    }))
    const { name, type } = configurable
    return {
      name,
      type,
      source: sourceOf(configurable, read),
      raw: Object.fromEntries(
        read.flatMap(({ reading, variable }) =>
          reading._tag === "Set" ? [[variable.setting, tidy(variable, reading.value)]] : []
        )
      ),
      issues: read.flatMap(({ reading, variable }): ReadonlyArray<Issue> =>
        reading._tag === "Unreadable"
          ? [{ path: [variable.setting], expected: "a variable that can be read" }]
          : []
      ),
      isMentioned: read.some(({ reading, variable }) => reading._tag !== "NotSet" && variable.shared !== true)
    }
  })

const optIn: Variable = {
  setting: "allow_loopback_http",
  name: allowLoopbackHttp,
  necessity: "optional",
  meaning: "",
  shared: true
}

const namesOf = ({ name, otherName }: Variable): ReadonlyArray<string> =>
  otherName === undefined ? [name] : [name, otherName]

/** The first of a variable's names that is set, or else its first name. */
const effective = (
  variable: Variable,
  readings: ReadonlyMap<string, Reading>
): { readonly name: string; readonly reading: Reading } => {
  const all = namesOf(variable).map((name) => ({ name, reading: readings.get(name) ?? notSet }))
  return all.find(({ reading }) => reading._tag !== "NotSet") ?? { name: variable.name, reading: notSet }
}

const notSet: Reading = { _tag: "NotSet" }

/** Microsoft's own libraries also accept the authority as a host without a scheme. */
const tidy = (variable: Variable, value: string): string =>
  variable.setting === "authority" && !value.includes("://") ? `https://${value}` : value

const sourceOf = (
  { name, variables }: Configurable,
  read: ReadonlyArray<{ readonly variable: Variable; readonly name: string }>
): Source => {
  const nameInSentence = (setting: string): string =>
    read.find(({ variable }) => variable.setting === setting)?.name ??
    variables.find((variable) => variable.setting === setting)?.name ??
    setting
  return {
    name: "environment",
    nameOf: ([setting, ...rest]: Path) =>
      setting === undefined ? name : pathText([nameInSentence(String(setting)), ...rest]),
    nameInSentence,
    positionOf: () => ""
  }
}

interface Prefixes {
  readonly prefixes: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
}

/** The prefixes that a program passes and those that a variable lists. */
export const readPrefixes = (given: ReadonlyArray<string>): Effect.Effect<Prefixes> =>
  Effect.map(readVariable(prefixList), (reading) => {
    const listed =
      reading._tag === "Set" ? reading.value.split(/[\s,]+/).filter((prefix) => prefix !== "") : []
    const usable = (prefix: string) =>
      /^[A-Za-z]\w*$/.test(prefix) && !reservedPrefixes.includes(prefix.toUpperCase())
    const all = [...given, ...listed].map((prefix) => prefix.replace(/_+$/, ""))
    // a provider is named by its prefix, in lower case
    const prefixes = Array.dedupeWith(all.filter(usable), (a, b) => a.toLowerCase() === b.toLowerCase())
    const warnings = [
      ...(all.every(usable)
        ? []
        : [
            `a prefix is letters, digits and _, and neither ${reservedPrefixes.join(" nor ")}; others are left out`
          ]),
      ...(new Set(all.filter(usable)).size === prefixes.length
        ? []
        : ["of prefixes that differ by case alone, the first counts"])
    ]
    return { prefixes, warnings: warnings.map((warning) => `${prefixList}: ${warning}`) }
  })

/** Prefixes that belong to built-in providers. */
const reservedPrefixes = ["AZURE", "AUTH0", "OAUTH2"]
