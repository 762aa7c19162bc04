import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Grant, TokenError, TokenProvider } from "effect-oauth"
import {
  Apigee,
  Auth0,
  AzureAd,
  GenericOAuth,
  MemoryTokenStore,
  Okta,
  RefreshTokenProvider,
  StaticToken,
  Zoom
} from "effect-oauth"
import type { Entry } from "./lives.js"
import { Api, clientSecret, life, origins, otherSecret, policy, refusals, served, tokenUrl } from "./lives.js"
import { marks } from "./marks.js"
import * as Servers from "./servers.js"
import type { Exhibit } from "./witness.js"

/** The exports that presets have in common. `Wrong` are settings with a secret where none belongs. */
const preset = <O, C = Config.Config.Wrap<O>>(
  name: string,
  module: {
    readonly make: TokenProvider.Make<O, HttpClient.HttpClient>
    readonly grant?: (
      name: string,
      options: O
    ) => Effect.Effect<Grant.Grant, TokenError.InvalidConfiguration, HttpClient.HttpClient>
    readonly layer: (
      tag: typeof Api,
      options: O
    ) => Layer.Layer<Api, TokenError.InvalidConfiguration, HttpClient.HttpClient>
    readonly layerConfig: (
      tag: typeof Api,
      config: C
    ) => Layer.Layer<Api, TokenError.InvalidConfiguration, HttpClient.HttpClient>
    readonly layerConfigOptional: (
      tag: typeof Api,
      config: C
    ) => Layer.Layer<Api, never, HttpClient.HttpClient>
  },
  settings: {
    readonly right: O
    readonly wrong: ReadonlyArray<O>
    readonly config: (secret: Config.Config<Redacted.Redacted>) => C
    readonly secret: string
  }
): Readonly<Record<string, Entry>> => {
  const inLayer = (layer: Layer.Layer<Api, TokenError.InvalidConfiguration, HttpClient.HttpClient>) =>
    Effect.gen(function* () {
      const built = yield* Layer.build(layer)
      const { holds, shows } = yield* life(Effect.succeed(Context.get(built, Api)))
      return { shows: [layer, built, ...shows], holds }
    })
  const config = settings.config(Config.redacted("SECRET"))
  const configured = Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["SECRET", settings.secret]])))
  // a setting whose own error says its value
  const refused = settings.config(
    Config.redacted(
      Config.mapOrFail(Config.string("SECRET"), (value) =>
        Either.left(ConfigError.InvalidData(["SECRET"], `"${value}" makes no sense`))
      )
    )
  )
  const exercises: Readonly<
    Record<string, Effect.Effect<Exhibit, unknown, HttpClient.HttpClient | Scope.Scope>>
  > = {
    ...(module.grant === undefined ? {} : { grant: alone(module.grant, settings.right, settings.wrong) }),
    make: Effect.gen(function* () {
      const { holds, shows } = yield* life(module.make("app/Api", settings.right))
      const errors = yield* refusals(...settings.wrong.map((options) => module.make("app/Api", options)))
      return { shows: [settings.right, ...shows, ...errors], holds: [settings.secret, ...holds] }
    }),
    layer: Effect.gen(function* () {
      const { holds, shows } = yield* inLayer(module.layer(Api, settings.right))
      const errors = yield* refusals(
        ...settings.wrong.map((options) => Layer.build(module.layer(Api, options)))
      )
      return { shows: [...shows, ...errors], holds }
    }),
    layerConfig: Effect.gen(function* () {
      const { holds, shows } = yield* inLayer(module.layerConfig(Api, config))
      const errors = yield* refusals(Layer.build(module.layerConfig(Api, refused)))
      return { shows: [...shows, ...errors], holds }
    }).pipe(configured),
    layerConfigOptional: Effect.gen(function* () {
      const { holds, shows } = yield* inLayer(module.layerConfigOptional(Api, config))
      const built = yield* Layer.build(module.layerConfigOptional(Api, refused))
      const unconfigured = Context.get(built, Api)
      const error = yield* Effect.flip(unconfigured.get)
      const status = yield* unconfigured.status
      return {
        shows: [...shows, built, unconfigured, Object.values(unconfigured), error, status],
        holds
      }
    }).pipe(configured)
  }
  return Object.fromEntries(
    Object.entries(exercises).map(([member, exercise]) => [
      `${name}.${member}`,
      Effect.suspend(() => served(exercise, Servers.server(Servers.token, Servers.nextToken)))
    ])
  )
}

/** A preset's grant, by itself. */
const alone = <O>(
  grant: (
    name: string,
    options: O
  ) => Effect.Effect<Grant.Grant, TokenError.InvalidConfiguration, HttpClient.HttpClient>,
  right: O,
  wrong: ReadonlyArray<O>
) =>
  Effect.gen(function* () {
    const made = yield* grant("app/Api", right)
    const request = made.request(Option.none())
    const issued = yield* request
    const errors = yield* refusals(...wrong.map((options) => grant("app/Api", options)))
    return { shows: [made, request, issued, ...errors], holds: [Redacted.value(issued.value)] }
  })

const common = { clientId: "a-client", clientSecret, origins, policy }
const secretUrls = [
  `https://a-user:${marks.otherSecret}@login.example.com/token`,
  `https://login.example.com/token?client_secret=${marks.otherSecret}`,
  `https://login.example.com/token#${marks.otherSecret}`,
  `http://login.example.com/token/${marks.otherSecret}`,
  marks.otherSecret
] as const

const onStore = Layer.provide(MemoryTokenStore.layer)

export const presets: Readonly<Record<string, Entry>> = {
  "AzureAd.authorities": "URLs",
  ...preset<Apigee.Options>("Apigee", Apigee, {
    right: { ...common, tokenUrl },
    wrong: [
      { ...common, tokenUrl: secretUrls[0] },
      { ...common, tokenUrl: secretUrls[1] }
    ],
    config: (clientSecret) => ({
      clientSecret,
      clientId: Config.succeed("a-client"),
      tokenUrl: Config.succeed(tokenUrl)
    }),
    secret: marks.clientSecret
  }),
  ...preset<Auth0.Options>("Auth0", Auth0, {
    right: { ...common, domain: "tenant.example.com" },
    wrong: [
      { ...common, domain: secretUrls[0] },
      { ...common, domain: "", audience: "" }
    ],
    config: (clientSecret) => ({
      clientSecret,
      clientId: Config.succeed("a-client"),
      domain: Config.succeed("tenant.example.com")
    }),
    secret: marks.clientSecret
  }),
  ...preset<AzureAd.Options>("AzureAd", AzureAd, {
    right: { ...common, tenantId: "a-tenant", scopes: "https://api.example.com/.default" },
    wrong: [
      { ...common, tenantId: secretUrls[0], scopes: [] },
      { ...common, tenantId: "a-tenant", scopes: "a-scope", authority: secretUrls[0] }
    ],
    config: (clientSecret) => ({
      clientSecret,
      clientId: Config.succeed("a-client"),
      tenantId: Config.succeed("a-tenant"),
      scopes: Config.succeed("https://api.example.com/.default")
    }),
    secret: marks.clientSecret
  }),
  ...preset<GenericOAuth.Options, GenericOAuth.ConfigOptions>("GenericOAuth", GenericOAuth, {
    right: {
      ...common,
      tokenUrl,
      requestFormat: "json",
      clientAuthentication: "client_secret_post",
      parameters: { password: otherSecret },
      profile: { keep: ["instance_url", "access_token", "said"] }
    },
    wrong: [
      ...secretUrls.map((tokenUrl) => ({ ...common, tokenUrl })),
      ...secretUrls.map((issuer) => ({ ...common, issuer })),
      { ...common, tokenUrl, parameters: { client_secret: otherSecret, grant_type: otherSecret } },
      { ...common, tokenUrl, clientAuthentication: "none" }
    ],
    config: (clientSecret) => ({
      clientSecret,
      clientId: Config.succeed("a-client"),
      tokenUrl: Config.succeed(tokenUrl)
    }),
    secret: marks.clientSecret
  }),
  ...preset<Okta.Options>("Okta", Okta, {
    right: { ...common, domain: "tenant.example.com", scopes: "a-scope" },
    wrong: [{ ...common, domain: secretUrls[0], authorizationServer: secretUrls[1], scopes: [] }],
    config: (clientSecret) => ({
      clientSecret,
      clientId: Config.succeed("a-client"),
      domain: Config.succeed("tenant.example.com"),
      scopes: Config.succeed("a-scope")
    }),
    secret: marks.clientSecret
  }),
  ...preset<RefreshTokenProvider.Options, RefreshTokenProvider.ConfigOptions>(
    "RefreshTokenProvider",
    {
      grant: RefreshTokenProvider.grant,
      make: (name, options) =>
        Effect.provide(RefreshTokenProvider.make(name, options), MemoryTokenStore.layer),
      layer: (tag, options) => onStore(RefreshTokenProvider.layer(tag, options)),
      layerConfig: (tag, config) => onStore(RefreshTokenProvider.layerConfig(tag, config)),
      layerConfigOptional: (tag, config) => onStore(RefreshTokenProvider.layerConfigOptional(tag, config))
    },
    {
      right: {
        ...common,
        tokenUrl,
        refreshToken: Redacted.make<string>(marks.refreshToken),
        parameters: { password: otherSecret }
      },
      wrong: [
        ...secretUrls.map((tokenUrl) => ({ ...common, tokenUrl })),
        {
          ...common,
          tokenUrl,
          refreshToken: Redacted.make(` ${marks.refreshToken}`),
          parameters: { refresh_token: otherSecret }
        }
      ],
      config: (clientSecret) => ({
        clientSecret,
        refreshToken: Config.succeed(Redacted.make<string>(marks.refreshToken)),
        clientId: Config.succeed("a-client"),
        tokenUrl: Config.succeed(tokenUrl)
      }),
      secret: marks.clientSecret
    }
  ),
  ...preset<StaticToken.Options>("StaticToken", StaticToken, {
    right: { value: Redacted.make<string>(marks.apiKey), header: "x-functions-key", origins },
    wrong: [
      { value: Redacted.make(`Bearer ${marks.apiKey}`) },
      { value: Redacted.make(`${marks.apiKey}\n${marks.apiKey}`), header: "x-functions-key" },
      { value: Redacted.make<string>(marks.apiKey), header: `no name`, scheme: "no scheme" }
    ],
    config: (value) => ({ value }),
    secret: marks.apiKey
  }),
  ...preset<Zoom.Options>("Zoom", Zoom, {
    right: { ...common, accountId: "an-account" },
    wrong: [{ ...common, accountId: "", tokenUrl: secretUrls[0] }],
    config: (clientSecret) => ({
      clientSecret,
      clientId: Config.succeed("a-client"),
      accountId: Config.succeed("an-account")
    }),
    secret: marks.clientSecret
  })
}
