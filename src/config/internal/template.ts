/**
 * Texts that name variables: `${NAME}`, `${NAME:-default}`, and `$$` for a dollar sign. A text is taken apart after the file
 * that it stands in was parsed, so that what a variable holds stays text, whatever it holds.
 */
import * as Either from "effect/Either"

/** A text, or a variable and what stands for it where it is not set. */
export type Part = string | { readonly name: string; readonly otherwise: Template | undefined }

export type Template = ReadonlyArray<Part>

/** What is expected of a text that is no template. */
export const expected = "${NAME} or ${NAME:-default} for a variable, and $$ for a dollar sign before {"

/** Takes a text apart, or says that it names a variable in no known way. */
export const parse = (text: string): Either.Either<Template, string> => {
  const [template, end] = parts(text, 0, false)
  return end === text.length ? Either.right(template) : Either.left(expected)
}

/** The parts from a place on, to the end of the text or of a default; and the place where they end, -1 where they do not. */
const parts = (text: string, start: number, inDefault: boolean): readonly [Template, end: number] => {
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
        const [otherwise, end] = parts(text, at, true)
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
export const variablesOf = (template: Template): ReadonlyArray<string> =>
  template.flatMap((part) =>
    typeof part === "string" ? [] : [part.name, ...variablesOf(part.otherwise ?? [])]
  )

/** Puts in what the variables hold, or gives the name of the first that is not set and has no default. */
export const render = (
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
      const otherwise = render(part.otherwise, valueOf)
      if (Either.isLeft(otherwise)) return otherwise
      text += otherwise.right
    }
  }
  return Either.right(text)
}

/** Whether something of it is spelled out instead of being a variable's. */
export const isSpelledOut = (template: Template): boolean =>
  template.some((part) =>
    typeof part === "string" ? part.trim() !== "" : isSpelledOut(part.otherwise ?? [])
  )
