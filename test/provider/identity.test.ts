import type * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Grant, TokenError } from "effect-oauth"
import { Apigee, Auth0, AzureAd, ClientCredentials, GenericOAuth, Okta, Zoom } from "effect-oauth"
import * as RefreshTokenProvider from "../../src/provider/RefreshTokenProvider.js"
import { recordingClient } from "../support/recordingClient.js"

type Made = Effect.Effect<Grant.Grant, TokenError.InvalidConfiguration, HttpClient.HttpClient>

const identity = (grant: Made) =>
  Effect.map(Effect.provide(grant, recordingClient().layer), ({ identity }) => identity)

const client = { clientId: "a-client", clientSecret: Redacted.make("a-secret") }
const options = { ...client, tokenUrl: "https://login.example.com/token" }
const generic = (changes: Partial<GenericOAuth.ClientOptions> = {}) =>
  identity(GenericOAuth.grant("app/Api", { ...options, ...changes }))

describe("the identity of a machine's grant", () => {
  it.effect("is everything that shapes the request", () =>
    Effect.gen(function* () {
      expect(yield* generic()).toBe('["client_credentials","https://login.example.com/token","a-client"]')
      expect(
        yield* generic({
          scope: "write read",
          audience: "the-api",
          resource: ["https://b.example.com", "https://a.example.com"],
          parameters: { tenant: "acme", pin: Redacted.make("canary-pin"), beside: ["b", "a"], no: undefined }
        })
      ).toBe(
        '["client_credentials","https://login.example.com/token","a-client",["read","write"],"the-api",' +
          '["https://a.example.com","https://b.example.com"],[["beside",["b","a"]],["pin"],["tenant","acme"]]]'
      )
    })
  )

  it.effect("L14 is another one as soon as something else would be asked", () =>
    Effect.gen(function* () {
      const { clientId, clientSecret } = client
      const issuer = "https://login.example.com"
      const endpoint = Effect.dieMessage("nobody asks")
      const all = [
        yield* generic(),
        yield* generic({ clientId: "another-client" }),
        yield* generic({ scope: "read" }),
        yield* generic({ scope: "read write" }),
        yield* generic({ audience: "read" }),
        yield* generic({ resource: "read" }),
        yield* generic({ parameters: { read: "read" } }),
        yield* generic({ parameters: { read: Redacted.make("read") } }),
        yield* generic({ parameters: { read: "write" } }),
        yield* generic({ parameters: { read: "read", write: "read" } }),
        yield* identity(GenericOAuth.grant("app/Api", { ...options, tokenUrl: "https://login.example.com" })),
        yield* identity(GenericOAuth.grant("app/Api", { ...options, tokenUrl: `${options.tokenUrl}?p=1` })),
        yield* identity(GenericOAuth.grant("app/Api", { clientId, clientSecret, issuer })),
        yield* identity(
          ClientCredentials.make(endpoint, {
            grantType: "account_credentials",
            client: { server: options.tokenUrl, clientId }
          })
        ),
        yield* identity(RefreshTokenProvider.grant("app/Api", options))
      ]
      expect(new Set(all).size).toBe(all.length)
      expect(all).not.toContain(undefined)
    })
  )

  it.effect("L14 stays the same where nothing else would be asked", () =>
    Effect.gen(function* () {
      const same: ReadonlyArray<
        readonly [Partial<GenericOAuth.ClientOptions>, Partial<GenericOAuth.ClientOptions>]
      > = [
        [{}, { clientSecret: Redacted.make("another-secret") }],
        [
          {},
          {
            clientAuthentication: "client_secret_post",
            policy: { margin: "1 minute" },
            origins: ["https://a.example.com"]
          }
        ],
        [{ scope: ["b", "a", "b"] }, { scope: "a b" }],
        [{ resource: ["urn:b", "urn:a"] }, { resource: ["urn:a", "urn:b", "urn:a"] }],
        [{ parameters: { a: "1", b: "2" } }, { parameters: { b: "2", a: "1" } }],
        [{ parameters: { pin: Redacted.make("1") } }, { parameters: { pin: Redacted.make("2") } }],
        [{ scope: "", resource: [], parameters: {} }, { parameters: { none: undefined } }]
      ]
      for (const [one, other] of same) expect(yield* generic(one)).toBe(yield* generic(other))
    })
  )

  it.effect("S22 holds no secret", () =>
    Effect.gen(function* () {
      const clientSecret = Redacted.make("canary-client-secret")
      const pin = Redacted.make("canary-pin")
      const refreshToken = Redacted.make("canary-refresh-token")
      const of = { ...options, clientSecret, parameters: { pin } }
      expect(yield* identity(GenericOAuth.grant("app/Api", of))).not.toContain("canary")
      expect(yield* identity(RefreshTokenProvider.grant("app/Api", { ...of, refreshToken }))).not.toContain(
        "canary"
      )
    })
  )

  it.effect("every preset's grant has one", () =>
    Effect.gen(function* () {
      const all: ReadonlyArray<readonly [Made, string]> = [
        [
          AzureAd.grant("app/Api", {
            ...client,
            tenantId: "a-tenant",
            scopes: "https://api.example.com/.default"
          }),
          '["client_credentials","https://login.microsoftonline.com/a-tenant/oauth2/v2.0/token","a-client",["https://api.example.com/.default"]]'
        ],
        [
          Auth0.grant("app/Api", { ...client, domain: "tenant.example.com", audience: "the-api" }),
          '["client_credentials","https://tenant.example.com/oauth/token","a-client",null,"the-api"]'
        ],
        [
          Auth0.grant("app/Api", {
            ...client,
            domain: "tenant.example.com",
            audience: "a",
            organization: "acme"
          }),
          '["client_credentials","https://tenant.example.com/oauth/token","a-client",null,"a",null,[["organization","acme"]]]'
        ],
        [
          Okta.grant("app/Api", { ...client, domain: "tenant.example.com", scopes: "read" }),
          '["client_credentials","https://tenant.example.com/oauth2/default/v1/token","a-client",["read"]]'
        ],
        [
          Apigee.grant("app/Api", options),
          '["client_credentials","https://login.example.com/token","a-client"]'
        ],
        [
          Zoom.grant("app/Api", { ...client, accountId: "an-account" }),
          '["account_credentials","https://zoom.us/oauth/token","a-client",null,null,null,[["account_id","an-account"]]]'
        ]
      ]
      for (const [grant, expected] of all) expect(yield* identity(grant)).toBe(expected)
    })
  )

  it.effect("a grant of one's own has one where it says who asks whom", () =>
    Effect.gen(function* () {
      const endpoint = Effect.dieMessage("nobody asks")
      expect(yield* identity(ClientCredentials.make(endpoint, { scopes: ["read"] }))).toBeUndefined()
      const of = { server: "https://login.example.com", clientId: "a-client" }
      expect(yield* identity(ClientCredentials.make(endpoint, { scopes: ["read"], client: of }))).toBe(
        '["client_credentials","https://login.example.com","a-client",["read"]]'
      )
    })
  )
})

describe("the identity of a refresh token grant", () => {
  const refresh = (changes: Partial<RefreshTokenProvider.ClientOptions> = {}) =>
    identity(RefreshTokenProvider.grant("app/Api", { ...options, ...changes }))

  it.effect("L14 is the server and the client, whatever is asked for: nothing orphans a consent", () =>
    Effect.gen(function* () {
      const expected = '["refresh_token","https://login.example.com/token","a-client"]'
      const all: ReadonlyArray<Partial<RefreshTokenProvider.ClientOptions>> = [
        {},
        { clientSecret: Redacted.make("another-secret") },
        { clientSecret: undefined },
        { scope: "read", resource: "https://a.example.com", parameters: { tenant: "acme" } },
        { refreshToken: Redacted.make("a-seed"), gracePeriod: "1 minute", remedy: "ask the owner" }
      ]
      for (const changes of all) expect(yield* refresh(changes)).toBe(expected)
      expect(yield* refresh({ clientId: "another-client" })).not.toBe(expected)
      expect(
        yield* identity(
          RefreshTokenProvider.grant("app/Api", { ...options, tokenUrl: "https://other.example.com/token" })
        )
      ).not.toBe(expected)
    })
  )
})
