import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { stringify } from "yaml"
import {
  isLiteral,
  parseTemplate,
  renderTemplate,
  templateSyntax
} from "../../src/config/internal/interpolate.js"
import { linesOf, mistakesIn, named, parse } from "./support.js"
import { cases, seed } from "../support/cases.js"
import { recordingClient } from "../support/recordingClient.js"

const rendered = (text: string, variables: Readonly<Record<string, string>> = {}) =>
  Either.flatMap(parseTemplate(text), (template) => renderTemplate(template, (name) => variables[name]))

const right = (text: string) => Either.right(text)

const name = FastCheck.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/)
const anything = FastCheck.string({ unit: "binary", maxLength: 40 })

/** A text as somebody would have to write it, so that it stands for itself. */
const escaped = (text: string) => text.replaceAll("$", "$$$$")

describe("a text that names variables", () => {
  it.prop("without a dollar sign it stands for itself", [anything], ([text]) => {
    const plain = text.replaceAll("$", "")
    expect(rendered(plain)).toEqual(right(plain))
  })

  it.prop("with dollar signs doubled it stands for itself", [anything], ([text]) => {
    expect(rendered(escaped(text))).toEqual(right(text))
  })

  it.prop(
    "what a variable holds is put in and not looked at again",
    [anything, name, anything, anything],
    ([before, name, value, after]) => {
      expect(rendered(`${escaped(before)}\${${name}}${escaped(after)}`, { [name]: value })).toEqual(
        right(before + value + after)
      )
    }
  )

  it.prop("a default stands where a variable is not set", [name, anything], ([name, otherwise]) => {
    const plain = otherwise.replaceAll("}", "")
    expect(rendered(`\${${name}:-${escaped(plain)}}`)).toEqual(right(plain))
    expect(rendered(`\${${name}:-${escaped(plain)}}`, { [name]: "set" })).toEqual(right("set"))
  })

  it.prop("it is taken apart or refused, and never anything else", [anything], ([text]) => {
    const template = parseTemplate(text.replaceAll("a", "${").replaceAll("b", ":-").replaceAll("c", "}"))
    expect(Either.isRight(template) || template.left === templateSyntax).toBe(true)
  })

  it("a default may name variables, and those have defaults", () => {
    const text = "<${A:-[${B:-${C:-c}}]}>"
    expect(rendered(text)).toEqual(right("<[c]>"))
    expect(rendered(text, { B: "b" })).toEqual(right("<[b]>"))
    expect(rendered(text, { A: "${B}" })).toEqual(right("<${B}>"))
    expect(rendered("${A:-${B}}")).toEqual(Either.left("B"))
    expect(rendered("${A:-}")).toEqual(right(""))
  })

  it("a dollar sign that begins nothing is one", () => {
    for (const text of ["$", "a$b", "$NAME", "5 $ {", "$(x)"]) expect(rendered(text)).toEqual(right(text))
    expect(rendered("$${NAME}")).toEqual(right("${NAME}"))
  })

  it("a malformed reference is refused", () => {
    for (const text of ["${", "${}", "${A", "${A:-b", "${1A}", "${A-b}", "${A:b}", "${ A }", "${A:-${B}"]) {
      expect(rendered(text)).toEqual(Either.left(templateSyntax))
    }
  })

  it("a text of the file is told apart from the value of a variable", () => {
    const hasText = (text: string) => Either.map(parseTemplate(text), isLiteral)
    for (const text of ["a", "${A}b", "${A:-b}", "$$"]) expect(hasText(text)).toEqual(Either.right(true))
    for (const text of ["", "${A}", "${A:-}", "${A:-${B}} "])
      expect(hasText(text)).toEqual(Either.right(false))
  })
})

describe("variables in a file", () => {
  const text = `providers:
  api:
    type: generic
    token_url: https://login.example.com/token
    client_id: \${ID}
    client_secret: \${SECRET:-\${OTHER_SECRET}}
`

  const structure = FastCheck.constantFrom(
    "a\n    type: zoom",
    'a"\n    type: zoom',
    "a: b",
    "[a, b]",
    "{ a: b }",
    "*a",
    "!a",
    "# a",
    "- a",
    "null",
    "---\n...",
    "${SECRET}"
  )

  it.effect.prop(
    "what a variable holds is a text, whatever it looks like",
    [
      FastCheck.oneof(
        structure,
        anything.filter((text) => text.trim() !== "")
      )
    ],
    ([value]) =>
      Effect.gen(function* () {
        const found = yield* parse(text, { ID: value, SECRET: "a-secret" })
        const { settings, type } = named(found, "api")
        expect(type).toBe("generic")
        expect(settings).toEqual({ token_url: "https://login.example.com/token", client_id: value.trim() })
      }),
    { fastCheck: { numRuns: cases(30), seed } }
  )

  it.effect.prop(
    "a file that is written by a library is read back",
    [anything.filter((text) => text.trim() !== "")],
    ([id]) =>
      Effect.gen(function* () {
        const file = stringify({
          oauth2: {
            provider_name: "api",
            provider_type: "generic",
            issuer: "https://login.example.com",
            client_id: escaped(id),
            client_secret: "${SECRET}"
          }
        })
        const found = yield* parse(file, { SECRET: "a-secret" })
        expect(named(found, "api").settings["client_id"]).toBe(id.trim())
        expect(found.warnings).toEqual([])
      }),
    { fastCheck: { numRuns: cases(30), seed } }
  )

  it.scoped("a variable that is not set concerns the providers that name it", () =>
    Effect.gen(function* () {
      const both = `${text}  zoom: { type: zoom, account_id: a, client_id: b, client_secret: "\${ZOOM_SECRET}" }\n`
      const found = yield* parse(both, { ZOOM_SECRET: "a-secret" })
      const make = (name: string) => Effect.provide(named(found, name).make, recordingClient().layer)
      expect((yield* make("zoom")).isConfigured).toBe(true)
      const error = yield* Effect.flip(make("api"))
      expect(error.reason).toBe("Missing")
      expect(error.provider).toBe("api")
      expect(linesOf(error)).toEqual([
        "providers.api.client_id: a value; the variable ID is not set (app.yaml:5:5)",
        "providers.api.client_secret: a value; the variable OTHER_SECRET is not set (app.yaml:6:5)"
      ])
    })
  )

  it.effect("an empty variable is one that is not set", () =>
    Effect.gen(function* () {
      const found = yield* parse(`${text}    audience: \${AUDIENCE:-}\n`, { ID: "", OTHER_SECRET: "a" })
      expect(named(found, "api").settings).toEqual({ token_url: "https://login.example.com/token" })
      expect(yield* mistakesIn("providers: { api: { type: '${TYPE}' } }", { TYPE: " " })).toEqual([
        "providers.api.type: a value; the variable TYPE is not set (app.yaml:1:21)"
      ])
    })
  )

  it.effect("keys stay as they are", () =>
    Effect.gen(function* () {
      expect(yield* mistakesIn("providers: { '${NAME}': { type: zoom } }", { NAME: "zoom" })).toEqual([
        "providers.?: a name of letters, digits, and . _ - / (app.yaml:1:1)"
      ])
    })
  )
})

describe("a secret in plain text", () => {
  const secrets: Readonly<Record<string, readonly [secret: string, warned: boolean]>> = {
    "a text": ["a-secret", true],
    "a default": ["${SECRET:-a-secret}", true],
    "a part": ["prefix-${SECRET}", true],
    "a variable": ["${SECRET}", false],
    "a variable instead of another": ["${NONE:-${SECRET}}", false]
  }
  for (const [what, [secret, warned]] of Object.entries(secrets)) {
    it.effect(`${what} ${warned ? "is a warning" : "is none"}`, () =>
      Effect.gen(function* () {
        const file = `providers:\n  api: { type: static, value: "${secret}", origins: https://a.example.com }\n`
        expect((yield* parse(file, { SECRET: "s" })).warnings).toEqual(
          warned
            ? [
                "providers.api.value: a secret in plain text (app.yaml:2:24); take it from a variable, as in ${NAME}"
              ]
            : []
        )
      })
    )
  }
})
