import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { TestTokenProvider } from "effect-oauth/testing"
import { Auth0Users } from "effect-oauth/auth0"
import type { Recorded } from "../support/recordingClient.js"
import { recordingClient, tokenAnswer } from "../support/recordingClient.js"

const complete = new Map([
  ["AUTH0_DOMAIN", "example.eu.auth0.com"],
  ["AUTH0_CLIENT_ID", "a-client"],
  ["AUTH0_CLIENT_SECRET", "canary-client-secret"]
])

/** Builds the layer and gets a user with it: what is sent, the token request first. */
const use = <E>(
  layer: Layer.Layer<Auth0Users.Auth0Users, E, HttpClient.HttpClient>,
  settings: ReadonlyMap<string, string> = complete
) =>
  Effect.gen(function* () {
    const { layer: client, requests } = recordingClient(({ url }: Recorded) =>
      url.endsWith("/oauth/token") ? tokenAnswer : { body: { user_id: "auth0|1" } }
    )
    const built = yield* Layer.build(Layer.provide(layer, client)).pipe(
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(settings)))
    )
    const users = Context.get(built, Auth0Users.Auth0Users)
    return { users, user: yield* Effect.either(users.get("auth0|1")), requests }
  })

const urls = (requests: ReadonlyArray<Recorded>) => requests.map(({ url }) => url)

const audienceOf = ([request]: ReadonlyArray<Recorded>): unknown =>
  (JSON.parse(request?.body ?? "{}") as Readonly<Record<string, unknown>>)["audience"]

describe("Auth0Users.layerConfig", () => {
  it.scoped("takes its settings from the environment", () =>
    Effect.gen(function* () {
      const { requests, user, users } = yield* use(Auth0Users.layerConfig())
      expect(users.isConfigured).toBe(true)
      expect(user._tag).toBe("Right")
      expect(urls(requests)).toEqual([
        "https://example.eu.auth0.com/oauth/token",
        "https://example.eu.auth0.com/api/v2/users/auth0%7C1"
      ])
      expect(audienceOf(requests)).toBe("https://example.eu.auth0.com/api/v2/")
    })
  )

  it.scoped("with a custom domain, the API is where its identifier says", () =>
    Effect.gen(function* () {
      const settings = new Map([
        ...complete,
        ["AUTH0_DOMAIN", "login.example.com"],
        ["AUTH0_MANAGEMENT_AUDIENCE", "https://example.eu.auth0.com/api/v2/"]
      ])
      const layer = Auth0Users.layerConfig({
        ...Auth0Users.environment,
        audience: Config.string("AUTH0_MANAGEMENT_AUDIENCE")
      })
      const { requests } = yield* use(layer, settings)
      expect(urls(requests)).toEqual([
        "https://login.example.com/oauth/token",
        "https://example.eu.auth0.com/api/v2/users/auth0%7C1"
      ])
      expect(audienceOf(requests)).toBe("https://example.eu.auth0.com/api/v2/")
    })
  )

  it.scoped("takes an empty variable for one that is not set, and no white space for part of a value", () =>
    Effect.gen(function* () {
      const blank = new Map([...complete, ["AUTH0_DOMAIN", ""], ["AUTH0_CLIENT_SECRET", ""]])
      const error = yield* Effect.flip(use(Auth0Users.layerConfig(), blank))
      expect("issues" in error && error.issues.map(({ path }) => path)).toEqual([
        "AUTH0_DOMAIN",
        "AUTH0_CLIENT_SECRET"
      ])
      const spaced = new Map([...complete].map(([name, value]) => [name, ` ${value}\n`] as const))
      const { user } = yield* use(Auth0Users.layerConfig(), spaced)
      expect(user._tag).toBe("Right")
    })
  )

  it.scoped("names every missing key", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(use(Auth0Users.layerConfig(), new Map()))
      expect(error).toMatchObject({
        _tag: "InvalidConfiguration",
        reason: "Missing",
        issues: [{ path: "AUTH0_DOMAIN" }, { path: "AUTH0_CLIENT_ID" }, { path: "AUTH0_CLIENT_SECRET" }]
      })
    })
  )
})

describe("Auth0Users.layerConfigOptional", () => {
  it.scoped("is the same where the settings are complete", () =>
    Effect.gen(function* () {
      const { user, users } = yield* use(Auth0Users.layerConfigOptional())
      expect(users.isConfigured).toBe(true)
      expect(user._tag).toBe("Right")
    })
  )

  it.scoped("boots without settings, and every operation says which are missing", () =>
    Effect.gen(function* () {
      const { requests, users } = yield* use(Auth0Users.layerConfigOptional(), new Map())
      expect(users.isConfigured).toBe(false)
      const operations: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string }>> = [
        users.create({ connection: "a-connection" }),
        users.get("auth0|1"),
        users.findByEmail("jane@example.com"),
        users.update("auth0|1", {}),
        users.delete("auth0|1")
      ]
      for (const operation of operations) {
        expect(yield* Effect.flip(operation)).toMatchObject({
          _tag: "InvalidConfiguration",
          issues: [{ path: "AUTH0_DOMAIN" }, { path: "AUTH0_CLIENT_ID" }, { path: "AUTH0_CLIENT_SECRET" }]
        })
      }
      expect(requests).toEqual([])
    })
  )

  it.scoped("boots with settings that make no sense", () =>
    Effect.gen(function* () {
      const { user, users } = yield* use(Auth0Users.layerConfigOptional(undefined, { rateLimitWaits: -1 }))
      expect(users.isConfigured).toBe(false)
      expect(user).toMatchObject({ left: { issues: [{ path: "rateLimitWaits" }] } })
    })
  )
})

describe("Auth0Users.layer", () => {
  const settings = {
    domain: "example.eu.auth0.com",
    clientId: "a-client",
    clientSecret: Redacted.make("canary-client-secret")
  }

  it.scoped("names what makes no sense, all of it", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        use(Auth0Users.layer({ ...settings, deadline: 0, rateLimitWaits: 1.5 }))
      )
      expect(error).toMatchObject({ issues: [{ path: "deadline" }, { path: "rateLimitWaits" }] })
    })
  )

  const elsewhere = { ...settings, audience: "https://tenant.internal.example/api/v2/" }

  it.scoped("an audience that does not tell where the API is needs its origin", () =>
    Effect.gen(function* () {
      const { requests } = yield* use(
        Auth0Users.layer({ ...elsewhere, origins: ["https://api.example.com/"] })
      )
      expect(urls(requests)[1]).toBe("https://api.example.com/api/v2/users/auth0%7C1")
    })
  )

  it.scoped.each([undefined, "https://*.example.com", "*", "api.example.com", "http://api.example.com"])(
    "%j is no origin to send to",
    (origin) =>
      Effect.gen(function* () {
        const origins = origin === undefined ? undefined : [origin]
        expect(yield* Effect.flip(use(Auth0Users.layer({ ...elsewhere, origins })))).toMatchObject({
          _tag: "InvalidConfiguration"
        })
      })
  )
})

describe("Auth0Users.make", () => {
  it.scoped("takes any provider that knows where the API is", () =>
    Effect.gen(function* () {
      const { layer, requests } = recordingClient(() => ({ body: { user_id: "auth0|1" } }))
      const provider = (origins: ReadonlyArray<string>) =>
        TestTokenProvider.make("test", "a-token", { origins })
      const users = yield* Effect.provide(Auth0Users.make(provider(["https://tenant.example.com"])), layer)
      yield* users.get("auth0|1")
      expect(requests[0]?.headers["authorization"]).toBe("Bearer a-token")
      expect(yield* Effect.flip(Effect.provide(Auth0Users.make(provider([])), layer))).toMatchObject({
        _tag: "InvalidConfiguration",
        provider: "test",
        issues: [{ path: "origins" }]
      })
    })
  )
})
