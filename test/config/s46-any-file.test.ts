import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { TokenError } from "effect-oauth"
import { cases, seed } from "../support/cases.js"
import { parse } from "./support.js"

/** Files that are right, to begin with. */
const files = [
  `providers:
  graph:
    type: azure
    tenant_id: \${AZURE_TENANT_ID:-contoso}
    client_id: "app"
    client_secret: \${SECRET}
    scopes: [https://graph.example.com/.default]
    policy: {margin: 5m, attempts: 3}
  orders: &orders
    type: generic
    token_url: https://login.example.com/token
    client_id: app
    client_secret: |
      two
      lines
    scopes: orders.read orders.write
    origins: [https://orders.example.com]
  invoices: *orders
`,
  `{"oauth2": {"provider_name": "orders", "provider_type": "generic", "token_url": "https://login.example.com/token",
"client_id": "0123", "client_secret": "\${SECRET}", "scopes": ["a", "b"]}}`
]

/** What YAML, JSON, and the names of variables give a meaning to. */
const pieces = [
  ..."{}[]:,-?|>&*!%@`'\"#~$\\ \t\n\r\0\u2028\ufeff\ud800",
  "${",
  "}",
  ":-",
  "&a ",
  "*a",
  "<<: *orders",
  "!!binary ",
  "!!js/function ",
  "---\n",
  "...\n",
  "%YAML 1.1\n",
  "__proto__: ",
  "constructor: ",
  "? [1]\n: 2",
  "[".repeat(70),
  "- ".repeat(200),
  "1e999",
  "-0",
  "0x1F",
  "null",
  "type: okta",
  "policy: 7",
  "a".repeat(5000)
]

/** A piece that is put in, takes the place of others, or stands there many times. */
const edit = FastCheck.record({
  at: FastCheck.integer({ min: 0, max: 1000 }),
  removed: FastCheck.constantFrom(0, 0, 0, 1, 3, 30),
  added: FastCheck.oneof(
    FastCheck.constantFrom(...pieces),
    FastCheck.string({ unit: "binary", maxLength: 20 })
  ),
  times: FastCheck.constantFrom(1, 1, 1, 2, 50)
})

const edited = FastCheck.tuple(FastCheck.constantFrom(...files), FastCheck.array(edit, { maxLength: 2 })).map(
  ([file, edits]) =>
    edits.reduce((text, { added, at, removed, times }) => {
      const start = Math.floor((at * text.length) / 1000)
      return text.slice(0, start) + added.repeat(times) + text.slice(start + removed)
    }, file)
)

describe("a configuration file", () => {
  it.effect.prop(
    "S46 is read or refused with InvalidConfiguration, whatever it contains",
    [FastCheck.oneof({ weight: 9, arbitrary: edited }, FastCheck.string({ unit: "binary", maxLength: 500 }))],
    ([text]) =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(parse(text, { SECRET: "a-secret" }))
        if (Exit.isSuccess(exit)) return
        const failure = Option.getOrUndefined(Cause.failureOption(exit.cause))
        expect(failure, Cause.pretty(exit.cause)).toBeInstanceOf(TokenError.InvalidConfiguration)
        expect(failure?.issues.length).toBeGreaterThan(0)
      }),
    { fastCheck: { numRuns: cases(200), seed } }
  )

  it.effect("S46 is read before it is edited, and at times after", () =>
    Effect.gen(function* () {
      for (const file of files) {
        expect((yield* parse(file, { SECRET: "a-secret" })).providers).not.toEqual([])
      }
      const exits = yield* Effect.forEach(FastCheck.sample(edited, { numRuns: 100, seed }), (text) =>
        Effect.exit(parse(text, { SECRET: "a-secret" }))
      )
      const read = exits.filter(Exit.isSuccess).length
      expect(read).toBeGreaterThan(5)
      expect(exits.length - read).toBeGreaterThan(10)
    })
  )
})
