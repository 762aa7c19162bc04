import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Auth0 } from "effect-oauth"
import { recordingClient, theOnly } from "../support/recordingClient.js"

const options: Auth0.Options = {
  domain: "example.eu.auth0.com",
  clientId: "the-client",
  clientSecret: Redacted.make("s3cret +&/")
}

const requestOf = (changes: Partial<Auth0.Options>) =>
  Effect.gen(function* () {
    const { layer, requests } = recordingClient()
    const provider = yield* Effect.provide(Auth0.make("app/Auth0", { ...options, ...changes }), layer)
    yield* provider.get
    const request = theOnly(requests)
    const body: unknown = JSON.parse(request.body)
    return { request, body, origins: provider.origins }
  })

describe("Auth0", () => {
  it.scoped("asks for the Management API in JSON, with the secret in the body", () =>
    Effect.gen(function* () {
      const { body, origins, request } = yield* requestOf({})
      expect(request.method).toBe("POST")
      expect(request.url).toBe("https://example.eu.auth0.com/oauth/token")
      expect(request.headers["content-type"]).toBe("application/json")
      expect(request.headers["authorization"]).toBeUndefined()
      expect(body).toEqual({
        grant_type: "client_credentials",
        audience: "https://example.eu.auth0.com/api/v2/",
        client_id: "the-client",
        client_secret: "s3cret +&/"
      })
      expect(origins).toEqual(["https://example.eu.auth0.com"])
    })
  )

  it.scoped(
    "an API of one's own has an audience, scopes and an organization, and origins only if they are given",
    () =>
      Effect.gen(function* () {
        const audience = "https://orders.example.com/api/v2/"
        const { body, origins } = yield* requestOf({
          audience,
          scopes: ["read", "write"],
          organization: "org_1"
        })
        expect(body).toEqual({
          grant_type: "client_credentials",
          audience,
          scope: "read write",
          organization: "org_1",
          client_id: "the-client",
          client_secret: "s3cret +&/"
        })
        expect(origins).toEqual([])
        expect((yield* requestOf({ audience, origins: ["https://orders.example.com"] })).origins).toEqual([
          "https://orders.example.com"
        ])
      })
  )

  it.scoped("with a custom domain the Management API is where its identifier says", () =>
    Effect.gen(function* () {
      const { origins, request } = yield* requestOf({
        domain: "login.example.com",
        audience: "https://example.eu.auth0.com/api/v2/"
      })
      expect(request.url).toBe("https://login.example.com/oauth/token")
      expect(origins).toEqual(["https://example.eu.auth0.com"])
    })
  )

  it.scoped("a domain's case is of no account", () =>
    Effect.gen(function* () {
      const { origins, request } = yield* requestOf({ domain: "Example.EU.auth0.com" })
      expect(request.url).toBe("https://example.eu.auth0.com/oauth/token")
      expect(origins).toEqual(["https://example.eu.auth0.com"])
    })
  )

  it.scoped("a domain may lie on loopback, where that is opted in to", () =>
    Effect.gen(function* () {
      const { body, origins, request } = yield* requestOf({
        domain: "127.0.0.1:3000",
        allowLoopbackHttp: true
      })
      expect(request.url).toBe("http://127.0.0.1:3000/oauth/token")
      expect(body).toMatchObject({ audience: "https://127.0.0.1:3000/api/v2/" })
      expect(origins).toEqual(["http://127.0.0.1:3000"])
      expect((yield* requestOf({ domain: "127.0.0.1:3000" })).request.url).toBe(
        "https://127.0.0.1:3000/oauth/token"
      )
      const error = yield* Effect.flip(requestOf({ domain: "127.evil.example.com", allowLoopbackHttp: true }))
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", issues: [{ path: "domain" }] })
    })
  )

  it.scoped.each([
    "https://example.eu.auth0.com",
    "example.eu.auth0.com/",
    "user@example.eu.auth0.com",
    "example.eu.auth0.com?x",
    "exa mple.com"
  ])("%j is no domain", (domain) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(requestOf({ domain }))
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", reason: "Malformed" })
      expect(error._tag === "InvalidConfiguration" ? error.issues.map(({ path }) => path) : []).toEqual([
        "domain"
      ])
      expect(error.message).not.toContain(domain)
    })
  )

  it.scoped("every empty setting is named at once", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        requestOf({
          domain: "",
          clientId: "",
          clientSecret: Redacted.make(""),
          audience: "",
          organization: ""
        })
      )
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", reason: "Missing", provider: "app/Auth0" })
      expect(error._tag === "InvalidConfiguration" ? error.issues.map(({ path }) => path) : []).toEqual([
        "domain",
        "audience",
        "organization",
        "clientId",
        "clientSecret"
      ])
    })
  )
})
