/**
 * What the environment says of one provider.
 */
import * as Effect from "effect/Effect"
import type { Mistake, Path } from "./mistakes.js"
import { pathText } from "./mistakes.js"
import type { Reading } from "./readVariables.js"
import { readVariables } from "./readVariables.js"
import type { Findings, Source } from "./recipe.js"
import type { Configurable, Variable } from "./variables.js"
import { allowLoopbackHttp } from "./variables.js"

interface Found extends Findings {
  /** Whether any of the provider's own variables is set. */
  readonly isWanted: boolean
}

export const isWanted = (found: Found): boolean => found.isWanted

export const findings = (configurable: Configurable): Effect.Effect<Found> =>
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
      mistakes: read.flatMap(({ reading, variable }): ReadonlyArray<Mistake> =>
        reading._tag === "Unreadable"
          ? [{ path: [variable.setting], expected: "a variable that can be read" }]
          : []
      ),
      isWanted: read.some(({ reading, variable }) => reading._tag !== "NotSet" && variable.shared !== true)
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

/** The first of a variable's names that is set; else the first. */
const effective = (
  variable: Variable,
  readings: ReadonlyMap<string, Reading>
): { readonly name: string; readonly reading: Reading } => {
  const all = namesOf(variable).map((name) => ({ name, reading: readings.get(name) ?? notSet }))
  return all.find(({ reading }) => reading._tag !== "NotSet") ?? { name: variable.name, reading: notSet }
}

const notSet: Reading = { _tag: "NotSet" }

/** Microsoft's own libraries take the authority's host without its scheme, too. */
const tidy = (variable: Variable, value: string): string =>
  variable.setting === "authority" && !value.includes("://") ? `https://${value}` : value

const sourceOf = (
  { name, variables }: Configurable,
  read: ReadonlyArray<{ readonly variable: Variable; readonly name: string }>
): Source => {
  const wordFor = (setting: string): string =>
    read.find(({ variable }) => variable.setting === setting)?.name ??
    variables.find((variable) => variable.setting === setting)?.name ??
    setting
  return {
    name: "environment",
    nameOf: ([setting, ...rest]: Path) =>
      setting === undefined ? name : pathText([wordFor(String(setting)), ...rest]),
    wordFor,
    placeOf: () => ""
  }
}
