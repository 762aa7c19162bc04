/**
 * What is wrong with settings: where, and what was expected there. Never a value: the messages of a parser hold those, so
 * that nothing is taken from it but the path and the schema that was not met.
 */
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as AST from "effect/SchemaAST"
import { suggestion } from "./suggestion.js"
import { Expected, ExpectedKey } from "./values.js"

/** The steps to a setting: keys, and places in lists. */
export type Path = ReadonlyArray<string | number>

export interface Mistake {
  readonly path: Path
  readonly expected: string
  /** It is a key that has no meaning, whatever its value is. */
  readonly isUnknownKey?: true
}

/** A setting that has to be there and is not. */
export const missing = "a value; it is not set"

/** Everything that a schema has found, once each. */
export const ofParseIssue = (issue: ParseResult.ParseIssue, path: Path = []): ReadonlyArray<Mistake> => {
  switch (issue._tag) {
    case "Pointer":
      return ofParseIssue(issue.issue, [...path, ...stepsOf(issue.path)])
    case "Missing":
      return [{ path, expected: missing }]
    case "Unexpected":
      return [{ path, expected: "no key of this name", isUnknownKey: true }]
    case "Composite":
      return ofComposite(issue, path)
    case "Type":
    case "Forbidden":
    case "Refinement":
    case "Transformation":
      return [{ path, expected: expectedOf(issue.ast) }]
  }
}

const ofComposite = ({ ast, issues }: ParseResult.Composite, path: Path): ReadonlyArray<Mistake> => {
  const parts: ReadonlyArray<ParseResult.ParseIssue> = "_tag" in issues ? [issues] : issues
  const mistakes = parts.flatMap((part) =>
    part._tag === "Pointer" && part.issue._tag === "Unexpected" && AST.isTypeLiteral(ast)
      ? [unexpected(ast, path, stepsOf(part.path))]
      : ofParseIssue(part, path)
  )
  if (!AST.isUnion(ast)) return mistakes
  // none of the alternatives: what is wrong inside of the one that was meant, else what the alternatives are
  const inside = mistakes.filter((mistake) => mistake.path.length > path.length)
  return inside.length > 0 ? inside : [{ path, expected: expectedOf(ast) }]
}

/** A key that the schema does not know. It is named where it looks like one: it may be a value that lost its key. */
const unexpected = (ast: AST.TypeLiteral, path: Path, steps: Path): Mistake => {
  const expectedKey = Option.getOrUndefined(AST.getAnnotation<string>(ast, ExpectedKey))
  if (expectedKey !== undefined) return { path: [...path, "?"], expected: expectedKey, isUnknownKey: true }
  const key = String(steps[0])
  if (!/^[A-Za-z][\w-]{0,31}$/.test(key))
    return { path: [...path, "?"], expected: "a key that has a meaning here", isUnknownKey: true }
  const known = ast.propertySignatures.map(({ name }) => String(name))
  return {
    path: [...path, key],
    expected: `no key of this name${suggestion(key, known)}`,
    isUnknownKey: true
  }
}

const stepsOf = (path: ParseResult.Path): Path =>
  (Array.isArray(path) ? (path as ReadonlyArray<PropertyKey>) : [path as PropertyKey]).map((step) =>
    typeof step === "symbol" ? String(step) : step
  )

const expectedOf = (ast: AST.AST): string => {
  const annotated = Option.getOrUndefined(AST.getAnnotation<string>(ast, Expected))
  if (annotated !== undefined) return annotated
  const members = AST.isUnion(ast) ? ast.types : [ast]
  const words = members.flatMap((member) => (AST.isLiteral(member) ? [String(member.literal)] : []))
  return words.length === 0 ? "something else" : alternatives([...new Set(words)])
}

const alternatives = (words: ReadonlyArray<string>): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.slice(-1).join()}`

/** Each place once, with what was found there first; what is found inside or around it later says the same again. */
export const distinct = (mistakes: ReadonlyArray<Mistake>): ReadonlyArray<Mistake> => {
  const kept: Array<Mistake> = []
  for (const mistake of mistakes) {
    if (!kept.some(({ path }) => isWithin(path, mistake.path) || isWithin(mistake.path, path))) {
      kept.push(mistake)
    }
  }
  return kept
}

/** Whether one place is another, or lies in it. */
export const isWithin = (outer: Path, inner: Path): boolean =>
  outer.length <= inner.length && outer.every((step, index) => step === inner[index])

/** A path as text: `providers.graph.scopes[0]`. */
export const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, step) =>
      typeof step === "number" ? `${text}[${String(step)}]` : text === "" ? step : `${text}.${step}`,
    ""
  )
