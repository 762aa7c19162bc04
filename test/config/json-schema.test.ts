import { describe, expect, it } from "@effect/vitest"
import Ajv from "ajv"
import { readFileSync } from "node:fs"
import { parse } from "yaml"
import { ConfigFile } from "effect-oauth/config"

const shipped: unknown = JSON.parse(
  readFileSync(new URL("../../schema/effect-oauth.schema.json", import.meta.url), "utf8")
)

const validates = new Ajv({ allErrors: true, jsonPointers: true }).compile(shipped as object)

/** Where a file is refused. */
const refusals = (text: string): ReadonlyArray<string> =>
  validates(parse(text)) === true ? [] : (validates.errors ?? []).map(({ dataPath }) => dataPath)

describe("the JSON Schema of the file", () => {
  it("is shipped as it is made of the schema: npx tsx scripts/write-schema.ts", () => {
    expect(shipped).toEqual(JSON.parse(JSON.stringify(ConfigFile.jsonSchema())))
  })

  it("describes every setting", () => {
    const { $defs } = ConfigFile.jsonSchema()
    for (const [name, definition] of Object.entries($defs ?? {})) {
      if (!("properties" in definition)) throw new Error(`${name} has no properties`)
      for (const [setting, schema] of Object.entries(definition.properties)) {
        if (!("$ref" in schema)) expect(schema, `${name}.${setting}`).toHaveProperty("description")
      }
    }
  })

  it("and the page on it hold what they show", () => {
    const page = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8")
    const examples = [...page.matchAll(/```ya?ml\n([^]*?)```/g)].map(([, text = ""]) => text)
    expect(examples[0]).toMatch(
      /^# yaml-language-server: \$schema=\.\/node_modules\/effect-oauth\/schema\/effect-oauth\.schema\.json\n/
    )
    for (const example of examples) expect(refusals(example)).toEqual([])
  })

  const good: Readonly<Record<string, string>> = {
    "every type": `
providers:
  a: { type: azure, tenant_id: a, client_id: b, client_secret: "\${S}", cloud: china, scopes: [x] }
  b: { type: auth0, domain: a, client_id: b, client_secret: "\${S}", audience: x, organization: y }
  c: { type: okta, domain: a, client_id: b, client_secret: "\${S}", scopes: x }
  d: { type: generic, token_url: a, client_id: b, client_secret: "\${S}", parameters: { a: b, c: [d] } }
  e: { type: apigee, token_url: a, client_id: b, client_secret: "\${S}" }
  f: { type: zoom, account_id: a, client_id: b, client_secret: "\${S}" }
  app/G: { type: static, value: "\${S}", header: x-api-key, origins: x }
`,
    "the form of one provider": `
oauth2: { provider_name: a, provider_type: azure, tenant_id: a, client_id: b, client_secret: c, scopes: [x] }
`,
    "numbers, flags and variables in the place of both": `
$schema: x
providers:
  a:
    type: zoom
    account_id: a
    client_id: b
    client_secret: c
    allow_loopback_http: true
    policy: { margin: 30, deadline: 5m, window: 250 ms, attempts: 3, margin_fraction: 0.5, retry_delay: "\${D}" }
  b:
    type: zoom
    account_id: a
    client_id: b
    client_secret: c
    allow_loopback_http: \${A:-true}
    policy: { attempts: "\${N}", margin: "\${M:-5}m" }
`
  }
  for (const [what, text] of Object.entries(good))
    it(`validates ${what}`, () => {
      expect(refusals(text)).toEqual([])
    })

  const bad: Readonly<Record<string, readonly [text: string, place: string]>> = {
    "an unknown type": ["providers: { a: { type: x } }", "/providers/a/type"],
    "a missing setting": ["providers: { a: { type: zoom, account_id: a, client_id: b } }", "/providers/a"],
    "an unknown setting": ["providers: { a: { type: static, value: a, valu: b } }", "/providers/a"],
    "an unknown key": ["provider: {}", ""],
    "a name that is none": ["providers: { a b: { type: static, value: x } }", "/providers"],
    "a duration that is none": [
      "providers: { a: { type: zoom, account_id: a, client_id: b, client_secret: c, policy: { margin: soon } } }",
      "/providers/a/policy/margin"
    ],
    "a number that is none": [
      "providers: { a: { type: zoom, account_id: a, client_id: b, client_secret: c, policy: { attempts: x } } }",
      "/providers/a/policy/attempts"
    ],
    "a flag that is none": [
      "providers: { a: { type: zoom, account_id: a, client_id: b, client_secret: c, allow_loopback_http: yess } }",
      "/providers/a/allow_loopback_http"
    ],
    "one provider without a name": ["oauth2: { provider_type: static, value: x }", "/oauth2"]
  }
  for (const [what, [text, place]] of Object.entries(bad))
    it(`refuses ${what}`, () => {
      expect(refusals(text)).toContain(place)
    })
})
