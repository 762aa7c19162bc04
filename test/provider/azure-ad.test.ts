import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { AccessToken, AzureAd } from "effect-oauth"
import { formOf, recordingClient, theOnly } from "../support/recordingClient.js"

const options: AzureAd.Options = {
  tenantId: "contoso.onmicrosoft.com",
  clientId: "the-client",
  clientSecret: Redacted.make("s3cret +&/"),
  scopes: "https://graph.microsoft.com/.default"
}

describe("AzureAd", () => {
  it.scoped("asks the v2 endpoint of the tenant, with the secret in the form", () =>
    Effect.gen(function* () {
      const { layer, requests } = recordingClient()
      const provider = yield* Effect.provide(AzureAd.make("app/Graph", options), layer)
      const token = yield* provider.get
      const request = theOnly(requests)
      expect(request.method).toBe("POST")
      expect(request.url).toBe("https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token")
      expect(request.headers["content-type"]).toBe("application/x-www-form-urlencoded")
      expect(request.headers["accept"]).toBe("application/json")
      expect(request.headers["authorization"]).toBeUndefined()
      expect(formOf(request)).toEqual({
        grant_type: "client_credentials",
        scope: "https://graph.microsoft.com/.default",
        client_id: "the-client",
        client_secret: "s3cret +&/"
      })
      expect(provider.name).toBe("app/Graph")
      expect(provider.isConfigured).toBe(true)
      expect(Redacted.value(AccessToken.header(token)[1])).toBe("Bearer an-access-token")
    })
  )

  it.scoped.each([
    ["public", "https://login.microsoftonline.com"],
    ["usGovernment", "https://login.microsoftonline.us"],
    ["china", "https://login.partner.microsoftonline.cn"]
  ] as const)("the %s cloud logs in at %s", ([cloud, authority]) =>
    Effect.gen(function* () {
      const { layer, requests } = recordingClient()
      const provider = yield* Effect.provide(AzureAd.make("app/Graph", { ...options, cloud }), layer)
      yield* provider.get
      expect(theOnly(requests).url).toBe(`${authority}/contoso.onmicrosoft.com/oauth2/v2.0/token`)
    })
  )

  it.scoped("an authority of its own may lie on loopback, where that is opted in to", () =>
    Effect.gen(function* () {
      const { layer, requests } = recordingClient()
      const authority = "http://127.0.0.1:8443/"
      const refused = yield* Effect.flip(
        Effect.provide(AzureAd.make("app/Graph", { ...options, authority }), layer)
      )
      expect(refused.issues.map(({ path }) => path)).toEqual(["authority"])
      const provider = yield* Effect.provide(
        AzureAd.make("app/Graph", { ...options, authority, allowLoopbackHttp: true }),
        layer
      )
      yield* provider.get
      expect(theOnly(requests).url).toBe("http://127.0.0.1:8443/contoso.onmicrosoft.com/oauth2/v2.0/token")
    })
  )

  it.scoped("the origins are those of the scopes that are URLs, unless they are given", () =>
    Effect.gen(function* () {
      const { layer } = recordingClient()
      const originsOf = (changes: Partial<AzureAd.Options>) =>
        Effect.map(
          Effect.provide(AzureAd.make("app/Graph", { ...options, ...changes }), layer),
          ({ origins }) => origins
        )
      expect(yield* originsOf({})).toEqual(["https://graph.microsoft.com"])
      expect(yield* originsOf({ scopes: ["https://vault.azure.net/.default"] })).toEqual([
        "https://vault.azure.net"
      ])
      expect(yield* originsOf({ scopes: ["api://my-api/.default"] })).toEqual([])
      expect(yield* originsOf({ origins: ["https://*.vault.azure.net"] })).toEqual([
        "https://*.vault.azure.net"
      ])
    })
  )

  it.scoped("refresh_in decides when the token is refreshed", () =>
    Effect.gen(function* () {
      const body = {
        access_token: "an-access-token",
        token_type: "Bearer",
        expires_in: 86400,
        refresh_in: 43200
      }
      const { layer } = recordingClient(() => ({ body }))
      const provider = yield* Effect.provide(AzureAd.make("app/Graph", options), layer)
      yield* provider.get
      const { expiresAt, refreshAt } = yield* provider.status
      expect(Option.map(refreshAt, DateTime.toEpochMillis)).toEqual(Option.some(43_200_000))
      expect(Option.map(expiresAt, DateTime.toEpochMillis)).toEqual(Option.some(86_400_000))
    })
  )

  it.scoped.each(["common", "organizations", "consumers"])(
    "%s is no tenant that an application has",
    (tenantId) =>
      Effect.gen(function* () {
        const { layer, requests } = recordingClient()
        const error = yield* Effect.flip(
          Effect.provide(AzureAd.make("app/Graph", { ...options, tenantId }), layer)
        )
        expect(error.issues.map(({ path }) => path)).toEqual(["tenantId"])
        expect(requests).toEqual([])
      })
  )

  it.scoped("every wrong setting is named at once, and none by its value", () =>
    Effect.gen(function* () {
      const { layer } = recordingClient()
      const wrong: AzureAd.Options = {
        tenantId: "../other-tenant?x",
        clientId: " ",
        clientSecret: Redacted.make(""),
        scopes: [],
        policy: { attempts: 0 }
      }
      const error = yield* Effect.flip(Effect.provide(AzureAd.make("app/Graph", wrong), layer))
      expect(error.reason).toBe("Malformed")
      expect(error.issues.map(({ path }) => path).sort()).toEqual([
        "clientId",
        "clientSecret",
        "policy.attempts",
        "scopes",
        "tenantId"
      ])
      expect(error.message).not.toContain("other-tenant")
    })
  )
})
