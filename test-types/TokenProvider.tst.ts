import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { AccessToken, TokenError } from "effect-oauth"
import { AzureAd, GenericOAuth, StaticToken, TokenProvider } from "effect-oauth"
import { describe, expect, test } from "tstyche"

class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
class Billing extends TokenProvider.Tag("app/Billing")<Billing>() {}

declare const azureAd: AzureAd.Options
declare const program: Effect.Effect<string, never, Graph>
declare const client: HttpClient.HttpClient

const tenantId = Config.string("TENANT_ID")
const clientId = Config.string("CLIENT_ID")
const clientSecret = Config.redacted("CLIENT_SECRET")
const scopes = Config.string("SCOPES")
const settings = { tenantId, clientId, clientSecret, scopes }

const GraphLive = AzureAd.layer(Graph, azureAd)
const BillingLive = AzureAd.layer(Billing, azureAd)

describe("Tag", () => {
  test("keeps its literal id", () => {
    expect(Graph.key).type.toBe<"app/Graph">()
    expect(Billing.key).type.toBe<"app/Billing">()
    expect<Context.Tag.Service<typeof Graph>>().type.toBe<TokenProvider.TokenProvider>()
  })

  test("two tags are two identities", () => {
    expect<Context.Tag.Identifier<typeof Graph>>().type.toBe<Graph>()
    expect<Graph>().type.not.toBeAssignableTo<Billing>()
    expect<Billing>().type.not.toBeAssignableTo<Graph>()
    expect<typeof Graph>().type.not.toBeAssignableTo<typeof Billing>()
    expect<typeof Graph>().type.not.toBeAssignableTo<Context.Tag<Billing, TokenProvider.TokenProvider>>()
  })

  test("an id that is only known as a string makes two tags one", () => {
    // what the literal id guards against
    const id: string = "app/Some"
    class One extends TokenProvider.Tag(id)<One>() {}
    class Other extends TokenProvider.Tag(id)<Other>() {}
    expect<One>().type.toBeAssignableTo<Other>()
  })

  test("brings the provider", () => {
    expect(Effect.flatMap(Graph, ({ get }) => get)).type.toBe<
      Effect.Effect<AccessToken.AccessToken, TokenError.TokenError, Graph>
    >()
  })
})

describe("a program that needs a credential", () => {
  test("does not run without it", () => {
    expect<Effect.Effect.Context<typeof program>>().type.toBe<Graph>()
    expect(Effect.runPromise).type.not.toBeCallableWith(program)
    expect(Effect.runPromise).type.not.toBeCallableWith(Effect.flatMap(Graph, ({ get }) => get))
  })

  test("does not run with another one's layer", () => {
    const provided = Effect.provide(program, BillingLive)
    expect(provided).type.toBe<
      Effect.Effect<string, TokenError.InvalidConfiguration, Graph | HttpClient.HttpClient>
    >()
    expect(BillingLive).type.not.toBeAssignableTo<Layer.Layer<Graph, unknown, HttpClient.HttpClient>>()
  })

  test("runs with its own", () => {
    const provided = Effect.provide(program, GraphLive)
    expect(provided).type.toBe<
      Effect.Effect<string, TokenError.InvalidConfiguration, HttpClient.HttpClient>
    >()
    const fixed = Effect.provide(program, StaticToken.layer(Graph, { value: Redacted.make("a-token") }))
    expect(Effect.runPromise).type.toBeCallableWith(fixed)
  })
})

describe("TokenProvider", () => {
  test("says all that can go wrong, and nothing else", () => {
    expect<TokenProvider.TokenProvider["get"]>().type.toBe<
      Effect.Effect<AccessToken.AccessToken, TokenError.TokenError>
    >()
    expect<TokenProvider.TokenProvider["refresh"]>().type.toBe<
      Effect.Effect<AccessToken.AccessToken, TokenError.TokenError>
    >()
    expect<TokenError.TokenError["_tag"]>().type.toBe<
      | "TransientFailure"
      | "CredentialRejected"
      | "ReauthorizationRequired"
      | "InvalidTokenResponse"
      | "InvalidConfiguration"
      | "StoreFailure"
      | "LoginFailed"
    >()
  })

  test("its failures are caught one by one", () => {
    expect(
      Effect.flatMap(Graph, ({ get }) => get).pipe(
        Effect.catchTag("CredentialRejected", ({ reason }) => Effect.succeed(reason)),
        Effect.catchTag("TransientFailure", ({ isRetryable }) => Effect.succeed(isRetryable))
      )
    ).type.toBe<
      Effect.Effect<
        AccessToken.AccessToken | TokenError.CredentialRejected["reason"] | boolean,
        Exclude<TokenError.TokenError, TokenError.CredentialRejected | TokenError.TransientFailure>,
        Graph
      >
    >()
  })
})

describe("layers", () => {
  test("layer and layerConfig fail with InvalidConfiguration alone", () => {
    expect(AzureAd.layer(Graph, azureAd)).type.toBe<
      Layer.Layer<Graph, TokenError.InvalidConfiguration, HttpClient.HttpClient>
    >()
    expect(AzureAd.layerConfig(Graph, settings)).type.toBe<
      Layer.Layer<Graph, TokenError.InvalidConfiguration, HttpClient.HttpClient>
    >()
  })

  test("layerConfigOptional does not fail", () => {
    expect(AzureAd.layerConfigOptional(Graph, settings)).type.toBe<
      Layer.Layer<Graph, never, HttpClient.HttpClient>
    >()
  })

  test("a fixed token needs no HTTP client", () => {
    expect(StaticToken.layer(Graph, { value: Redacted.make("a-token") })).type.toBe<
      Layer.Layer<Graph, TokenError.InvalidConfiguration>
    >()
    expect(StaticToken.layerConfigOptional(Graph, { value: clientSecret })).type.toBe<Layer.Layer<Graph>>()
  })

  test("layerConfig takes settings as Configs, or all of them as one", () => {
    expect(AzureAd.layerConfig).type.toBeCallableWith(Graph, settings)
    expect(AzureAd.layerConfig).type.toBeCallableWith(Graph, Config.all(settings))
    expect(AzureAd.layerConfig).type.toBeCallableWith(Graph, { ...settings, cloud: Config.succeed("china") })
    expect(AzureAd.layerConfig).type.toBeCallableWith(Graph, {
      ...settings,
      policy: { margin: Config.duration("MARGIN") },
      origins: Config.withDefault(Config.array(Config.string(), "ORIGINS"), undefined)
    })
  })

  test("layerConfig refuses what is no Config, or of the wrong type, or missing", () => {
    expect(AzureAd.layerConfig).type.not.toBeCallableWith(Graph, { ...settings, tenantId: "a-tenant" })
    expect(AzureAd.layerConfig).type.not.toBeCallableWith(Graph, { ...settings, cloud: "china" })
    expect(AzureAd.layerConfig).type.not.toBeCallableWith(Graph, {
      ...settings,
      clientSecret: Config.string("CLIENT_SECRET")
    })
    expect(AzureAd.layerConfig).type.not.toBeCallableWith(Graph, {
      ...settings,
      tenantId: Config.withDefault(tenantId, undefined)
    })
    expect(AzureAd.layerConfig).type.not.toBeCallableWith(Graph, { tenantId, clientId, scopes })
    expect(AzureAd.layerConfig).type.not.toBeCallableWith(Graph, { ...settings, tennantId: tenantId })
  })

  test("a secret is redacted", () => {
    const options = { tenantId: "a-tenant", clientId: "a-client", scopes: "a-scope" }
    expect(AzureAd.layer).type.toBeCallableWith(Graph, {
      ...options,
      clientSecret: Redacted.make("a-secret")
    })
    expect(AzureAd.layer).type.not.toBeCallableWith(Graph, { ...options, clientSecret: "a-secret" })
  })

  test("a tag of another service is refused", () => {
    expect(AzureAd.layer).type.not.toBeCallableWith(client, azureAd)
    expect(AzureAd.layer).type.not.toBeCallableWith("app/Graph", azureAd)
  })
})

describe("GenericOAuth", () => {
  const options = { clientId: "a-client", clientSecret: Redacted.make("a-secret") }
  const configs = { clientId, clientSecret }
  const tokenUrl = "https://login.example.com/token"
  const issuer = "https://login.example.com"

  test("takes a token URL or an issuer", () => {
    expect({ ...options, tokenUrl }).type.toBeAssignableTo<GenericOAuth.Options>()
    expect({ ...options, issuer }).type.toBeAssignableTo<GenericOAuth.Options>()
    expect(GenericOAuth.layer).type.toBeCallableWith(Graph, { ...options, tokenUrl })
    expect(GenericOAuth.layer).type.toBeCallableWith(Graph, { ...options, issuer })
    expect(GenericOAuth.layerConfig).type.toBeCallableWith(Graph, {
      ...configs,
      tokenUrl: Config.string("URL")
    })
    expect(GenericOAuth.layerConfig).type.toBeCallableWith(Graph, {
      ...configs,
      issuer: Config.string("ISSUER")
    })
  })

  test("refuses both, and neither", () => {
    expect({ ...options, tokenUrl, issuer }).type.not.toBeAssignableTo<GenericOAuth.Options>()
    expect(options).type.not.toBeAssignableTo<GenericOAuth.Options>()
    expect(GenericOAuth.layer).type.not.toBeCallableWith(Graph, { ...options, tokenUrl, issuer })
    expect(GenericOAuth.layer).type.not.toBeCallableWith(Graph, options)
    const both = { tokenUrl: Config.string("URL"), issuer: Config.string("ISSUER") }
    expect(GenericOAuth.layerConfig).type.not.toBeCallableWith(Graph, { ...configs, ...both })
    expect(GenericOAuth.layerConfig).type.not.toBeCallableWith(Graph, configs)
    expect(GenericOAuth.layerConfigOptional).type.not.toBeCallableWith(Graph, { ...configs, ...both })
  })

  test("lets the environment decide between the two", () => {
    const byTokenUrl = Config.all({ ...configs, tokenUrl: Config.string("URL") })
    const byIssuer = Config.all({ ...configs, issuer: Config.string("ISSUER") })
    expect(GenericOAuth.layerConfig).type.toBeCallableWith(
      Graph,
      Config.orElse(byTokenUrl, () => byIssuer)
    )
  })

  test("takes optional settings as they come", () => {
    const optional = <A>(config: Config.Config<A>) => Config.withDefault(config, undefined)
    expect(GenericOAuth.layerConfig).type.toBeCallableWith(Graph, {
      tokenUrl: Config.string("URL"),
      clientId,
      clientSecret: optional(clientSecret),
      clientAuthentication: Config.literal("client_secret_basic", "client_secret_post")("METHOD"),
      scope: optional(Config.string("SCOPE")),
      resource: optional(Config.array(Config.string(), "RESOURCE")),
      parameters: { tenant: Config.string("TENANT"), pin: Config.redacted("PIN") }
    })
  })
})
