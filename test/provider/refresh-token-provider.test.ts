import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, expectTypeOf, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { TokenError, TokenStore } from "effect-oauth"
import { MemoryTokenStore, RefreshTokenProvider, TokenProvider } from "effect-oauth"
import { Answer, FakeAuthorizationServer } from "effect-oauth/testing"
import { inspect } from "node:util"
import * as HttpServer from "../support/apiServer.js"
import { formOf, recordingClient, theOnly } from "../support/recordingClient.js"

class Books extends TokenProvider.Tag("app/Books")<Books>() {}

const options = {
  tokenUrl: "https://login.example.com/token",
  clientId: "a-client",
  clientSecret: Redacted.make("a-secret")
}

const text = (token: { readonly value: Redacted.Redacted }) => Redacted.value(token.value)

/** A provider of the server's client, on a store of its own. */
const providerAt = (
  server: FakeAuthorizationServer.Service,
  changes: Partial<RefreshTokenProvider.ClientOptions> = {}
) =>
  RefreshTokenProvider.make("app/Books", { ...options, tokenUrl: server.tokenUrl, ...changes }).pipe(
    Effect.provide([server.layer, MemoryTokenStore.layer])
  )

describe("a provider of one consent", () => {
  it.scoped("S27 presents the seed once, and from then on what it got for it", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const provider = yield* providerAt(server, { refreshToken: yield* server.consent() })
      expect(yield* server.tokenRequestCount).toBe(0)
      const values = [
        yield* provider.get,
        yield* provider.get,
        yield* provider.refresh,
        yield* provider.refresh
      ]
      expect(values.map(text)).toEqual([
        "access-token-1",
        "access-token-1",
        "access-token-2",
        "access-token-3"
      ])
      expect(yield* server.isActive("refresh-token-4")).toBe(true)
    })
  )

  it.scoped("S27 what it has stands in the store, for whoever comes after it", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const refreshToken = yield* server.consent()
      const life = Effect.scoped(
        Effect.flatMap(
          RefreshTokenProvider.make("app/Books", { ...options, tokenUrl: server.tokenUrl, refreshToken }),
          (provider) => provider.get
        )
      )
      const tokens = yield* Effect.all([life, life]).pipe(
        Effect.provide([server.layer, MemoryTokenStore.layer])
      )
      expect(tokens.map(text)).toEqual(["access-token-1", "access-token-1"])
      expect(yield* server.tokenRequestCount).toBe(1)
    })
  )

  it.scoped("keeps the refresh token that answers do not replace", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({ rotation: false })
      const provider = yield* providerAt(server, { refreshToken: yield* server.consent() })
      yield* provider.get
      yield* provider.refresh
      expect(text(yield* provider.refresh)).toBe("access-token-3")
    })
  )

  it.scoped("S27 a grant that is gone says how it is got again, and nobody is asked twice", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const provider = yield* providerAt(server, {
        refreshToken: Redacted.make("revoked"),
        remedy: "open https://books.example.com/connect"
      })
      const errors = [yield* Effect.flip(provider.get), yield* Effect.flip(provider.get)]
      for (const error of errors) {
        expect(error).toMatchObject({
          _tag: "ReauthorizationRequired",
          provider: "app/Books",
          remedy: "open https://books.example.com/connect"
        })
      }
      expect(yield* server.tokenRequestCount).toBe(1)
    })
  )

  it.scoped("L9 a failure to find the endpoint is no reason to spare the refresh token", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const refreshToken = yield* server.consent()
      yield* server.respondNextMetadata(Answer.connectionReset)
      const { clientId, clientSecret } = options
      const provider = yield* RefreshTokenProvider.make("app/Books", {
        issuer: server.issuer,
        clientId,
        clientSecret,
        refreshToken,
        policy: { retryDelay: 0 }
      }).pipe(Effect.provide([server.layer, MemoryTokenStore.layer]))
      expect(text(yield* provider.get)).toBe("access-token-1")
    })
  )

  it.scoped("may send its token to the origins of its resources, or to those that are named", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const resource = ["https://api.example.com/books", "urn:books"]
      expect((yield* providerAt(server, { resource })).origins).toEqual(["https://api.example.com"])
      expect((yield* providerAt(server, { resource: "https://one.example.com" })).origins).toEqual([
        "https://one.example.com"
      ])
      const origins = ["https://other.example.com"]
      expect((yield* providerAt(server, { resource, origins })).origins).toEqual(origins)
      expect((yield* providerAt(server)).origins).toEqual([])
    })
  )

  it.scoped("asks for what it is set to ask for", () =>
    Effect.gen(function* () {
      const { layer, requests } = recordingClient()
      const grant = yield* RefreshTokenProvider.grant("app/Books", {
        ...options,
        clientAuthentication: "client_secret_post",
        scope: "read write",
        resource: "https://api.example.com",
        parameters: { tenant: "acme" },
        refreshToken: Redacted.make("the-seed"),
        gracePeriod: RefreshTokenProvider.gracePeriods.xero
      }).pipe(Effect.provide(layer))
      yield* grant.request(Option.none())
      expect(formOf(theOnly(requests))).toEqual({
        grant_type: "refresh_token",
        refresh_token: "the-seed",
        client_id: "a-client",
        client_secret: "a-secret",
        scope: "read write",
        resource: "https://api.example.com",
        tenant: "acme"
      })
      expect(grant.gracePeriod).toEqual(Duration.minutes(30))
    })
  )
})

it("by type it demands a store with leases", () => {
  expectTypeOf(RefreshTokenProvider.layer(Books, options)).toEqualTypeOf<
    Layer.Layer<Books, TokenError.InvalidConfiguration, HttpClient.HttpClient | TokenStore.LeasedTokenStore>
  >()
})

describe("over a real connection", () => {
  it.scopedLive("S27 a rotating grant goes on from token to token", () =>
    Effect.gen(function* () {
      const inForce = { number: 1 }
      const server = yield* HttpServer.make({
        answer: (arrival, response, request) => {
          const form = new URLSearchParams(arrival.body.toString())
          const isGood = form.get("refresh_token") === `refresh-token-${inForce.number}`
          const answer = isGood
            ? HttpServer.json(200, {
                access_token: `access-token-${inForce.number}`,
                token_type: "Bearer",
                expires_in: 3600,
                refresh_token: `refresh-token-${++inForce.number}`
              })
            : HttpServer.json(400, { error: "invalid_grant" })
          answer(arrival, response, request)
        }
      })
      const provider = yield* RefreshTokenProvider.make("app/Books", {
        ...options,
        tokenUrl: `${server.origin}/token`,
        refreshToken: Redacted.make("refresh-token-1"),
        allowLoopbackHttp: true
      })
      expect(text(yield* provider.get)).toBe("access-token-1")
      expect(text(yield* provider.refresh)).toBe("access-token-2")
      expect(text(yield* provider.refresh)).toBe("access-token-3")
      expect(server.arrivals.map(({ method, path }) => `${method} ${path}`)).toEqual([
        "POST /token",
        "POST /token",
        "POST /token"
      ])
      expect(server.arrivals[0]?.headers["authorization"]).toMatch(/^Basic /)

      inForce.number = 0
      expect(yield* Effect.flip(provider.refresh)).toMatchObject({
        _tag: "ReauthorizationRequired",
        code: "invalid_grant"
      })
    }).pipe(Effect.provide([FetchHttpClient.layer, MemoryTokenStore.layer]))
  )
})

describe("its settings", () => {
  it.scoped("everything that is wrong is told at once, under the provider's name and without a value", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const error = yield* Effect.flip(
        providerAt(server, {
          clientId: "",
          clientAuthentication: "none",
          policy: { attempts: 0 },
          resource: "",
          refreshToken: Redacted.make(" canary-refresh-token "),
          gracePeriod: -1,
          remedy: " ",
          parameters: { refresh_token: Redacted.make("canary"), grant_type: "canary" },
          store: { lease: 0, timeout: Infinity }
        })
      )
      expect(error).toMatchObject({
        _tag: "InvalidConfiguration",
        provider: "app/Books",
        reason: "Malformed"
      })
      expect(error.issues.map(({ path }) => path).sort()).toEqual([
        "clientId",
        "clientSecret",
        "gracePeriod",
        "parameters.grant_type",
        "parameters.refresh_token",
        "policy.attempts",
        "refreshToken",
        "remedy",
        "resource",
        "store.lease",
        "store.timeout"
      ])
      expect(`${error.message} ${inspect(error)} ${JSON.stringify(error)}`).not.toContain("canary")
      expect(yield* server.requests).toEqual([])
    })
  )

  it.scoped("what the store alone makes impossible is the provider's mistake, too", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const error = yield* Effect.flip(providerAt(server, { store: { lease: "0 seconds" } }))
      expect(error).toMatchObject({
        provider: "app/Books",
        issues: [{ path: "store.lease", expected: "a finite duration over zero" }]
      })
    })
  )

  it.effect.each([-1, NaN, -1n, "-1 minute"] as const)("%s is no grace period", (gracePeriod) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(RefreshTokenProvider.grant("app/Books", { ...options, gracePeriod }))
      expect(error.issues.map(({ path }) => path)).toEqual(["gracePeriod"])
    }).pipe(Effect.provide(recordingClient().layer))
  )

  it.effect.each([0, "30 minutes", Duration.infinity] as const)("%s is a grace period", (gracePeriod) =>
    Effect.gen(function* () {
      const grant = yield* RefreshTokenProvider.grant("app/Books", { ...options, gracePeriod })
      expect(grant.gracePeriod).toEqual(Duration.decode(gracePeriod))
    }).pipe(Effect.provide(recordingClient().layer))
  )

  const config = {
    tokenUrl: Config.string("TOKEN_URL"),
    clientId: Config.string("CLIENT_ID"),
    clientSecret: Config.redacted("CLIENT_SECRET"),
    refreshToken: Config.redacted("REFRESH_TOKEN"),
    gracePeriod: Config.duration("GRACE_PERIOD"),
    store: { lease: Config.duration("LEASE") }
  }

  const from = (settings: Readonly<Record<string, string>>) =>
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(settings))))

  it.scoped("come from Config", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const live = RefreshTokenProvider.layerConfig(Books, config).pipe(
        Layer.provide([server.layer, MemoryTokenStore.layer])
      )
      const refreshToken = yield* server.consent()
      const token = yield* Effect.flatMap(Books, (books) => books.get).pipe(
        Effect.provide(live),
        from({
          TOKEN_URL: server.tokenUrl,
          CLIENT_ID: "a-client",
          CLIENT_SECRET: "a-secret",
          REFRESH_TOKEN: Redacted.value(refreshToken),
          GRACE_PERIOD: "30 minutes",
          LEASE: "20 seconds"
        })
      )
      expect(text(token)).toBe("access-token-1")
    })
  )

  it.scoped("that are missing are named by their keys", () =>
    Effect.gen(function* () {
      const layer = [recordingClient().layer, MemoryTokenStore.layer] as const
      const settings = from({ CLIENT_ID: "a-client", GRACE_PERIOD: "1 minute", LEASE: "1 minute" })
      const made = yield* Effect.either(
        Layer.build(RefreshTokenProvider.layerConfig(Books, config).pipe(Layer.provide(layer))).pipe(settings)
      )
      const missing = Option.getOrUndefined(Either.getLeft(made))
      expect(missing?.issues.map(({ path }) => path)).toEqual(["TOKEN_URL", "CLIENT_SECRET", "REFRESH_TOKEN"])

      const optional = RefreshTokenProvider.layerConfigOptional(Books, config).pipe(Layer.provide(layer))
      const books = yield* Effect.provide(Books, optional).pipe(settings)
      expect(books.isConfigured).toBe(false)
      expect(yield* Effect.flip(books.get)).toEqual(missing)
    })
  )

  it.scoped("a layer from settings that are there", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const refreshToken = yield* server.consent()
      const live = RefreshTokenProvider.layer(Books, { ...options, refreshToken }).pipe(
        Layer.provide([server.layer, MemoryTokenStore.layer])
      )
      const books = yield* Effect.provide(Books, live)
      expect([books.name, books.isConfigured]).toEqual(["app/Books", true])
    })
  )
})
