/**
 * A YAML or JSON text as plain data: records, lists and texts. A number stays the text that it was written as, so that
 * nothing of `client_id: 0123` is lost; what a text means, its setting knows.
 */
import * as Array from "effect/Array"
import * as Either from "effect/Either"
import type { Document as YamlDocument, ErrorCode, Node, ParsedNode, Scalar } from "yaml"
import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, parseAllDocuments } from "yaml"
import type { Path } from "./issues.js"

export type Data = string | ReadonlyArray<Data> | { readonly [key: string]: Data }

export interface Document {
  readonly data: Data
  /** The position of a setting, or of the nearest one around it: as an offset, and as `LINE:COLUMN`. */
  readonly offsetOf: (path: Path) => number
  readonly positionOf: (path: Path) => string
}

/** A syntax error and its position. */
export interface SyntaxIssue {
  readonly position: string
  readonly expected: string
}

/** Files that people write stay far below; a larger one is an accident or an attack. */
const limits = { length: 1_048_576, depth: 16, nodes: 20_000, aliases: 100 }

/** Parses a text that holds one document. */
export const parse = (input: string): Either.Either<Document, ReadonlyArray<SyntaxIssue>> => {
  if (input.length > limits.length) return refuse("1:1", "a file of one megabyte at most")
  const text = input.replace(/^\uFEFF/, "")
  if (isTooDeep(text)) return refuse("1:1", tooMuch)
  const lines = new LineCounter()
  const positionAt = (offset: number): string => {
    const { col, line } = lines.linePos(offset)
    return `${String(line)}:${String(col)}`
  }
  const [document, second] = documentsOf(text, lines)
  if (document === undefined) return refuse("1:1", empty)
  const syntaxIssues = onePerLine(
    [...document.errors, ...document.warnings].map(({ code, pos }) => ({
      position: positionAt(pos[0]),
      expected: expectedAt(code)
    }))
  )
  if (syntaxIssues.length > 0) return Either.left(syntaxIssues)
  if (second !== undefined) return refuse(positionAt(second.range[0]), "one document, not several")
  const { contents } = document
  if (contents === null || (isScalar(contents) && isNothing(contents))) return refuse("1:1", empty)
  return Either.mapLeft(toData(document, contents, positionAt), (syntaxIssue) => [syntaxIssue])
}

const empty = "providers by name, or oauth2; the file is empty"
const unknownAnchor = "an alias of an anchor before it"
const tooMuch = "less nesting, and fewer aliases"

const refuse = (position: string, expected: string) => Either.left([{ position, expected }])

/** The parser recurses, so that deep nesting would overflow its stack. */
const isTooDeep = (text: string): boolean => {
  if (/^[ ?:-]{257}/m.test(text)) return true
  let depth = 0
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === "[" || lexeme === "{") depth += 1
    else if (lexeme === "]" || lexeme === "}") depth -= 1
    if (depth > 64) return true
  }
  return false
}

const documentsOf = (text: string, lineCounter: LineCounter) => {
  const documents = parseAllDocuments(text, {
    lineCounter,
    logLevel: "silent",
    prettyErrors: false,
    schema: "failsafe",
    stringKeys: true
  })
  return "empty" in documents ? [] : documents
}

const toData = (
  document: YamlDocument.Parsed,
  contents: ParsedNode,
  positionAt: (offset: number) => string
): Either.Either<Document, SyntaxIssue> => {
  const offsets = new Map<string, number>()
  const left = { nodes: limits.nodes, aliases: limits.aliases }
  const at = (path: Path): number =>
    offsets.get(keyOf(path)) ?? (path.length === 0 ? 0 : at(path.slice(0, -1)))
  let refused: { readonly path: Path; readonly expected: string } | undefined

  const walk = (node: Node | null, path: Path): Data => {
    left.nodes -= 1
    if (left.nodes < 0 || left.aliases < 0 || path.length > limits.depth) {
      refused ??= { path, expected: tooMuch }
      return ""
    }
    if (isAlias(node)) {
      left.aliases -= 1
      const anchored = left.aliases < 0 ? undefined : node.resolve(document)
      if (anchored === undefined) refused ??= { path, expected: left.aliases < 0 ? tooMuch : unknownAnchor }
      return walk(anchored ?? null, path)
    }
    if (isScalar(node)) return isNothing(node) ? "" : textOf(node)
    if (isSeq<Node | null>(node)) {
      return node.items.map((item, index) => step(item, item, [...path, index]))
    }
    if (isMap<Scalar, Node | null>(node)) {
      return Object.fromEntries(
        node.items.map(({ key, value }) => [
          String(key.value),
          step(key, value, [...path, String(key.value)])
        ])
      )
    }
    return ""
  }

  const step = (place: Node | null, node: Node | null, path: Path): Data => {
    const offset = place?.range?.[0]
    if (offset !== undefined) offsets.set(keyOf(path), offset)
    return walk(node, path)
  }

  const data = walk(contents, [])
  return refused === undefined
    ? Either.right({ data, offsetOf: at, positionOf: (path) => positionAt(at(path)) })
    : Either.left({ position: positionAt(at(refused.path)), expected: refused.expected })
}

/** What follows on a line from the first mistake there is no other. */
const onePerLine = (syntaxIssues: ReadonlyArray<SyntaxIssue>): ReadonlyArray<SyntaxIssue> =>
  Array.dedupeWith(syntaxIssues, (a, b) => lineOf(a) === lineOf(b))

const lineOf = ({ position }: SyntaxIssue): string => position.split(":")[0] ?? position

const keyOf = (path: Path): string => JSON.stringify(path)

/** Scalars are texts in the failsafe schema. */
const textOf = ({ value }: Pick<Scalar, "value">): string => (typeof value === "string" ? value : "")

/** A null, or a key without a value. */
const isNothing = ({ type, value }: Scalar): boolean =>
  value === null || value === "" || (type === "PLAIN" && /^(~|null|Null|NULL)$/.test(textOf({ value })))

/** What the parser expected, in words without the text that its messages quote. */
const expectedAt = (code: ErrorCode): string => {
  switch (code) {
    case "DUPLICATE_KEY":
      return "each key once"
    case "BAD_ALIAS":
    case "ALIAS_PROPS":
    case "MULTIPLE_ANCHORS":
      return unknownAnchor
    case "BAD_INDENT":
      return "the indentation of its neighbours"
    case "TAB_AS_INDENT":
      return "spaces, not tabs, for indentation"
    case "BLOCK_AS_IMPLICIT_KEY":
    case "MULTILINE_IMPLICIT_KEY":
      return "one setting on a line, as NAME: VALUE"
    case "MISSING_CHAR":
      return "a closing quote, bracket or brace, or a colon, a comma or a space between two values"
    case "BAD_SCALAR_START":
      return "quotes around a value that begins with @ or `"
    case "BAD_DQ_ESCAPE":
      return "an escape that double quotes know, or single quotes"
    case "NON_STRING_KEY":
      return "a text as key"
    case "TAG_RESOLVE_FAILED":
    case "MULTIPLE_TAGS":
    case "BAD_COLLECTION_TYPE":
      return "a value without a tag (quotes around one that begins with !)"
    case "RESOURCE_EXHAUSTION":
      return tooMuch
    case "MULTIPLE_DOCS":
      return "one document, not several"
    case "BAD_DIRECTIVE":
    case "BAD_PROP_ORDER":
    case "BLOCK_IN_FLOW":
    case "IMPOSSIBLE":
    case "KEY_OVER_1024_CHARS":
    case "UNEXPECTED_TOKEN":
      return "YAML or JSON (within braces and brackets, ${NAME} stands in quotes)"
  }
}
