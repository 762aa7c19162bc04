import { describe, expect, it } from "@effect/vitest"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { TokenProvider } from "effect-oauth"
import { ConfigFile, DotEnv, Environment } from "effect-oauth/config"
import { marks, marksIn } from "../canary/marks.js"
import type { Exhibit } from "../canary/witness.js"
import { witness } from "../canary/witness.js"
import { recordingClient } from "../support/recordingClient.js"
import type { Variables } from "./support.js"
import { parse, withVariables } from "./support.js"

class Api extends TokenProvider.Tag("app/Api")<Api>() {}

const secret = marks.clientSecret
const quoted = JSON.stringify(secret)

const shown = (effect: Effect.Effect<Exhibit, unknown, HttpClient.HttpClient | Scope.Scope>) =>
  Effect.gen(function* () {
    // a client that answers nothing: whatever happens, happens before
    const { leaks } = yield* witness(Effect.provide(effect, recordingClient().layer))
    expect(leaks).toEqual([])
  })

/** Everything that a configuration shows, and every provider of it. */
const exhibit = (configuration: Effect.Effect<unknown, unknown>) =>
  shown(
    Effect.gen(function* () {
      const found = yield* Effect.either(configuration)
      const value = Either.merge(found)
      const providers = hasProviders(value) ? value.providers : []
      const made = yield* Effect.forEach(providers, ({ make }) => Effect.either(make))
      return { shows: [configuration, value, ...made.map(Either.merge)], holds: [secret] }
    })
  )

const hasProviders = (
  value: unknown
): value is {
  readonly providers: ReadonlyArray<{
    readonly make: Effect.Effect<TokenProvider.TokenProvider, unknown, HttpClient.HttpClient | Scope.Scope>
  }>
} => typeof value === "object" && value !== null && "providers" in value

describe("S22 a file shows no secret", () => {
  const provider = (more: string) =>
    `providers:\n  api:\n    type: azure\n    tenant_id: t\n    client_id: c\n${more.replace(/^/gm, "    ")}`
  const files: Readonly<Record<string, string>> = {
    "that is right": provider("client_secret: ${SECRET}"),
    "in plain text": provider(`client_secret: ${quoted}`),
    "with a default": provider(`client_secret: '\${NONE:-${secret}}'`),
    "of every type": `providers:
  b: { type: auth0, domain: a.example.com, client_id: b, client_secret: ${quoted} }
  d: { type: generic, issuer: https://a.example.com, client_id: b, client_secret: ${quoted}, parameters: { a: ${quoted} } }
  g: { type: static, value: ${JSON.stringify(marks.apiKey)} }
oauth2: { provider_name: o, provider_type: zoom, account_id: a, client_id: b, client_secret: ${quoted} }
`,
    "with a key that is not closed": provider(`client_secret: "${secret}`),
    "with a key without its space": provider(`client_secret:${secret}`),
    "in braces without its space": provider(`policy: {margin:${marks.otherSecret}}`),
    "as a key": provider(`? ${quoted}\n: x`),
    "as a key without a value": `providers: { api: { type: azure, ${quoted} } }`,
    twice: provider(`client_secret: ${quoted}\nclient_secret: ${quoted}`),
    "with a tag": provider(`client_secret: !vault ${quoted}`),
    "as an alias": provider(`client_secret: *${marks.otherSecret}`),
    "as the name of a provider": `providers: { ${quoted}: { type: azure } }`,
    "as a type": `providers: { api: { type: ${quoted} } }`,
    "as the name of the one provider": `oauth2: { provider_name: ${quoted}, provider_type: static, value: x }`,
    "in a group": provider(`client_secret: { value: ${quoted} }`),
    "in a list": provider(`client_secret: [${quoted}]`),
    "in the place of everything else": provider(
      ["cloud", "allow_loopback_http", "policy", "origins", "secret"]
        .map((key) => `${key}: ${quoted}`)
        .join("\n")
    ),
    "in the policy": provider(`policy: { margin: ${quoted}, attempts: ${quoted} }`),
    "in a URL": `providers:
  a: { type: generic, token_url: "https://u:\${URLSECRET}@a.example.com/t", client_id: a, client_secret: "\${SECRET}" }
  b: { type: generic, token_url: "https://a.example.com/t?client_secret=\${URLSECRET}", client_id: a, client_secret: s }
  c: { type: generic, base_url: "https://u:\${URLSECRET}@a.example.com", token_path: t, client_id: a, client_secret: s }
`,
    "in a reference that is none": provider(`client_secret: '\${${secret}'`),
    "as the whole file": secret,
    "after the file": `${provider("client_secret: ${SECRET}")}\n--- ${quoted}`
  }
  const variables: Variables = { SECRET: secret, URLSECRET: encodeURIComponent(secret) }

  for (const [what, text] of Object.entries(files)) {
    it.scoped(what, () => exhibit(withVariables(variables)(parse(text))))
  }

  it("and its JSON Schema holds none", () => {
    expect(marksIn(JSON.stringify(ConfigFile.jsonSchema()))).toEqual([])
  })
})

describe("S22 the environment shows no secret", () => {
  const all = (value: string): Variables =>
    Object.fromEntries(
      [...Environment.wellKnown, Environment.wellKnownPrefix("OWN")]
        .flatMap(({ variables }) => variables)
        .map(({ name }) => [name, value])
    )
  const secrets = {
    AZURE_CLIENT_SECRET: secret,
    AUTH0_CLIENT_SECRET: secret,
    OAUTH2_CLIENT_SECRET: secret,
    OWN_CLIENT_SECRET: secret
  }
  const environments: Readonly<Record<string, Variables>> = {
    "where a secret is all there is": secrets,
    "where everything is right": {
      ...secrets,
      AZURE_TENANT_ID: "t",
      AZURE_CLIENT_ID: "c",
      AUTH0_DOMAIN: "a.example.com",
      AUTH0_CLIENT_ID: "c",
      OAUTH2_CLIENT_ID: "c",
      OAUTH2_TOKEN_URL: "https://a.example.com/t"
    },
    "where URLs hold it": {
      ...all(`https://u:${encodeURIComponent(secret)}@a.example.com/`),
      ...secrets,
      OAUTH2_ISSUER: "",
      OAUTH2_TOKEN_PATH: "",
      OAUTH2_CLIENT_ID: "a",
      OAUTH2_SCOPE: "",
      OAUTH2_AUDIENCE: "",
      OAUTH2_ORIGINS: "",
      OAUTH2_BASE_URL: "",
      AZURE_CLIENT_ID: "c",
      AZURE_SCOPE: "",
      AUTH0_CLIENT_ID: "c",
      AUTH0_SCOPE: "",
      AUTH0_AUDIENCE: "",
      OWN_CLIENT_ID: "c",
      OWN_SCOPE: "",
      OWN_AUDIENCE: ""
    },
    "where switches are it": { ...secrets, OAUTH2_ALLOW_LOOPBACK_HTTP: secret, OAUTH2_PREFIXES: secret }
  }

  for (const [what, variables] of Object.entries(environments)) {
    it.scoped(what, () =>
      exhibit(withVariables(variables)(Environment.configurationWith({ prefixes: ["OWN"] })))
    )
  }

  it.scoped("in a layer", () =>
    shown(
      Effect.gen(function* () {
        const layer = Environment.layer(Api, "azure")
        const built = yield* Effect.either(Layer.build(layer))
        const optional = yield* Layer.build(Environment.layerOptional(Api, "azure"))
        return { shows: [layer, Either.merge(built), optional, Environment.wellKnown], holds: [secret] }
      })
    ).pipe(withVariables({ AZURE_CLIENT_SECRET: secret }))
  )
})

describe("S22 a .env file shows no secret", () => {
  const texts: Readonly<Record<string, string>> = {
    "that is right": `A='${secret}'`,
    "with a quote that is not closed": `A="${secret}\n'`,
    "with a line that is none": secret,
    "with something behind a quote": `A='x' ${secret}`
  }
  for (const [what, text] of Object.entries(texts)) {
    it.scoped(what, () =>
      shown(
        Effect.sync(() => {
          const parsed = DotEnv.parse(text, { path: ".env" })
          return { shows: [parsed, Either.merge(parsed)], holds: [secret] }
        })
      )
    )
  }
})
