import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Discovery, GenericOAuth } from "effect-oauth"
import { Answer, FakeAuthorizationServer } from "effect-oauth/testing"

const discover = (server: FakeAuthorizationServer.Service, issuer = server.issuer) =>
  Discovery.discover({
    provider: "app/Api",
    issuer,
    allowLoopbackHttp: false,
    deadline: Duration.seconds(10)
  }).pipe(Effect.provide(server.layer))

const generic = (server: FakeAuthorizationServer.Service) =>
  GenericOAuth.make("app/Api", {
    issuer: server.issuer,
    clientId: "a-client",
    clientSecret: Redacted.make("a-secret"),
    origins: ["https://api.example.com"],
    policy: { attempts: 1 }
  }).pipe(Effect.provide(server.layer))

const locations = (server: FakeAuthorizationServer.Service) =>
  Effect.map(server.requests, (requests) =>
    requests.map(({ kind, method, status, url }) => [kind, method, url, status])
  )

describe("metadata", () => {
  it.effect("stands where OpenID has it", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({ issuer: "https://login.example.com/a-tenant" })
      const metadata = yield* discover(server)
      expect(metadata.tokenEndpoint.href).toBe("https://login.example.com/a-tenant/oauth2/token")
      expect(metadata.tokenEndpoint.href).toBe(server.tokenUrl)
      expect(metadata.clientAuthenticationMethods).toEqual(["client_secret_basic", "client_secret_post"])
      expect(yield* locations(server)).toEqual([
        ["Metadata", "GET", "https://login.example.com/a-tenant/.well-known/openid-configuration", 200]
      ])
    })
  )

  it.effect("and where RFC 8414 has it", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({
        issuer: "https://login.example.com/a-tenant",
        metadata: ["oauth2"]
      })
      expect((yield* discover(server)).tokenEndpoint.href).toBe(server.tokenUrl)
      expect(yield* locations(server)).toEqual([
        ["Metadata", "GET", "https://login.example.com/a-tenant/.well-known/openid-configuration", 404],
        ["Metadata", "GET", "https://login.example.com/.well-known/oauth-authorization-server/a-tenant", 200]
      ])
    })
  )

  it.effect(
    "of an issuer with a slash at its end keeps the slash in the issuer, and not twice in a URL",
    () =>
      Effect.gen(function* () {
        const server = yield* FakeAuthorizationServer.make({ issuer: "https://a-tenant.example.com/" })
        const metadata = yield* discover(server)
        expect(metadata.issuer).toBe("https://a-tenant.example.com/")
        expect(metadata.tokenEndpoint.href).toBe("https://a-tenant.example.com/oauth2/token")
      })
  )

  it.effect("is of this issuer only", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const error = yield* Effect.flip(discover(server, "https://somebody.example.com"))
      expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "Metadata", status: 404 })
    })
  )

  it.effect("can say something else", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({
        metadataMembers: { issuer: "https://evil.example.com" }
      })
      expect(yield* Effect.flip(discover(server))).toMatchObject({ reason: "Metadata", status: 200 })
    })
  )

  it.effect("names the methods that the server takes", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({
        clientAuthenticationMethods: ["client_secret_post"],
        clients: [{ clientId: "an-app" }]
      })
      expect((yield* discover(server)).clientAuthenticationMethods).toEqual(["client_secret_post", "none"])
    })
  )

  it.effect("can fail, as scripted and while the server is down", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      yield* server.respondNextMetadata(Answer.status(503, { retryAfter: 7 }))
      expect(yield* Effect.flip(discover(server))).toMatchObject({ _tag: "TransientFailure", status: 503 })
      yield* server.down
      expect(yield* Effect.flip(discover(server))).toMatchObject({ reason: "NotSent" })
      yield* server.up
      expect((yield* discover(server)).issuer).toBe(server.issuer)
      expect(yield* server.tokenRequestCount).toBe(0)
    })
  )

  it.scoped("leads a provider to the token endpoint, by the method that the server takes", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({
        clientAuthenticationMethods: ["client_secret_post"]
      })
      const provider = yield* generic(server)
      expect(Redacted.value((yield* provider.get).value)).toBe("access-token-1")
      yield* provider.refresh
      expect(
        (yield* server.requests).map(({ clientAuthentication, kind }) => [kind, clientAuthentication])
      ).toEqual([
        ["Metadata", "none"],
        ["Token", "client_secret_post"],
        ["Token", "client_secret_post"]
      ])
    })
  )
})
