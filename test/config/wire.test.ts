import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { basicOf, formOf, recordingClient } from "../support/recordingClient.js"
import { firstRequest, named, parse } from "./support.js"

const variables = { SECRET: "s3cret +&/" }

/** The settings of one provider as a file has them, and the first request of the provider. */
const requestOf = (settings: string) =>
  Effect.gen(function* () {
    const text = `providers:\n  api:\n${settings.trim().replace(/^/gm, "    ")}`
    return yield* firstRequest(named(yield* parse(text, variables), "api").make)
  })

describe("the settings of a file reach the wire", () => {
  it.scoped("azure", () =>
    Effect.gen(function* () {
      const { provider, request } = yield* requestOf(`
type: azure
tenant_id: a-tenant
client_id: 0123
client_secret: \${SECRET}
scopes: [https://vault.azure.net/.default]
cloud: china
`)
      expect(request.url).toBe("https://login.partner.microsoftonline.cn/a-tenant/oauth2/v2.0/token")
      expect(formOf(request)).toEqual({
        grant_type: "client_credentials",
        scope: "https://vault.azure.net/.default",
        client_id: "0123",
        client_secret: "s3cret +&/"
      })
      expect(provider.origins).toEqual(["https://vault.azure.net"])
    })
  )

  it.scoped("azure with an authority of one's own", () =>
    Effect.gen(function* () {
      const { request } = yield* requestOf(`
type: azure
tenant_id: a-tenant
client_id: a-client
client_secret: \${SECRET}
authority: http://127.0.0.1:8080/
scopes: https://graph.microsoft.com/.default
allow_loopback_http: true
`)
      expect(request.url).toBe("http://127.0.0.1:8080/a-tenant/oauth2/v2.0/token")
    })
  )

  it.scoped("auth0", () =>
    Effect.gen(function* () {
      const { provider, request } = yield* requestOf(`
type: auth0
domain: example.eu.auth0.com
client_id: a-client
client_secret: \${SECRET}
audience: an-api
scopes: read write
organization: org_1
origins: https://a.example.com https://*.b.example.com
`)
      expect(request.url).toBe("https://example.eu.auth0.com/oauth/token")
      expect(JSON.parse(request.body)).toEqual({
        grant_type: "client_credentials",
        audience: "an-api",
        scope: "read write",
        organization: "org_1",
        client_id: "a-client",
        client_secret: "s3cret +&/"
      })
      expect(provider.origins).toEqual(["https://a.example.com", "https://*.b.example.com"])
    })
  )

  it.scoped("okta", () =>
    Effect.gen(function* () {
      const { request } = yield* requestOf(`
type: okta
domain: example.okta.com
authorization_server: orders
client_id: a-client
client_secret: \${SECRET}
scopes:
  - orders.read
  - orders.write
`)
      expect(request.url).toBe("https://example.okta.com/oauth2/orders/v1/token")
      expect(formOf(request)["scope"]).toBe("orders.read orders.write")
      expect(basicOf(request)).toBe("a-client:s3cret+%2B%26%2F")
    })
  )

  it.scoped("generic", () =>
    Effect.gen(function* () {
      const { provider, request } = yield* requestOf(`
type: generic
token_url: https://login.example.com/token
client_id: a-client
client_secret: \${SECRET}
client_authentication: client_secret_basic
basic_encoding: raw
scopes: a b
audience: an-api
resource: [https://a.example.com/x, urn:b]
parameters: { key: "\${SECRET}", several: [x, y] }
profile: salesforce
`)
      expect(request.url).toBe("https://login.example.com/token")
      expect(basicOf(request)).toBe("a-client:s3cret +&/")
      expect(formOf(request)).toEqual({
        key: "s3cret +&/",
        several: "x|y",
        grant_type: "client_credentials",
        scope: "a b",
        audience: "an-api",
        resource: "https://a.example.com/x|urn:b"
      })
      expect(provider.origins).toEqual(["https://a.example.com"])
    })
  )

  it.scoped("generic by base URL, in JSON", () =>
    Effect.gen(function* () {
      const { provider, request } = yield* requestOf(`
type: generic
base_url: https://api.example.com/v1
token_path: token
client_id: a-client
client_secret: \${SECRET}
client_authentication: client_secret_post
request_format: json
`)
      expect(request.url).toBe("https://api.example.com/v1/token")
      expect(JSON.parse(request.body)).toEqual({
        grant_type: "client_credentials",
        client_id: "a-client",
        client_secret: "s3cret +&/"
      })
      expect(provider.origins).toEqual(["https://api.example.com"])
    })
  )

  it.scoped("apigee", () =>
    Effect.gen(function* () {
      const { request } = yield* requestOf(`
type: apigee
token_url: https://gateway.example.com/token?grant_type=client_credentials
client_id: a-client
client_secret: \${SECRET}
scopes: a
parameters: { more: x }
`)
      expect(request.url).toBe("https://gateway.example.com/token?grant_type=client_credentials")
      expect(formOf(request)).toEqual({ grant_type: "client_credentials", scope: "a", more: "x" })
    })
  )

  it.scoped("zoom", () =>
    Effect.gen(function* () {
      const { request } = yield* requestOf(`
type: zoom
account_id: an-account
client_id: a-client
client_secret: \${SECRET}
`)
      expect(request.url).toBe("https://zoom.us/oauth/token")
      expect(formOf(request)).toEqual({ grant_type: "account_credentials", account_id: "an-account" })
    })
  )

  it.scoped("static", () =>
    Effect.gen(function* () {
      const text = `providers: { api: { type: static, value: "\${KEY}", header: x-api-key, origins: https://a.example.com } }`
      const { make } = named(yield* parse(text, { KEY: "a-key" }), "api")
      const api = yield* Effect.provide(make, recordingClient().layer)
      expect({ ...(yield* api.headers) }).toEqual({ "x-api-key": "a-key" })
      expect(api.origins).toEqual(["https://a.example.com"])
    })
  )
})
