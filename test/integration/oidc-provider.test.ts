import { describe, expect, it } from "@effect/vitest"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "effect-oauth"
import { GenericOAuth } from "effect-oauth"
import * as OidcServer from "../../servers/oidcServer.js"

const plain = { id: "billing", secret: "for-tests-only" }

/** Each of these characters is spoilt on the way by a header or a body that is not encoded as it should be. */
const awkward = { id: "team a:billing+eu/100%", secret: "for tests & only=100% + a/b?c:d;e\"f'g~" }

const reader = { ...plain, scope: "read" }

const machine = (client: { readonly id: string; readonly secret: string }) => ({
  clientId: client.id,
  clientSecret: Redacted.make(client.secret),
  allowLoopbackHttp: true
})

const lifetimeOf = ({ expiresAt, issuedAt }: AccessToken.AccessToken): number =>
  (DateTime.toEpochMillis(expiresAt) - DateTime.toEpochMillis(issuedAt)) / 1000

describe.each([
  ["fetch", FetchHttpClient.layer],
  ["Node", NodeHttpClient.layer]
])("a real authorization server, over the %s client", (_, HttpClientLive) => {
  describe.each([["client_secret_basic"], ["client_secret_post"]] as const)("%s", (clientAuthentication) => {
    it.scopedLive.each([plain, awkward])("authenticates the client %j", (client) =>
      Effect.gen(function* () {
        const server = yield* OidcServer.make({ clients: [{ ...client, lifetime: 120 }] })
        const provider = yield* GenericOAuth.make("test/Api", {
          ...machine(client),
          tokenUrl: server.tokenUrl,
          clientAuthentication,
          scope: ["read", "write"]
        })
        const token = yield* provider.get
        expect(yield* lookUp(server, token)).toStrictEqual({
          client: client.id,
          scope: "read write",
          audience: undefined
        })
        expect(token.scopes).toStrictEqual(["read", "write"])
        expect(lifetimeOf(token)).toBe(120)
        expect(server.tokenRequests()).toStrictEqual([
          { client: client.id, authentication: clientAuthentication, status: 200 }
        ])
      }).pipe(Effect.provide(HttpClientLive))
    )

    it.scopedLive("costs one request where the secret is wrong, however many ask", () =>
      Effect.gen(function* () {
        const server = yield* OidcServer.make({ clients: [plain] })
        const provider = yield* GenericOAuth.make("test/Api", {
          ...machine({ ...plain, secret: "a-wrong-one" }),
          tokenUrl: server.tokenUrl,
          clientAuthentication
        })
        const together = yield* Effect.all(Effect.replicate(Effect.flip(provider.get), 100), {
          concurrency: "unbounded"
        })
        const oneByOne = yield* Effect.all(Effect.replicate(Effect.flip(provider.get), 100))
        for (const error of [...together, ...oneByOne]) {
          expect(error).toMatchObject({
            _tag: "CredentialRejected",
            provider: "test/Api",
            reason: "InvalidClient",
            code: "invalid_client",
            status: 401,
            isRetryable: false
          })
          expect(String(error)).not.toContain("a-wrong-one")
        }
        expect(server.tokenRequests()).toStrictEqual([
          { client: plain.id, authentication: clientAuthentication, status: 401 }
        ])
      }).pipe(Effect.provide(HttpClientLive))
    )
  })

  it.scopedLive("says that a client is unknown", () =>
    Effect.gen(function* () {
      const server = yield* OidcServer.make({ clients: [plain] })
      const provider = yield* GenericOAuth.make("test/Api", {
        ...machine({ id: "nobody", secret: "whatever" }),
        tokenUrl: server.tokenUrl
      })
      expect(yield* Effect.flip(provider.get)).toMatchObject({
        _tag: "CredentialRejected",
        reason: "InvalidClient",
        code: "invalid_client"
      })
      expect(server.tokenRequests("nobody")).toHaveLength(1)
    }).pipe(Effect.provide(HttpClientLive))
  )

  it.scopedLive("asks for no more scope than it was told to", () =>
    Effect.gen(function* () {
      const server = yield* OidcServer.make({ clients: [plain] })
      const provider = yield* GenericOAuth.make("test/Api", {
        ...machine(plain),
        tokenUrl: server.tokenUrl,
        scope: "read"
      })
      const token = yield* provider.get
      expect(token.scopes).toStrictEqual(["read"])
      expect(yield* lookUp(server, token)).toMatchObject({ scope: "read" })
    }).pipe(Effect.provide(HttpClientLive))
  )

  it.scopedLive("says that a scope is not the client's to have, and asks once", () =>
    Effect.gen(function* () {
      const server = yield* OidcServer.make({ clients: [reader] })
      const provider = yield* GenericOAuth.make("test/Api", {
        ...machine(reader),
        tokenUrl: server.tokenUrl,
        scope: "read write"
      })
      const rejected = yield* Effect.flip(provider.get)
      expect(rejected).toMatchObject({
        _tag: "CredentialRejected",
        reason: "InvalidScope",
        code: "invalid_scope",
        status: 400
      })
      expect(yield* Effect.flip(provider.get)).toBe(rejected)
      expect(server.tokenRequests()).toHaveLength(1)
    }).pipe(Effect.provide(HttpClientLive))
  )

  describe("resource indicators (RFC 8707)", () => {
    const resources = [
      { indicator: "https://opaque.example.com/", scope: "read write", format: "opaque", lifetime: 300 },
      { indicator: "https://jwt.example.com/", scope: "read", format: "jwt", lifetime: 90 }
    ] as const

    it.scopedLive("bring an opaque token for the resource, with its scope and lifetime", () =>
      Effect.gen(function* () {
        const server = yield* OidcServer.make({ clients: [plain], resources })
        const provider = yield* GenericOAuth.make("test/Api", {
          ...machine(plain),
          tokenUrl: server.tokenUrl,
          scope: "read write",
          resource: "https://opaque.example.com/"
        })
        const token = yield* provider.get
        expect(token.scopes).toStrictEqual(["read", "write"])
        expect(lifetimeOf(token)).toBe(300)
        expect(yield* lookUp(server, token)).toStrictEqual({
          client: plain.id,
          scope: "read write",
          audience: "https://opaque.example.com/"
        })
        expect(provider.origins).toStrictEqual(["https://opaque.example.com"])
      }).pipe(Effect.provide(HttpClientLive))
    )

    it.scopedLive("bring a JWT for the resource, with what of the scope it has", () =>
      Effect.gen(function* () {
        const server = yield* OidcServer.make({ clients: [plain], resources })
        const provider = yield* GenericOAuth.make("test/Api", {
          ...machine(plain),
          tokenUrl: server.tokenUrl,
          scope: "read write",
          resource: "https://jwt.example.com/"
        })
        const token = yield* provider.get
        expect(token.scopes).toStrictEqual(["read"])
        expect(lifetimeOf(token)).toBe(90)
        expect(claimsOf(token)).toMatchObject({
          iss: server.issuer,
          aud: "https://jwt.example.com/",
          client_id: plain.id,
          scope: "read"
        })
      }).pipe(Effect.provide(HttpClientLive))
    )

    it.scopedLive("that the server does not know are rejected once", () =>
      Effect.gen(function* () {
        const server = yield* OidcServer.make({ clients: [plain], resources })
        const provider = yield* GenericOAuth.make("test/Api", {
          ...machine(plain),
          tokenUrl: server.tokenUrl,
          resource: "https://unknown.example.com/"
        })
        const rejected = yield* Effect.flip(provider.get)
        expect(rejected).toMatchObject({
          _tag: "CredentialRejected",
          reason: "InvalidScope",
          code: "invalid_target",
          status: 400
        })
        expect(yield* Effect.flip(provider.get)).toBe(rejected)
        expect(server.tokenRequests()).toHaveLength(1)
      }).pipe(Effect.provide(HttpClientLive))
    )
  })

  describe("discovery", () => {
    it.scopedLive("finds the token endpoint by the issuer, once", () =>
      Effect.gen(function* () {
        const server = yield* OidcServer.make({ clients: [plain] })
        const provider = yield* GenericOAuth.make("test/Api", { ...machine(plain), issuer: server.issuer })
        expect(server.metadataRequests()).toBe(0)
        const first = yield* provider.get
        const second = yield* provider.refresh
        expect(Redacted.value(second.value)).not.toBe(Redacted.value(first.value))
        expect(yield* lookUp(server, second)).toMatchObject({ client: plain.id })
        expect(server.metadataRequests()).toBe(1)
        expect(server.tokenRequests(plain.id)).toHaveLength(2)
      }).pipe(Effect.provide(HttpClientLive))
    )

    it.scopedLive("authenticates in the body where the metadata names nothing else", () =>
      Effect.gen(function* () {
        const server = yield* OidcServer.make({
          clients: [awkward],
          authenticationMethods: ["client_secret_post"]
        })
        const provider = yield* GenericOAuth.make("test/Api", { ...machine(awkward), issuer: server.issuer })
        yield* provider.get
        expect(server.tokenRequests()).toStrictEqual([
          { client: awkward.id, authentication: "client_secret_post", status: 200 }
        ])
      }).pipe(Effect.provide(HttpClientLive))
    )

    it.scopedLive.each([
      { spelling: "http://127.0.0.1:port/", respell: (issuer: string) => `${issuer}/` },
      { spelling: "http://127.1:port", respell: (issuer: string) => issuer.replace("127.0.0.1", "127.1") },
      { spelling: "HTTP://127.0.0.1:port", respell: (issuer: string) => issuer.replace("http:", "HTTP:") }
    ])("S16: refuses the metadata of an issuer that is spelled otherwise: $spelling", ({ respell }) =>
      Effect.gen(function* () {
        const server = yield* OidcServer.make({ clients: [plain] })
        const provider = yield* GenericOAuth.make("test/Api", {
          ...machine(plain),
          issuer: respell(server.issuer)
        })
        expect(yield* Effect.flip(provider.get)).toMatchObject({
          _tag: "InvalidTokenResponse",
          reason: "Metadata"
        })
        expect(server.metadataRequests()).toBe(1)
        expect(server.tokenRequests()).toHaveLength(0)
      }).pipe(Effect.provide(HttpClientLive))
    )
  })
})

const lookUp = (server: OidcServer.OidcServer, { value }: AccessToken.AccessToken) =>
  Effect.promise(() => server.lookUp(Redacted.value(value)))

/** The claims of a JWT, unverified: what a test needs of it. */
const claimsOf = (token: AccessToken.AccessToken): unknown => {
  const [, claims] = Redacted.value(token.value).split(".")
  return JSON.parse(Buffer.from(claims ?? "", "base64url").toString())
}
