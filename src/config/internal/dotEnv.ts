/**
 * Takes the text of a `.env` file apart.
 */
import * as Either from "effect/Either"

/** A line that cannot be read, and what was expected there. */
interface Misprint {
  readonly line: number
  readonly expected: string
}

export const variables = (text: string): Either.Either<Map<string, string>, ReadonlyArray<Misprint>> => {
  const source = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n")
  const values = new Map<string, string>()
  const misprints: Array<Misprint> = []
  let at = 0
  let line = 1
  while (at < source.length) {
    const found = assignment(source.slice(at))
    if ("expected" in found) misprints.push({ line, expected: found.expected })
    else if (found.name !== undefined) values.set(found.name, found.value)
    line += source.slice(at, at + found.length).split("\n").length - 1
    at += found.length
  }
  return misprints.length === 0 ? Either.right(values) : Either.left(misprints)
}

type Found =
  | { readonly length: number; readonly name: string; readonly value: string }
  | { readonly length: number; readonly name: undefined }
  | { readonly length: number; readonly expected: string }

/** The first line, or as many as its value goes over. */
const assignment = (rest: string): Found => {
  const nothing = /^[^\S\n]*(#.*)?(\n|$)/.exec(rest)
  if (nothing !== null) return { length: nothing[0].length, name: undefined }
  const [head, name] = /^[^\S\n]*(?:export[^\S\n]+)?([A-Za-z_][\w.-]*)[^\S\n]*=[^\S\n]*/.exec(rest) ?? []
  const lineLength = (/^.*(\n|$)/.exec(rest) ?? [""])[0].length
  if (head === undefined || name === undefined)
    return { length: lineLength, expected: "NAME=value, or a comment" }
  const value = rest.slice(head.length)
  const quote = value[0] ?? ""
  if (!"\"'`".includes(quote) || quote === "") {
    const [whole = "", plain = ""] = /^(.*?)(?:(?:^|\s)#.*)?(?:\n|$)/.exec(value) ?? []
    return { length: head.length + whole.length, name, value: plain.trim() }
  }
  const quoted = quotes.get(quote)?.exec(value)
  if (quoted === null || quoted === undefined) {
    return {
      length: lineLength,
      expected: `${name} with a closing quote, and nothing but a comment behind it`
    }
  }
  const [whole, content = ""] = quoted
  return { length: head.length + whole.length, name, value: quote === '"' ? unescaped(content) : content }
}

/** A value in quotes, a comment perhaps, and the end of the line. */
const quotes: ReadonlyMap<string, RegExp> = new Map([
  ['"', /^"((?:\\[^]|[^"\\])*)"[^\S\n]*(?:#.*)?(?:\n|$)/],
  ["'", /^'([^']*)'[^\S\n]*(?:#.*)?(?:\n|$)/],
  ["`", /^`([^`]*)`[^\S\n]*(?:#.*)?(?:\n|$)/]
])

const unescaped = (content: string): string =>
  content.replace(/\\([nrt"\\])/g, (_, letter: string) => escapes[letter] ?? letter)

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" }
