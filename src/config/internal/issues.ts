/**
 * Issues of settings: a path and what was expected there. They never contain a value, since it may be a secret: a parse
 * error's message contains values, so only its path and schema are used.
 */
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as AST from "effect/SchemaAST"
import { Expected, ExpectedKey } from "./values.js"

/** The path of a setting: keys, and indexes of lists. */
export type Path = ReadonlyArray<string | number>

export interface Issue {
  readonly path: Path
  readonly expected: string
  /** The key is unknown, whatever its value is. */
  readonly isUnknownKey?: true
}

/** What is expected of a required setting that is not set. */
export const missing = "a value; it is not set"

/** The issues of a parse error. */
export const ofParseIssue = (issue: ParseResult.ParseIssue, path: Path = []): ReadonlyArray<Issue> => {
  switch (issue._tag) {
    case "Pointer":
      return ofParseIssue(issue.issue, [...path, ...stepsOf(issue.path)])
    case "Missing":
      return [{ path, expected: missing }]
    case "Unexpected":
      return [{ path, expected: "a known key", isUnknownKey: true }]
    case "Composite":
      return ofComposite(issue, path)
    case "Type":
    case "Forbidden":
    case "Refinement":
    case "Transformation":
      return [{ path, expected: expectedOf(issue.ast) }]
  }
}

const ofComposite = ({ ast, issues }: ParseResult.Composite, path: Path): ReadonlyArray<Issue> => {
  const parts: ReadonlyArray<ParseResult.ParseIssue> = "_tag" in issues ? [issues] : issues
  const found = parts.flatMap((part) =>
    part._tag === "Pointer" && part.issue._tag === "Unexpected" && AST.isTypeLiteral(ast)
      ? [unexpected(ast, path, stepsOf(part.path))]
      : ofParseIssue(part, path)
  )
  if (!AST.isUnion(ast)) return found
  // no member of the union matches: the issues inside the one that was meant say more than the list of members
  const inside = found.filter((issue) => issue.path.length > path.length)
  return inside.length > 0 ? inside : [{ path, expected: expectedOf(ast) }]
}

/** An unknown key. It is named only if it looks like a key, since it may be a secret value whose key was lost. */
const unexpected = (ast: AST.TypeLiteral, path: Path, steps: Path): Issue => {
  const expectedKey = Option.getOrUndefined(AST.getAnnotation<string>(ast, ExpectedKey))
  if (expectedKey !== undefined) return { path: [...path, "?"], expected: expectedKey, isUnknownKey: true }
  const key = String(steps[0])
  if (!/^[A-Za-z][\w-]{0,31}$/.test(key))
    return { path: [...path, "?"], expected: "a known key", isUnknownKey: true }
  const known = ast.propertySignatures.map(({ name }) => String(name))
  return {
    path: [...path, key],
    expected: `a known key${suggestion(key, known)}`,
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

/** The first issue of each path. Later ones inside or around it have the same cause. */
export const distinct = (issues: ReadonlyArray<Issue>): ReadonlyArray<Issue> => {
  const first: Array<Issue> = []
  for (const issue of issues) {
    if (!first.some(({ path }) => isWithin(path, issue.path) || isWithin(issue.path, path))) {
      first.push(issue)
    }
  }
  return first
}

/** Whether the inner path is the outer one or lies below it. */
export const isWithin = (outer: Path, inner: Path): boolean =>
  outer.length <= inner.length && outer.every((step, index) => step === inner[index])

/** A path as text: `providers.graph.scopes[0]`. */
export const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, step) =>
      typeof step === "number" ? `${text}[${String(step)}]` : text === "" ? step : `${text}.${step}`,
    ""
  )

/** The names of settings in other libraries. */
const alsoKnownAs: Readonly<Record<string, string>> = {
  app_id: "client_id",
  application_id: "client_id",
  app_secret: "client_secret",
  secret: "client_secret",
  directory_id: "tenant_id",
  tenant: "tenant_id",
  scope: "scopes",
  token_endpoint: "token_url",
  access_token_url: "token_url",
  issuer_url: "issuer",
  api_key: "value",
  token: "value",
  refresh_margin: "margin",
  timeout: "deadline",
  request_timeout: "deadline",
  retries: "attempts",
  max_retries: "attempts",
  cooldown: "window",
  cool_down: "window"
}

/** `; did you mean NAME?`, or nothing where nothing is near. */
const suggestion = (name: string, known: ReadonlyArray<string>): string => {
  const plain = name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/-/g, "_")
    .toLowerCase()
  const synonym = alsoKnownAs[plain]
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: distance(plain, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 4)))
    .sort((a, b) => a.distance - b.distance)
  const meant = synonym !== undefined && known.includes(synonym) ? synonym : nearest?.candidate
  return meant === undefined ? "" : `; did you mean ${meant}?`
}

/** The Levenshtein distance. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1]
    for (let column = 1; column <= b.length; column++) {
      next.push(
        Math.min(
          (next[column - 1] ?? 0) + 1,
          (row[column] ?? 0) + 1,
          (row[column - 1] ?? 0) + (letter === b[column - 1] ? 0 : 1)
        )
      )
    }
    row = next
  }
  return row[b.length] ?? 0
}
