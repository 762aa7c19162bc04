/**
 * Replaces the variables that a document names: `${NAME}`, `${NAME:-default}`, and `$$` for a dollar sign. That happens
 * after the document was parsed, so that the value of a variable stays text, whatever it contains.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Data, Document } from "./document.js"
import type { Issue, Path } from "./issues.js"
import type { Reading } from "./readVariables.js"
import { readVariables } from "./readVariables.js"

export interface Interpolated {
  /** The document with the values of the variables. */
  readonly whole: Data
  /** The same without empty values, which count as not set. */
  readonly data: Data
  /** Malformed references to variables. */
  readonly malformed: ReadonlyArray<Issue>
  /** Variables that are named and not set. */
  readonly missing: ReadonlyArray<Issue>
  /** Whether the document itself contains a part of the text at a path, instead of a variable. */
  readonly isLiteralAt: (path: Path) => boolean
}

export const interpolate = ({ data }: Pick<Document, "data">): Effect.Effect<Interpolated> => {
  const texts = textsOf(data, [])
  const templates = new Map(texts.map(([path, text]) => [keyOf(path), parseTemplate(text)]))
  const names = [...templates.values()].flatMap((template) =>
    Either.isRight(template) ? variablesOf(template.right) : []
  )
  return Effect.map(readVariables(names), (readings) => {
    const malformed: Array<Issue> = []
    const missing: Array<Issue> = []
    const render = (path: Path): string => {
      const template = templates.get(keyOf(path))
      if (template === undefined) return ""
      if (Either.isLeft(template)) {
        malformed.push({ path, expected: template.left })
        return ""
      }
      const text = renderTemplate(template.right, (name) => valueOf(readings.get(name)))
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
      isLiteralAt: (path) => {
        const template = templates.get(keyOf(path))
        return template !== undefined && Either.isRight(template) && isLiteral(template.right)
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
  if (typeof data === "string") return data === "" && !containsSettings(path) ? undefined : data
  const members = entriesOf(data).flatMap(([step, member]) => {
    const kept = withoutEmpty(member, [...path, step])
    return kept === undefined ? [] : [[step, kept] as const]
  })
  return isList(data) ? members.map(([, member]) => member) : Object.fromEntries(members)
}

/** `providers`, `oauth2` and each provider: an empty one is an issue, not a setting that was left out. */
const containsSettings = ([first, ...rest]: Path): boolean =>
  rest.length === 0 || (first === "providers" && rest.length === 1)

/** A literal text, or a variable with its default. */
type Part = string | { readonly name: string; readonly otherwise: Template | undefined }

type Template = ReadonlyArray<Part>

/** What is expected where a reference to a variable is malformed. */
export const templateSyntax = "${NAME} or ${NAME:-default} for a variable, and $$ for a dollar sign before {"

/** Parses a text, or says how a variable is written. */
export const parseTemplate = (text: string): Either.Either<Template, string> => {
  const [template, end] = parseParts(text, 0, false)
  return end === text.length ? Either.right(template) : Either.left(templateSyntax)
}

/** The parts from an offset to the end of the text or of a default, and the offset of that end; -1 if there is none. */
const parseParts = (text: string, start: number, inDefault: boolean): readonly [Template, end: number] => {
  const found: Array<Part> = []
  let literal = ""
  let at = start
  const flush = () => {
    if (literal !== "") found.push(literal)
    literal = ""
  }
  while (at < text.length && !(inDefault && text[at] === "}")) {
    if (text.startsWith("$$", at)) {
      literal += "$"
      at += 2
    } else if (text.startsWith("${", at)) {
      const reference = /^([A-Za-z_]\w*)(:-|\})/.exec(text.slice(at + 2))
      if (reference === null) return [found, -1]
      const [head, name = "", next] = reference
      at += 2 + head.length
      flush()
      if (next === "}") {
        found.push({ name, otherwise: undefined })
      } else {
        const [otherwise, end] = parseParts(text, at, true)
        if (end === -1 || end === text.length) return [found, -1]
        found.push({ name, otherwise })
        at = end + 1
      }
    } else {
      literal += text[at] ?? ""
      at += 1
    }
  }
  flush()
  return [found, at]
}

/** The names of all variables, those within defaults included. */
const variablesOf = (template: Template): ReadonlyArray<string> =>
  template.flatMap((part) =>
    typeof part === "string" ? [] : [part.name, ...variablesOf(part.otherwise ?? [])]
  )

/** The text with the values of its variables, or the name of the first one that is not set and has no default. */
export const renderTemplate = (
  template: Template,
  valueOf: (name: string) => string | undefined
): Either.Either<string, string> => {
  let text = ""
  for (const part of template) {
    if (typeof part === "string") {
      text += part
      continue
    }
    const value = valueOf(part.name)
    if (value !== undefined) {
      text += value
    } else if (part.otherwise === undefined) {
      return Either.left(part.name)
    } else {
      const otherwise = renderTemplate(part.otherwise, valueOf)
      if (Either.isLeft(otherwise)) return otherwise
      text += otherwise.right
    }
  }
  return Either.right(text)
}

/** Whether the template contains text of its own. */
export const isLiteral = (template: Template): boolean =>
  template.some((part) => (typeof part === "string" ? part.trim() !== "" : isLiteral(part.otherwise ?? [])))
