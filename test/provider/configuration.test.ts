import type * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import {
  Apigee,
  Auth0,
  AzureAd,
  GenericOAuth,
  MemoryTokenStore,
  Okta,
  StaticToken,
  TokenProvider,
  Zoom
} from "effect-oauth"
import type { TokenError } from "effect-oauth"
import * as RefreshTokenProvider from "../../src/provider/RefreshTokenProvider.js"
import { recordingClient } from "../support/recordingClient.js"

class Api extends TokenProvider.Tag("app/Api")<Api>() {}

const clientId = Config.string("CLIENT_ID")
const clientSecret = Config.redacted("CLIENT_SECRET")
const scopes = Config.string("SCOPES")

const azureAd = { tenantId: Config.string("TENANT_ID"), clientId, clientSecret, scopes }
const auth0 = { domain: Config.string("DOMAIN"), clientId, clientSecret }
const okta = { domain: Config.string("DOMAIN"), clientId, clientSecret, scopes }
const apigee = { tokenUrl: Config.string("TOKEN_URL"), clientId, clientSecret }
const zoom = { accountId: Config.string("ACCOUNT_ID"), clientId, clientSecret }
const byIssuer = { issuer: Config.string("ISSUER"), clientId, clientSecret }
const consent = { ...byIssuer, refreshToken: Config.redacted("REFRESH_TOKEN") }
const fixed = { value: Config.redacted("API_KEY") }

interface Preset {
  readonly name: string
  readonly layer: Layer.Layer<Api, TokenError.InvalidConfiguration, HttpClient.HttpClient>
  readonly optional: Layer.Layer<Api, never, HttpClient.HttpClient>
  /** Settings that are complete. */
  readonly settings: Readonly<Record<string, string>>
  /** The name of the setting that holds the secret. */
  readonly secret: string
}

const client = { CLIENT_ID: "the-client", CLIENT_SECRET: "s3cret" }

const presets: ReadonlyArray<Preset> = [
  {
    name: "AzureAd",
    layer: AzureAd.layerConfig(Api, azureAd),
    optional: AzureAd.layerConfigOptional(Api, azureAd),
    settings: { ...client, TENANT_ID: "a-tenant", SCOPES: "https://graph.microsoft.com/.default" },
    secret: "CLIENT_SECRET"
  },
  {
    name: "Auth0",
    layer: Auth0.layerConfig(Api, auth0),
    optional: Auth0.layerConfigOptional(Api, auth0),
    settings: { ...client, DOMAIN: "example.eu.auth0.com" },
    secret: "CLIENT_SECRET"
  },
  {
    name: "Okta",
    layer: Okta.layerConfig(Api, okta),
    optional: Okta.layerConfigOptional(Api, okta),
    settings: { ...client, DOMAIN: "example.okta.com", SCOPES: "read" },
    secret: "CLIENT_SECRET"
  },
  {
    name: "GenericOAuth by token URL",
    layer: GenericOAuth.layerConfig(Api, apigee),
    optional: GenericOAuth.layerConfigOptional(Api, apigee),
    settings: { ...client, TOKEN_URL: "https://login.example.com/token" },
    secret: "CLIENT_SECRET"
  },
  {
    name: "GenericOAuth by issuer",
    layer: GenericOAuth.layerConfig(Api, byIssuer),
    optional: GenericOAuth.layerConfigOptional(Api, byIssuer),
    settings: { ...client, ISSUER: "https://login.example.com" },
    secret: "CLIENT_SECRET"
  },
  {
    name: "Apigee",
    layer: Apigee.layerConfig(Api, apigee),
    optional: Apigee.layerConfigOptional(Api, apigee),
    settings: { ...client, TOKEN_URL: "https://gateway.example.com/token" },
    secret: "CLIENT_SECRET"
  },
  {
    name: "Zoom",
    layer: Zoom.layerConfig(Api, zoom),
    optional: Zoom.layerConfigOptional(Api, zoom),
    settings: { ...client, ACCOUNT_ID: "the-account" },
    secret: "CLIENT_SECRET"
  },
  {
    name: "RefreshTokenProvider",
    layer: RefreshTokenProvider.layerConfig(Api, consent).pipe(Layer.provide(MemoryTokenStore.layer)),
    optional: RefreshTokenProvider.layerConfigOptional(Api, consent).pipe(
      Layer.provide(MemoryTokenStore.layer)
    ),
    settings: { ...client, ISSUER: "https://login.example.com", REFRESH_TOKEN: "r3fresh" },
    secret: "CLIENT_SECRET"
  },
  {
    name: "StaticToken",
    layer: StaticToken.layerConfig(Api, fixed),
    optional: StaticToken.layerConfigOptional(Api, fixed),
    settings: { API_KEY: "a-key" },
    secret: "API_KEY"
  }
]

const environment = (settings: Readonly<Record<string, string>>) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(settings))))

const build = (preset: Preset, settings: Readonly<Record<string, string>>) => {
  const { layer, requests } = recordingClient()
  return Layer.build(Layer.provide(preset.layer, layer)).pipe(
    environment(settings),
    Effect.map(() => requests)
  )
}

describe.each(presets)("$name.layerConfig", (preset) => {
  it.scoped("is made from settings, without a request", () =>
    Effect.map(build(preset, preset.settings), (requests) => expect(requests).toEqual([]))
  )

  it.scoped("names every missing key at once", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(build(preset, {}))
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", reason: "Missing", provider: "app/Api" })
      expect(error.issues.map(({ path }) => path).sort()).toEqual(Object.keys(preset.settings).sort())
      for (const key of Object.keys(preset.settings)) expect(error.message).toContain(key)
    })
  )

  it.scoped("refuses an empty secret", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(build(preset, { ...preset.settings, [preset.secret]: "" }))
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", reason: "Missing" })
      expect(error.issues.map(({ path }) => path)).toEqual([
        preset.secret === "API_KEY" ? "value" : "clientSecret"
      ])
    })
  )

  it.scoped("refuses settings that are all empty, and names each", () =>
    Effect.gen(function* () {
      const empty = Object.fromEntries(Object.keys(preset.settings).map((key) => [key, ""]))
      const error = yield* Effect.flip(build(preset, empty))
      expect(error._tag).toBe("InvalidConfiguration")
      expect(error.issues).toHaveLength(Object.keys(empty).length)
    })
  )
})

describe.each(presets)("$name.layerConfigOptional", (preset) => {
  const use = (settings: Readonly<Record<string, string>>) => {
    const { layer, requests } = recordingClient()
    return Effect.gen(function* () {
      const provider = yield* Api
      const outcome = yield* Effect.either(provider.get)
      const status = yield* provider.status
      return { provider, outcome, status, requests }
    }).pipe(Effect.provide(Layer.provide(preset.optional, layer)), environment(settings))
  }

  it.effect("boots unconfigured: get fails before any request", () =>
    Effect.gen(function* () {
      const { outcome, provider, requests, status } = yield* use({})
      expect(provider.isConfigured).toBe(false)
      expect(outcome).toMatchObject({
        _tag: "Left",
        left: { _tag: "InvalidConfiguration", reason: "Missing" }
      })
      expect(status).toMatchObject({ isConfigured: false, state: "Empty", provider: "app/Api" })
      expect(Option.map(status.lastFailure, ({ error }) => error._tag)).toEqual(
        Option.some("InvalidConfiguration")
      )
      expect(yield* Effect.flip(provider.refresh)).toMatchObject({ _tag: "InvalidConfiguration" })
      expect(yield* Effect.flip(provider.headers)).toMatchObject({ _tag: "InvalidConfiguration" })
      yield* provider.clear
      expect(requests).toEqual([])
    })
  )

  it.effect("boots unconfigured with settings that are wrong, too", () =>
    Effect.gen(function* () {
      const { outcome, provider, requests } = yield* use({ ...preset.settings, [preset.secret]: "" })
      expect(provider.isConfigured).toBe(false)
      expect(outcome).toMatchObject({ _tag: "Left", left: { _tag: "InvalidConfiguration" } })
      expect(requests).toEqual([])
    })
  )

  it.effect("is configured with settings that are complete", () =>
    Effect.map(use(preset.settings), ({ provider }) => expect(provider.isConfigured).toBe(true))
  )
})

describe("layerConfig", () => {
  it.scoped("names a malformed key by its path, never by its value", () =>
    Effect.gen(function* () {
      const { layer } = recordingClient()
      const live = AzureAd.layerConfig(Api, {
        ...azureAd,
        cloud: Config.literal("public", "china")("CLOUD"),
        allowLoopbackHttp: Config.boolean("LOOPBACK"),
        policy: { attempts: Config.integer("ATTEMPTS"), margin: Config.duration("MARGIN") }
      }).pipe(Layer.provide(layer))
      const canary = "canary-value"
      const error = yield* Layer.build(live).pipe(
        environment({ CLOUD: canary, LOOPBACK: canary, ATTEMPTS: canary, MARGIN: canary, TENANT_ID: canary }),
        Effect.flip
      )
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", reason: "Malformed" })
      expect(error.issues.map(({ path }) => path).sort()).toEqual(
        ["ATTEMPTS", "CLIENT_ID", "CLIENT_SECRET", "CLOUD", "LOOPBACK", "MARGIN", "SCOPES"].sort()
      )
      expect(error.message + JSON.stringify(error) + inspect(error)).not.toContain(canary)
    })
  )

  it.scoped("names a nested key by its whole path", () =>
    Effect.gen(function* () {
      const { layer } = recordingClient()
      const live = Layer.provide(Zoom.layerConfig(Api, Config.nested(Config.all(zoom), "ZOOM")), layer)
      const error = yield* Effect.flip(environment({})(Layer.build(live)))
      expect(error.issues.map(({ path }) => path).sort()).toEqual([
        "ZOOM.ACCOUNT_ID",
        "ZOOM.CLIENT_ID",
        "ZOOM.CLIENT_SECRET"
      ])
    })
  )

  it.scoped("optional settings may be left to a default of undefined", () =>
    Effect.gen(function* () {
      const { layer, requests } = recordingClient()
      const optional = <A>(config: Config.Config<A>) => Config.withDefault(config, undefined)
      const live = GenericOAuth.layerConfig(Api, {
        tokenUrl: Config.string("TOKEN_URL"),
        clientId,
        clientSecret: optional(clientSecret),
        clientAuthentication: optional(Config.literal("client_secret_basic", "client_secret_post")("METHOD")),
        basicEncoding: optional(Config.literal("form", "raw")("ENCODING")),
        requestFormat: optional(Config.literal("form", "json")("FORMAT")),
        scope: optional(Config.string("SCOPE")),
        audience: optional(Config.string("AUDIENCE")),
        resource: optional(Config.array(Config.string(), "RESOURCE")),
        parameters: { tenant: optional(Config.string("TENANT")), pin: optional(Config.redacted("PIN")) },
        profile: Config.succeed(undefined),
        origins: optional(Config.array(Config.string(), "ORIGINS")),
        allowLoopbackHttp: optional(Config.boolean("LOOPBACK")),
        policy: { margin: optional(Config.duration("MARGIN")) }
      })
      const bodies = (settings: Readonly<Record<string, string>>) =>
        Effect.flatMap(Api, ({ get }) => get).pipe(
          Effect.provide(Layer.provide(live, layer)),
          environment({ TOKEN_URL: "https://login.example.com/token", CLIENT_ID: "the-client", ...settings }),
          Effect.map(() => requests.at(-1)?.body)
        )
      expect(yield* bodies({})).toBe("grant_type=client_credentials&client_id=the-client")
      const full = {
        CLIENT_SECRET: "s3cret",
        FORMAT: "json",
        METHOD: "client_secret_post",
        PIN: "0",
        RESOURCE: "urn:a,urn:b"
      }
      expect(JSON.parse((yield* bodies(full)) ?? "")).toEqual({
        grant_type: "client_credentials",
        resource: ["urn:a", "urn:b"],
        pin: "0",
        client_id: "the-client",
        client_secret: "s3cret"
      })
    })
  )

  it.scoped("takes all settings as one Config, too", () =>
    Effect.gen(function* () {
      const { layer, requests } = recordingClient()
      const all: Config.Config<{ domain: string; clientId: string; clientSecret: Redacted.Redacted }> =
        Config.all(auth0)
      const program = Effect.flatMap(Api, ({ get }) => get).pipe(
        Effect.provide(Layer.provide(Auth0.layerConfig(Api, all), layer)),
        environment({ ...client, DOMAIN: "example.eu.auth0.com" })
      )
      yield* program
      expect(requests.map(({ url }) => url)).toEqual(["https://example.eu.auth0.com/oauth/token"])
    })
  )
})

describe("layer", () => {
  it.scoped("two credentials stand side by side", () =>
    Effect.gen(function* () {
      class Other extends TokenProvider.Tag("app/Other")<Other>() {}
      const { layer, requests } = recordingClient((request) => ({
        body: { access_token: new URL(request.url).hostname }
      }))
      const live = Layer.merge(
        GenericOAuth.layer(Api, { tokenUrl: "https://one.example.com/token", clientId: "one" }),
        GenericOAuth.layer(Other, { tokenUrl: "https://other.example.com/token", clientId: "other" })
      )
      const headers = yield* Effect.all([
        Effect.flatMap(Api, ({ headers }) => headers),
        Effect.flatMap(Other, ({ headers }) => headers)
      ]).pipe(Effect.provide(Layer.provide(live, layer)))
      expect(headers.map(({ authorization }) => authorization)).toEqual([
        "Bearer one.example.com",
        "Bearer other.example.com"
      ])
      expect(requests).toHaveLength(2)
    })
  )
})

describe("what is not set", () => {
  const settings = ConfigProvider.fromMap(
    new Map(Object.entries({ ...client, TOKEN_URL: "https://login.example.com/token" }))
  )

  it.effect("a member that is undefined is one that was left out", () => {
    const { layer, requests } = recordingClient()
    // whoever compiles without exactOptionalPropertyTypes may write such a member anywhere
    const undefinedMembers: object = { audience: undefined, policy: { margin: undefined } }
    return Effect.flatMap(Api, (api) => api.get).pipe(
      Effect.provide(Layer.provide(GenericOAuth.layerConfig(Api, { ...apigee, ...undefinedMembers }), layer)),
      Effect.withConfigProvider(settings),
      Effect.map(() => {
        expect(requests).toHaveLength(1)
      })
    )
  })

  it.effect("a key that is missing in both of two ways is named once", () =>
    Effect.gen(function* () {
      const error = yield* Layer.build(
        GenericOAuth.layerConfig(
          Api,
          Config.orElse(Config.unwrap<GenericOAuth.Options>(apigee), () =>
            Config.unwrap<GenericOAuth.Options>(byIssuer)
          )
        )
      ).pipe(
        Effect.scoped,
        Effect.provide(recordingClient().layer),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map())),
        Effect.flip
      )
      const paths = error.issues.map(({ path }) => path)
      expect([...paths].sort()).toEqual(["CLIENT_ID", "CLIENT_SECRET", "ISSUER", "TOKEN_URL"])
    })
  )
})
