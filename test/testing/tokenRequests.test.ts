import { assert, describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import type { TokenProvider as TokenProviderModule } from "effect-oauth"
import { Auth0, AzureAd, GenericOAuth, TokenProvider, Zoom } from "effect-oauth"
import { Answer, FakeAuthorizationServer } from "effect-oauth/testing"
import { settle } from "../support/clock.js"

const text = (token: { readonly value: Redacted.Redacted }) => Redacted.value(token.value)

const credentials = { clientId: "a-client", clientSecret: Redacted.make("a-secret") }

const azure = (server: FakeAuthorizationServer.Service, changes: Partial<AzureAd.Options> = {}) =>
  AzureAd.make("app/Graph", {
    tenantId: "a-tenant",
    ...credentials,
    scopes: "https://graph.microsoft.com/.default",
    ...changes
  }).pipe(Effect.provide(server.layer))

const generic = (
  server: FakeAuthorizationServer.Service,
  changes: Partial<GenericOAuth.ClientOptions> = {}
) =>
  GenericOAuth.make("app/Api", {
    tokenUrl: server.tokenUrl,
    ...credentials,
    origins: ["https://api.example.com"],
    ...changes
  }).pipe(Effect.provide(server.layer))

describe("a token", () => {
  it.scoped("is issued to a client that authenticates in the body, wherever its token endpoint is", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 hour")
      const server = yield* FakeAuthorizationServer.make()
      const provider = yield* azure(server)
      const token = yield* provider.get
      expect(text(token)).toBe("access-token-1")
      expect(token.scopes).toEqual(["https://graph.microsoft.com/.default"])

      const [request] = yield* server.requests
      assert(request !== undefined)
      expect(request).toMatchObject({
        kind: "Token",
        method: "POST",
        url: "https://login.microsoftonline.com/a-tenant/oauth2/v2.0/token",
        clientId: "a-client",
        clientAuthentication: "client_secret_post",
        status: 200,
        arrived: true,
        parameters: {
          grant_type: "client_credentials",
          scope: "https://graph.microsoft.com/.default",
          client_id: "a-client"
        }
      })
      expect(DateTime.toEpochMillis(request.at)).toBe(3_600_000)
      expect(Redacted.isRedacted(request.parameters["client_secret"])).toBe(true)
      expect(JSON.stringify(request)).not.toContain("a-secret")

      const [issued] = yield* server.issued
      assert(issued !== undefined)
      expect(issued).toMatchObject({ number: 1, clientId: "a-client", isRevoked: false })
      expect(DateTime.toEpochMillis(issued.expiresAt)).toBe(7_200_000)
      expect(yield* server.isActive(token)).toBe(true)
    })
  )

  it.scoped("is issued to a client that authenticates by Basic, form-encoded", () =>
    Effect.gen(function* () {
      const clientId = "a client: 100%"
      const clientSecret = Redacted.make("s+e/c:r é t&")
      const server = yield* FakeAuthorizationServer.make({ clients: [{ clientId, clientSecret }] })
      const provider = yield* generic(server, { clientId, clientSecret })
      expect(text(yield* provider.get)).toBe("access-token-1")
      const [request] = yield* server.tokenRequests
      expect(request).toMatchObject({ clientId, clientAuthentication: "client_secret_basic" })
      expect(Redacted.isRedacted(request?.headers["authorization"])).toBe(true)
    })
  )

  it.scoped("is issued for raw Basic where the server reads it raw, and not otherwise", () =>
    Effect.gen(function* () {
      const clientSecret = Redacted.make("a+secret")
      const server = yield* FakeAuthorizationServer.make({
        clients: [{ clientId: "a-client", clientSecret }]
      })
      const raw = yield* generic(server, { clientSecret, basicEncoding: "raw" })
      expect((yield* Effect.flip(raw.get))._tag).toBe("CredentialRejected")
      yield* server.configure({ basicEncoding: "raw" })
      expect(text(yield* raw.refresh)).toBe("access-token-1")
    })
  )

  it.scoped("is issued for a JSON body", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const provider = yield* Auth0.make("app/Management", {
        domain: "a-tenant.auth0.com",
        ...credentials
      }).pipe(Effect.provide(server.layer))
      expect(text(yield* provider.get)).toBe("access-token-1")
      const [request] = yield* server.tokenRequests
      expect(request?.headers["content-type"]).toBe("application/json")
      expect(request?.parameters["audience"]).toBe("https://a-tenant.auth0.com/api/v2/")
    })
  )

  it.scoped("is issued for a grant type that the server was told of", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const provider = yield* Zoom.make("app/Zoom", { accountId: "an-account", ...credentials }).pipe(
        Effect.provide(server.layer)
      )
      expect(yield* Effect.flip(provider.get)).toMatchObject({ code: "unsupported_grant_type" })
      yield* server.configure({ clientCredentialsGrantTypes: ["account_credentials"] })
      expect(text(yield* provider.refresh)).toBe("access-token-1")
    })
  )

  it.scoped("expires by the clock of the test, and the next one is numbered on", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({ lifetime: "10 minutes" })
      const provider = yield* azure(server)
      const first = yield* provider.get
      yield* TestClock.adjust("599 seconds")
      expect(yield* server.isActive(first)).toBe(true)
      yield* TestClock.adjust("1 second")
      expect(yield* server.isActive(first)).toBe(false)
      const second = yield* provider.get
      expect(text(second)).toBe("access-token-2")
      expect(yield* server.tokenRequestCount).toBe(2)
      expect((yield* server.issued).map(text)).toEqual(["access-token-1", "access-token-2"])
    })
  )

  it.scoped("tells its lifetime as a number, as a text or not at all", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({ lifetime: "10 minutes" })
      const provider = yield* azure(server)
      const lifetime = Effect.map(provider.refresh, (token) =>
        DateTime.distance(token.issuedAt, token.expiresAt)
      )
      expect(yield* lifetime).toBe(600_000)
      yield* server.configure({ expiresIn: "string" })
      expect(yield* lifetime).toBe(600_000)
      yield* server.configure({ expiresIn: "omitted" })
      expect(yield* lifetime).toBe(3_600_000)
    })
  )

  it.scoped("tells when it wants to be refreshed", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({ lifetime: "1 hour", refreshIn: "20 minutes" })
      const provider = yield* azure(server)
      yield* provider.get
      yield* TestClock.adjust("20 minutes")
      expect(text(yield* provider.get)).toBe("access-token-1")
      yield* settle
      expect(text(yield* provider.get)).toBe("access-token-2")
    })
  )

  it.scoped("takes the time that the server is given for it", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({
        delay: (request) => (request.parameters["scope"] === "slow" ? "2 seconds" : 0)
      })
      yield* (yield* generic(server, { scope: "fast" })).get
      const slow = yield* generic(server, { scope: "slow" })
      const waiting = yield* Effect.fork(slow.get)
      yield* settle
      expect(yield* server.tokenRequestCount).toBe(2)
      yield* TestClock.adjust("1999 millis")
      yield* settle
      expect((yield* Fiber.poll(waiting))._tag).toBe("None")
      yield* TestClock.adjust("1 millis")
      const token = yield* Fiber.join(waiting)
      expect(DateTime.toEpochMillis(token.issuedAt)).toBe(0)
    })
  )
})

describe("a client", () => {
  const rejection = (provider: TokenProviderModule.TokenProvider) =>
    Effect.map(Effect.flip(provider.refresh), (error) =>
      error._tag === "CredentialRejected" ? error : undefined
    )

  it.scoped("is refused with a wrong secret, and in time with the right one of yesterday", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const provider = yield* azure(server)
      yield* provider.get
      yield* server.rotateSecret("a-client", "another-secret")
      expect(yield* rejection(provider)).toMatchObject({
        reason: "InvalidClient",
        status: 401,
        code: "invalid_client"
      })
      const renewed = yield* azure(server, { clientSecret: Redacted.make("another-secret") })
      expect(text(yield* renewed.get)).toBe("access-token-2")
    })
  )

  it.scoped("is refused while every credential is", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const provider = yield* generic(server)
      yield* server.rejectCredentials
      expect(yield* rejection(provider)).toMatchObject({ reason: "InvalidClient", status: 401 })
      yield* server.acceptCredentials
      expect(text(yield* provider.refresh)).toBe("access-token-1")
    })
  )

  it.scoped("is refused by a method that the server does not take, and unknown ones always", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({
        clientAuthenticationMethods: ["client_secret_post"]
      })
      expect(yield* rejection(yield* generic(server))).toMatchObject({ code: "invalid_client" })
      expect(yield* rejection(yield* azure(server, { clientId: "nobody" }))).toMatchObject({
        code: "invalid_client"
      })
      expect(text(yield* (yield* azure(server)).get)).toBe("access-token-1")
    })
  )

  it.scoped("that is public gets no token by client credentials", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({ clients: [{ clientId: "an-app" }] })
      const provider = yield* generic(server, { clientId: "an-app", clientSecret: undefined })
      expect(yield* rejection(provider)).toMatchObject({ code: "unauthorized_client" })
    })
  )

  it.scoped("gets the scopes that it may have, told or untold", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({
        clients: [{ clientId: "a-client", clientSecret: "a-secret", scopes: ["read", "write"] }]
      })
      expect((yield* (yield* generic(server)).get).scopes).toEqual(["read", "write"])
      expect((yield* (yield* generic(server, { scope: "read" })).get).scopes).toEqual(["read"])
      expect(yield* rejection(yield* generic(server, { scope: "read admin" }))).toMatchObject({
        reason: "InvalidScope"
      })
      yield* server.configure({ scope: "omitted" })
      expect((yield* (yield* generic(server)).get).scopes).toEqual([])
      expect((yield* server.issued).map(({ scopes }) => scopes)).toEqual([
        ["read", "write"],
        ["read"],
        ["read", "write"]
      ])
    })
  )

  it.scoped("is told apart from the others by its id", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({
        clients: [
          { clientId: "one", clientSecret: "secret-one" },
          { clientId: "two", clientSecret: "secret-two" }
        ]
      })
      yield* (yield* azure(server, { clientId: "two", clientSecret: Redacted.make("secret-two") })).get
      yield* (yield* azure(server, { clientId: "one", clientSecret: Redacted.make("secret-one") })).get
      expect((yield* server.issued).map(({ clientId }) => clientId)).toEqual(["two", "one"])
    })
  )
})

describe("the layer", () => {
  class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}

  const GraphLive = AzureAd.layer(Graph, {
    tenantId: "a-tenant",
    ...credentials,
    scopes: ["https://graph.microsoft.com/.default"]
  })

  it.effect("is the HttpClient of the program and the server of the test", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.FakeAuthorizationServer
      const graph = yield* Graph
      yield* server.respondNext(Answer.oauthError("invalid_client", { description: "no such client" }))
      expect(yield* Effect.flip(graph.get)).toMatchObject({
        _tag: "CredentialRejected",
        provider: "app/Graph",
        description: "no such client"
      })
      expect(text(yield* graph.refresh)).toBe("test-access-token-1")
    }).pipe(
      Effect.provide(
        GraphLive.pipe(Layer.provideMerge(FakeAuthorizationServer.layer({ tokenPrefix: "test-" })))
      )
    )
  )

  it.scoped("is another server each time that it is built, and the same for one service", () =>
    Effect.gen(function* () {
      const layer = FakeAuthorizationServer.layer()
      const one = yield* Effect.provide(FakeAuthorizationServer.FakeAuthorizationServer, layer)
      const two = yield* Effect.provide(FakeAuthorizationServer.FakeAuthorizationServer, layer)
      yield* (yield* azure(one)).get
      expect(yield* one.tokenRequestCount).toBe(1)
      expect(yield* two.tokenRequestCount).toBe(0)
    })
  )
})
