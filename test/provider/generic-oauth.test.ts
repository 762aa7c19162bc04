import { describe, expect, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { GenericOAuth, ResponseProfiles, TokenProvider } from "effect-oauth"
import type { Answer } from "../support/recordingClient.js"
import { basicOf, formOf, recordingClient, theOnly } from "../support/recordingClient.js"

class Api extends TokenProvider.Tag("app/Api")<Api>() {}

const secret = "s3cret +&/"

const options = {
  tokenUrl: "https://login.example.com/token",
  clientId: "the client",
  clientSecret: Redacted.make(secret)
}

const ask = (options: GenericOAuth.Options, answer?: () => Answer) =>
  Effect.gen(function* () {
    const { layer, requests } = recordingClient(answer)
    const provider = yield* Effect.provide(GenericOAuth.make("app/Api", options), layer)
    const token = yield* provider.get
    return { token, request: theOnly(requests), origins: provider.origins }
  })

const issuePaths = (options: GenericOAuth.Options) =>
  Effect.map(Effect.flip(ask(options)), (error) =>
    error._tag === "InvalidConfiguration" ? error.issues.map(({ path }) => path) : []
  )

describe("GenericOAuth by token URL", () => {
  it.scoped("asks at the token URL", () =>
    Effect.gen(function* () {
      const { origins, request } = yield* ask(options)
      expect(request.method).toBe("POST")
      expect(request.url).toBe("https://login.example.com/token")
      expect(request.headers["content-type"]).toBe("application/x-www-form-urlencoded")
      expect(request.headers["accept"]).toBe("application/json")
      expect(formOf(request)).toEqual({ grant_type: "client_credentials" })
      expect(origins).toEqual([])
    })
  )

  it.scoped("S1 Basic form-encodes id and secret; raw is for servers that want them so", () =>
    Effect.gen(function* () {
      expect(basicOf((yield* ask(options)).request)).toBe("the+client:s3cret+%2B%26%2F")
      expect(basicOf((yield* ask({ ...options, basicEncoding: "raw" })).request)).toBe(
        "the client:s3cret +&/"
      )
    })
  )

  it.scoped("S2 exactly one client authentication method in a request", () =>
    Effect.gen(function* () {
      const basic = (yield* ask({ ...options, clientAuthentication: "client_secret_basic" })).request
      expect(basic.headers["authorization"]).toMatch(/^Basic /)
      expect(formOf(basic)).not.toHaveProperty("client_id")
      expect(formOf(basic)).not.toHaveProperty("client_secret")

      const post = (yield* ask({ ...options, clientAuthentication: "client_secret_post" })).request
      expect(post.headers["authorization"]).toBeUndefined()
      expect(formOf(post)).toMatchObject({ client_id: "the client", client_secret: secret })

      const { tokenUrl } = options
      const none = (yield* ask({ tokenUrl, clientId: "the client" })).request
      expect(none.headers["authorization"]).toBeUndefined()
      expect(formOf(none)).toEqual({ grant_type: "client_credentials", client_id: "the client" })
    })
  )

  it.scoped("S2 a second authentication is refused", () =>
    Effect.gen(function* () {
      const parameters = {
        client_id: "x",
        client_secret: "x",
        client_assertion: "x",
        client_assertion_type: "x"
      }
      expect(yield* issuePaths({ ...options, parameters })).toEqual([
        "parameters.client_id",
        "parameters.client_secret",
        "parameters.client_assertion",
        "parameters.client_assertion_type"
      ])
      expect(yield* issuePaths({ ...options, clientAuthentication: "none" })).toEqual(["clientSecret"])
      const { clientId, tokenUrl } = options
      expect(yield* issuePaths({ tokenUrl, clientId, clientAuthentication: "client_secret_post" })).toEqual([
        "clientSecret"
      ])
    })
  )

  it.scoped.each([
    "https://login.example.com/token?client_secret=x",
    "https://login.example.com/token?access_token=x",
    "https://login.example.com/token?api_key=x",
    "https://user:pass@login.example.com/token",
    "https://login.example.com/token#x",
    "http://login.example.com/token",
    "http://localhost/token",
    "http://127.0.0.1/token",
    "login.example.com/token"
  ])("S3, S8 no token URL: %s", (tokenUrl) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ask({ ...options, tokenUrl }))
      expect(error).toMatchObject({
        _tag: "InvalidConfiguration",
        reason: "Malformed",
        issues: [{ path: "tokenUrl" }]
      })
      expect(error.message).not.toContain(tokenUrl)
    })
  )

  it.scoped("S8 neither secrets nor parameters stand in the URL", () =>
    Effect.gen(function* () {
      const parameters = { pin: Redacted.make("0000-pin") }
      for (const clientAuthentication of ["client_secret_basic", "client_secret_post"] as const) {
        const { request } = yield* ask({ ...options, clientAuthentication, parameters })
        expect(request.url).toBe(options.tokenUrl)
        expect(formOf(request)["pin"]).toBe("0000-pin")
      }
    })
  )

  it.scoped("scope is a text or a list", () =>
    Effect.gen(function* () {
      const scopeOf = (scope: string | ReadonlyArray<string>) =>
        Effect.map(ask({ ...options, scope }), ({ request }) => formOf(request)["scope"])
      expect(yield* scopeOf("read write")).toBe("read write")
      expect(yield* scopeOf(["read", "write"])).toBe("read write")
      expect(yield* scopeOf(" read \n write ")).toBe("read write")
      expect(yield* scopeOf("")).toBeUndefined()
    })
  )

  it.scoped("audience, resource and parameters are asked for, as a form", () =>
    Effect.gen(function* () {
      const { origins, request } = yield* ask({
        ...options,
        audience: "orders",
        resource: ["https://orders.example.com/v1", "https://stock.example.com", "urn:example:stock"],
        parameters: { tenant: "a", region: ["eu", "us"] }
      })
      expect(formOf(request)).toEqual({
        grant_type: "client_credentials",
        audience: "orders",
        resource: "https://orders.example.com/v1|https://stock.example.com|urn:example:stock",
        tenant: "a",
        region: "eu|us"
      })
      expect(origins).toEqual(["https://orders.example.com", "https://stock.example.com"])
    })
  )

  it.scoped("and as JSON", () =>
    Effect.gen(function* () {
      const { request } = yield* ask({
        ...options,
        clientAuthentication: "client_secret_post",
        requestFormat: "json",
        scope: "read",
        resource: "https://orders.example.com",
        parameters: { tenant: "a" }
      })
      expect(request.headers["content-type"]).toBe("application/json")
      expect(JSON.parse(request.body)).toEqual({
        grant_type: "client_credentials",
        scope: "read",
        resource: ["https://orders.example.com"],
        tenant: "a",
        client_id: "the client",
        client_secret: secret
      })
    })
  )

  it.scoped("a parameter beside the setting of its name is refused", () =>
    Effect.gen(function* () {
      const parameters = { grant_type: "password", audience: "x", resource: "x", scope: "x" }
      const paths = yield* issuePaths({ ...options, audience: "a", resource: "b", scope: "c", parameters })
      expect(paths).toEqual([
        "parameters.grant_type",
        "parameters.audience",
        "parameters.resource",
        "parameters.scope"
      ])
    })
  )

  it.scoped("a profile reads a server's own answers", () =>
    Effect.gen(function* () {
      const body = {
        access_token: "an-access-token",
        instance_url: "https://example.my.salesforce.com",
        id: "x"
      }
      const { token } = yield* ask({ ...options, profile: ResponseProfiles.salesforce }, () => ({ body }))
      expect(token.parameters).toEqual({ instance_url: "https://example.my.salesforce.com" })
      const own = { ...options, profile: { accessToken: "data.token" } }
      const nested = yield* ask(own, () => ({ body: { data: { token: "nested" } } }))
      expect(Redacted.value(nested.token.value)).toBe("nested")
    })
  )

  it.scoped("every wrong setting is named at once", () =>
    Effect.gen(function* () {
      const wrong = {
        tokenUrl: "",
        clientId: "",
        clientSecret: Redacted.make(""),
        audience: "",
        resource: ["https://orders.example.com", ""],
        policy: { margin: Infinity, attempts: 1.5 }
      }
      const error = yield* Effect.flip(ask(wrong))
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", reason: "Malformed" })
      expect((yield* issuePaths(wrong)).sort()).toEqual([
        "audience",
        "clientId",
        "clientSecret",
        "policy.attempts",
        "policy.margin",
        "resource",
        "tokenUrl"
      ])
    })
  )
})

describe("GenericOAuth by token URL or issuer", () => {
  const { clientId, clientSecret, tokenUrl } = options
  const issuer = "https://login.example.com"

  it.scoped("both are refused, and neither is", () =>
    Effect.gen(function* () {
      // @ts-expect-error the types allow one of the two only; settings may come from where there are no types
      const both = yield* Effect.flip(ask({ tokenUrl, issuer, clientId, clientSecret }))
      expect(both).toMatchObject({
        _tag: "InvalidConfiguration",
        reason: "Malformed",
        issues: [
          { path: "tokenUrl", expected: "tokenUrl or issuer, not both" },
          { path: "issuer", expected: "tokenUrl or issuer, not both" }
        ]
      })
      // @ts-expect-error the types want one of the two
      const neither = yield* Effect.flip(ask({ clientId, clientSecret }))
      expect(neither).toMatchObject({
        _tag: "InvalidConfiguration",
        issues: [
          { path: "tokenUrl", expected: "tokenUrl or issuer; both are missing" },
          { path: "issuer", expected: "tokenUrl or issuer; both are missing" }
        ]
      })
    })
  )

  it.scoped("the environment may decide which", () =>
    Effect.gen(function* () {
      const client = {
        clientId: Config.string("OAUTH2_CLIENT_ID"),
        clientSecret: Config.redacted("OAUTH2_CLIENT_SECRET")
      }
      const byTokenUrl = Config.all({ ...client, tokenUrl: Config.string("OAUTH2_TOKEN_URL") })
      const byIssuer = Config.all({ ...client, issuer: Config.string("OAUTH2_ISSUER") })
      const live = GenericOAuth.layerConfig(
        Api,
        Config.orElse(byTokenUrl, () => byIssuer)
      )
      const urlsWith = (environment: Readonly<Record<string, string>>) => {
        const { layer, requests } = recordingClient()
        const configs = ConfigProvider.fromMap(
          new Map(Object.entries({ OAUTH2_CLIENT_ID: "id", OAUTH2_CLIENT_SECRET: "secret", ...environment }))
        )
        return Effect.flatMap(Api, ({ get }) => Effect.either(get)).pipe(
          Effect.provide(Layer.provide(live, layer)),
          Effect.withConfigProvider(configs),
          Effect.map(() => requests.map(({ url }) => url))
        )
      }
      expect(yield* urlsWith({ OAUTH2_TOKEN_URL: tokenUrl })).toEqual([tokenUrl])
      expect(yield* urlsWith({ OAUTH2_ISSUER: issuer })).toContain(
        `${issuer}/.well-known/openid-configuration`
      )
      const error = yield* Effect.flip(urlsWith({}))
      expect(error.issues.map(({ path }) => path)).toEqual(["OAUTH2_TOKEN_URL", "OAUTH2_ISSUER"])
    })
  )
})
