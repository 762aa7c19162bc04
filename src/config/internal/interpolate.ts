/**
 * Puts the variables that a document names into it.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Data, Document } from "./document.js"
import type { Mistake, Path } from "./mistakes.js"
import type { Reading } from "./readVariables.js"
import { readVariables } from "./readVariables.js"
import * as Template from "./template.js"

export interface Interpolated {
  /** The document with what the variables hold. */
  readonly whole: Data
  /** The same without what is empty: that is as if it were not there. */
  readonly data: Data
  /** What is wrong with the document: its references to variables. */
  readonly malformed: ReadonlyArray<Mistake>
  /** What is wrong with the environment: variables that are named and not set. */
  readonly missing: ReadonlyArray<Mistake>
  /** Whether something of a text is spelled out in the document instead of being a variable's. */
  readonly isSpelledOut: (path: Path) => boolean
}

export const interpolate = ({ data }: Pick<Document, "data">): Effect.Effect<Interpolated> => {
  const texts = textsOf(data, [])
  const templates = new Map(texts.map(([path, text]) => [keyOf(path), Template.parse(text)]))
  const names = [...templates.values()].flatMap((template) =>
    Either.isRight(template) ? Template.variablesOf(template.right) : []
  )
  return Effect.map(readVariables(names), (readings) => {
    const malformed: Array<Mistake> = []
    const missing: Array<Mistake> = []
    const render = (path: Path): string => {
      const template = templates.get(keyOf(path))
      if (template === undefined) return ""
      if (Either.isLeft(template)) {
        malformed.push({ path, expected: template.left })
        return ""
      }
      const text = Template.render(template.right, (name) => valueOf(readings.get(name)))
      if (Either.isRight(text)) return text.right.trim()
      missing.push({ path, expected: unset(text.left, readings.get(text.left)) })
      return ""
    }
    const whole = mapTexts(data, [], render)
    return {
      whole,
      data: withoutEmpty(whole, []) ?? "",
      malformed,
      missing,
      isSpelledOut: (path) => {
        const template = templates.get(keyOf(path))
        return template !== undefined && Either.isRight(template) && Template.isSpelledOut(template.right)
      }
    }
  })
}

const valueOf = (reading: Reading | undefined): string | undefined =>
  reading?._tag === "Set" ? reading.value : undefined

const unset = (name: string, reading: Reading | undefined): string =>
  reading?._tag === "Unreadable"
    ? `the variable ${name}, which cannot be read`
    : `a value; the variable ${name} is not set`

const keyOf = (path: Path): string => JSON.stringify(path)

const textsOf = (data: Data, path: Path): ReadonlyArray<readonly [Path, string]> =>
  typeof data === "string"
    ? [[path, data]]
    : entriesOf(data).flatMap(([step, member]) => textsOf(member, [...path, step]))

const entriesOf = (
  data: Exclude<Data, string>
): ReadonlyArray<readonly [step: string | number, member: Data]> =>
  isList(data) ? data.map((member, index) => [index, member] as const) : Object.entries(data)

const isList = (data: Exclude<Data, string>): data is ReadonlyArray<Data> => Array.isArray(data)

const mapTexts = (data: Data, path: Path, textAt: (path: Path) => string): Data =>
  typeof data === "string"
    ? textAt(path)
    : isList(data)
      ? data.map((member, index) => mapTexts(member, [...path, index], textAt))
      : Object.fromEntries(
          Object.entries(data).map(([key, member]) => [key, mapTexts(member, [...path, key], textAt)])
        )

const withoutEmpty = (data: Data, path: Path): Data | undefined => {
  if (typeof data === "string") return data === "" && !isPlaceOfSettings(path) ? undefined : data
  const members = entriesOf(data).flatMap(([step, member]) => {
    const kept = withoutEmpty(member, [...path, step])
    return kept === undefined ? [] : [[step, kept] as const]
  })
  return isList(data) ? members.map(([, member]) => member) : Object.fromEntries(members)
}

/** `providers`, `oauth2` and each provider: nothing in their place is a mistake, and not a setting that was left out. */
const isPlaceOfSettings = ([first, ...rest]: Path): boolean =>
  rest.length === 0 || (first === "providers" && rest.length === 1)
