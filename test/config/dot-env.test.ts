import { describe, expect, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { DotEnv } from "effect-oauth/config"
import { variables } from "../../src/config/internal/dotEnv.js"
import { cases, seed } from "../support/cases.js"
import { linesOf } from "./support.js"

const valueIn = (text: string, name = "A") =>
  Effect.flatMap(DotEnv.parse(text, { path: ".env" }), (below) =>
    Effect.withConfigProvider(Config.string(name), below)
  )

describe("a line of a .env file", () => {
  const values: Readonly<Record<string, string>> = {
    "A=value": "value",
    "A = value ": "value",
    "export A=value": "value",
    "  A=value # a comment": "value",
    "A=value#1": "value#1",
    "A=": "",
    "A= # a comment": "",
    "A=#nothing": "",
    'A="value # 1" # a comment': "value # 1",
    "A='value # 1'": "value # 1",
    'A=`it\'s "both"`': 'it\'s "both"',
    "A='a\\nb'": "a\\nb",
    'A="a\\nb\\t\\"c\\" \\\\ \\x $D"': 'a\nb\t"c" \\ \\x $D',
    'A="first\nsecond"\nB=x': "first\nsecond",
    "A='first\n# second\n'": "first\n# second\n",
    "A=a=b": "a=b",
    "A=it's": "it's",
    "A=first\nA=second": "second",
    "\uFEFFA=value": "value",
    "# a comment\r\n\r\nA=value\r\nB=x": "value"
  }
  for (const [text, value] of Object.entries(values)) {
    it.effect(JSON.stringify(text), () =>
      Effect.gen(function* () {
        expect(yield* valueIn(text)).toBe(value)
      })
    )
  }

  it.effect("what cannot be read is named by its line and not quoted", () =>
    Effect.gen(function* () {
      const text = 'A=1\ns3cret\nB="a\nb"\n1C=s3cret\nD="s3cret\nE=\'s3cret\' s3cret\n'
      const error = yield* Effect.flip(DotEnv.parse(text, { path: ".env" }))
      expect(error.provider).toBe(".env")
      expect(linesOf(error)).toEqual([
        ".env:2: NAME=value, or a comment",
        ".env:5: NAME=value, or a comment",
        ".env:6: D with a closing quote, and nothing but a comment behind it",
        ".env:7: E with a closing quote, and nothing but a comment behind it"
      ])
      expect(error.message).not.toContain("s3cret")
    })
  )

  it.effect.prop(
    "a value in quotes is read as it was written",
    [FastCheck.string({ unit: "binary" }).map((text) => text.replaceAll("\r", ""))],
    ([value]) =>
      Effect.gen(function* () {
        const quoted = `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`
        expect(yield* valueIn(`X=1\nA=${quoted}\nY=2`)).toBe(value)
        expect(yield* valueIn(`X=1\nA=${quoted}\nY=2`, "Y")).toBe("2")
        const plain = value.replaceAll("'", "")
        expect(yield* valueIn(`A='${plain}'`)).toBe(plain)
      }),
    { fastCheck: { numRuns: cases(30), seed } }
  )

  it.prop("any text is read or refused", [FastCheck.string({ unit: "binary", maxLength: 200 })], ([text]) => {
    expect(["Left", "Right"]).toContain(variables(text.replaceAll("a", "\nA=").replaceAll("b", '"'))._tag)
  })
})
