import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mistakesIn, parse } from "./support.js"

const azure = (more = "") => `providers:
  graph:
    type: azure
    tenant_id: example.com
    client_id: a-client
    client_secret: \${SECRET:-none}
${more}`

describe("the mistakes of a file", () => {
  it.effect("a file with five mistakes gives five messages with their paths", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        parse(`providers:
  graph:
    type: azure
    tenant_id: common
    client_secret: \${GRAPH_SECRET}
    policy:
      margin: five minutes
  orders:
    type: generic
    token_url: http://login.example.com/token
    client_id: orders
    client_secret: \${ORDERS_SECRET:-x}
    scope: orders.read
`)
      )
      expect(error.provider).toBe("app.yaml")
      expect(error.reason).toBe("Malformed")
      expect(error.issues.map(({ expected, path }) => [path, expected])).toEqual([
        ["providers.graph.client_id", "a value; it is not set (app.yaml:2:3)"],
        ["providers.graph.tenant_id", "the tenant itself, as an application has no other (app.yaml:4:5)"],
        ["providers.graph.client_secret", "a value; the variable GRAPH_SECRET is not set (app.yaml:5:5)"],
        [
          "providers.graph.policy.margin",
          "a duration, such as 30 seconds, 5m, 250 ms or a number of seconds (app.yaml:7:7)"
        ],
        [
          "providers.orders.token_url",
          "an https URL (http is for 127.0.0.1 and [::1] only, with allow_loopback_http) (app.yaml:10:5)"
        ],
        ["providers.orders.scope", "a known key; did you mean scopes? (app.yaml:13:5)"]
      ])
      for (const { expected, path } of error.issues)
        expect(error.message).toContain(`${path}: expected ${expected}`)
    })
  )

  it.effect("inside a group all are found, and those that only a preset knows of beside them", () =>
    Effect.gen(function* () {
      expect(
        yield* mistakesIn(
          azure(`    policy: { margin: -1, attempts: 0, retries: 2, margin_fraction: 1.5 }
    origins: ["https://api.example.com", "http://api.example.com", "https://api.example.com/path"]
`)
        )
      ).toEqual([
        "providers.graph.policy.margin: a duration, such as 30 seconds, 5m, 250 ms or a number of seconds (app.yaml:7:15)",
        "providers.graph.policy.attempts: a whole number, 1 or more (app.yaml:7:27)",
        "providers.graph.policy.retries: a known key; did you mean attempts? (app.yaml:7:40)",
        "providers.graph.policy.margin_fraction: a number from 0 to 1 (app.yaml:7:52)",
        "providers.graph.origins[1]: an https origin, or http on a literal loopback address with the allow_loopback_http of this client, too (app.yaml:8:42)",
        "providers.graph.origins[2]: an origin without path, query and user name (app.yaml:8:68)"
      ])
    })
  )

  const mistakes: Readonly<Record<string, readonly [text: string, expected: ReadonlyArray<string>]>> = {
    "an unknown type": [
      "providers: { graph: { type: azur } }",
      ["providers.graph.type: azure, auth0, okta, generic, apigee, zoom or static (app.yaml:1:23)"]
    ],
    "no type": ["providers: { graph: {} }", ["providers.graph.type: a value; it is not set (app.yaml:1:14)"]],
    "a provider without settings": [
      "providers:\n  graph:\n",
      ["providers.graph: a type and its settings (app.yaml:2:3)"]
    ],
    "a list of providers": ["providers: [graph]", ["providers: providers by name (app.yaml:1:1)"]],
    "no providers": ["providers: {}", ["providers: at least one provider (app.yaml:1:1)"]],
    "neither form": ["$schema: x", ["app.yaml: at least one provider (app.yaml:1:1)"]],
    "an unknown key at the top": [
      `${azure()}\nprovider: x`,
      ["provider: a known key; did you mean providers? (app.yaml:8:1)"]
    ],
    "two of them": [
      `version: 1\n${azure()}\nname: x`,
      ["version: a known key (app.yaml:1:1)", "name: a known key (app.yaml:9:1)"]
    ],
    "a name that is none": [
      azure().replace("graph", "my graph"),
      ["providers.?: a name of letters, digits, and . _ - / (app.yaml:1:1)"]
    ],
    "a key that may be a value": [
      azure("    policy: {attempts:3}"),
      ["providers.graph.policy.?: a known key (app.yaml:7:5)"]
    ],
    "an unknown key without a value": [
      azure("    audience:"),
      ["providers.graph.audience: a known key (app.yaml:7:5)"]
    ],
    "a group where a text belongs": [
      azure("    authority: { url: x }"),
      ["providers.graph.authority: a text (app.yaml:7:5)"]
    ],
    "a text where a group belongs": [
      azure("    policy: fast"),
      ["providers.graph.policy: settings of the policy by name (app.yaml:7:5)"]
    ],
    "a flag that is none": [
      azure("    allow_loopback_http: yes"),
      ["providers.graph.allow_loopback_http: true or false (app.yaml:7:5)"]
    ],
    "a word that is none": [
      azure("    cloud: private"),
      ["providers.graph.cloud: public, us_government or china (app.yaml:7:5)"]
    ],
    "a reference that is none": [
      azure("    authority: https://${AUTHORITY"),
      [
        "providers.graph.authority: ${NAME} or ${NAME:-default} for a variable, and $$ for a dollar sign before { (app.yaml:7:5)"
      ]
    ],
    "a list with something else in it": [
      azure("    scopes: [a, { b: c }]"),
      ["providers.graph.scopes[1]: a text (app.yaml:7:17)"]
    ],
    "two places for one token endpoint": [
      `oauth2: { provider_name: a, provider_type: generic, client_id: a, client_secret: "\${S:-x}",
  token_url: https://a.example.com, issuer: https://a.example.com }`,
      ["oauth2.issuer: no value, or none for the others of token_url, issuer and token_path (app.yaml:2:37)"]
    ],
    "no place for the token endpoint": [
      'oauth2: { provider_name: a, provider_type: generic, client_id: a, client_secret: "${S:-x}" }',
      ["oauth2.token_url: a value, or issuer, or base_url and token_path; none of them is set (app.yaml:1:1)"]
    ],
    "a path below nothing": [
      `oauth2: { provider_name: a, provider_type: generic, client_id: a, client_secret: "\${S:-x}",
  token_path: /token }`,
      ["oauth2.base_url: a value, as token_path is set (app.yaml:1:1)"]
    ],
    "no secret": [
      "oauth2: { provider_name: a, provider_type: generic, client_id: a, issuer: https://a.example.com }",
      ["oauth2.client_secret: a value; it is not set (app.yaml:1:1)"]
    ],
    "two of one name": [
      `${azure()}oauth2: { provider_name: graph, provider_type: azure, tenant_id: a, client_id: a, client_secret: "\${S:-x}" }`,
      ["oauth2.provider_name: a name that no other provider has (app.yaml:7:11)"]
    ]
  }

  for (const [what, [text, expected]] of Object.entries(mistakes)) {
    it.effect(what, () =>
      Effect.gen(function* () {
        expect(yield* mistakesIn(text)).toEqual(expected)
      })
    )
  }
})

describe("a text that is no document", () => {
  const texts: Readonly<Record<string, readonly [text: string, expected: string]>> = {
    "an empty one": ["", "app.yaml:1:1: providers by name, or oauth2; the file is empty"],
    "a BOM alone": ["\uFEFF", "app.yaml:1:1: providers by name, or oauth2; the file is empty"],
    "comments alone": ["# nothing\n", "app.yaml:1:1: providers by name, or oauth2; the file is empty"],
    "a null": ["null", "app.yaml:1:1: providers by name, or oauth2; the file is empty"],
    "a text": ["providers", "app.yaml: providers by name, or oauth2 (app.yaml:1:1)"],
    "a list": ["- providers", "app.yaml: providers by name, or oauth2 (app.yaml:1:1)"],
    "a key that stands twice": [`${azure()}    client_id: another\n`, "app.yaml:7:5: each key once"],
    "a tab for indentation": ["providers:\n\tgraph: x", "app.yaml:2:1: spaces, not tabs, for indentation"],
    "a quote that stays open": [
      'providers: "graph',
      "app.yaml:1:18: a closing quote, bracket or brace, or a colon, a comma or a space between two values"
    ],
    "a reference in braces without quotes": [
      "providers: { api: { type: ${TYPE}, value: ${VALUE} } }",
      "app.yaml:1:28: YAML or JSON (within braces and brackets, ${NAME} stands in quotes)"
    ],
    "an alias of nothing": ["providers: *graph", "app.yaml:1:1: an alias of an anchor before it"],
    "an alias of itself": ["providers: &a [*a]", "app.yaml:1:16: less nesting, and fewer aliases"],
    "too many aliases": [
      `a: &a x\nb: [${Array.from({ length: 101 }, () => "*a").join()}]`,
      "app.yaml:2:305: less nesting, and fewer aliases"
    ],
    "aliases of aliases": [
      [
        "a: &a [x]",
        ..."bcdefghi".split("").map((name, index) => {
          const before = "*" + "abcdefgh".charAt(index)
          return `${name}: &${name} [${Array.from({ length: 9 }, () => before).join()}]`
        })
      ].join("\n"),
      "app.yaml:3:8: less nesting, and fewer aliases"
    ],
    "a nest of lists": ["[".repeat(100_000), "app.yaml:1:1: less nesting, and fewer aliases"],
    "a nest of dashes": ["- ".repeat(100_000), "app.yaml:1:1: less nesting, and fewer aliases"],
    "a nest of a few": ["[".repeat(20) + "]".repeat(20), "app.yaml:1:18: less nesting, and fewer aliases"],
    "too long a one": [" ".repeat(1_048_577), "app.yaml:1:1: a file of one megabyte at most"],
    "a tag": [
      azure().replace("a-client", "!secret a-client"),
      "app.yaml:5:16: a value without a tag (quotes around one that begins with !)"
    ],
    "two documents": ["--- \na: b\n--- \nc: d\n", "app.yaml:3:1: one document, not several"],
    "a list as key": ["? [a]\n: b", "app.yaml:1:3: a text as key"]
  }

  for (const [what, [text, expected]] of Object.entries(texts)) {
    it.effect(what, () =>
      Effect.gen(function* () {
        expect((yield* mistakesIn(text))[0]).toBe(expected)
      })
    )
  }
})
