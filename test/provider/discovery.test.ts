import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { GenericOAuth } from "effect-oauth"
import type { Answer, Recorded } from "../support/recordingClient.js"
import { recordingClient, tokenAnswer } from "../support/recordingClient.js"

const issuer = "https://login.example.com/tenant"
const openid = `${issuer}/.well-known/openid-configuration`
const oauth2 = "https://login.example.com/.well-known/oauth-authorization-server/tenant"

const metadata = { issuer, token_endpoint: "https://token.example.com/oauth2/token" }
const notFound: Answer = { status: 404, body: {} }

const options: GenericOAuth.Options = {
  issuer,
  clientId: "the-client",
  clientSecret: Redacted.make("s3cret")
}

/** A server with its metadata under the URLs that are given. */
const serverWith =
  (pages: Readonly<Record<string, Answer>>) =>
  (request: Recorded): Answer =>
    request.method === "POST" ? tokenAnswer : (pages[request.url] ?? notFound)

const provide = (
  pages: Readonly<Record<string, Answer>>,
  changes: Partial<GenericOAuth.ClientOptions> = {}
) => {
  const { layer, requests } = recordingClient(serverWith(pages))
  return Effect.map(
    Effect.provide(GenericOAuth.make("app/Api", { ...options, ...changes }), layer),
    (provider) => ({ provider, requests })
  )
}

describe("GenericOAuth by issuer", () => {
  it.scoped("asks the issuer with the first token, and the endpoint that it names", () =>
    Effect.gen(function* () {
      const { provider, requests } = yield* provide({ [openid]: { body: metadata } })
      expect(requests).toEqual([])
      yield* provider.get
      expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
        `GET ${openid}`,
        `POST ${metadata.token_endpoint}`
      ])
      expect(requests[0]?.headers["authorization"]).toBeUndefined()
    })
  )

  it.scoped("asks as RFC 8414 has it where OpenID's page is not there", () =>
    Effect.gen(function* () {
      const { provider, requests } = yield* provide({ [oauth2]: { body: metadata } })
      yield* provider.get
      expect(requests.map(({ url }) => url)).toEqual([openid, oauth2, metadata.token_endpoint])
    })
  )

  it.scoped.each([
    [undefined, undefined, "client_secret_basic"],
    [["client_secret_basic", "client_secret_post"], undefined, "client_secret_basic"],
    [["client_secret_post"], undefined, "client_secret_post"],
    [["private_key_jwt", "client_secret_post"], undefined, "client_secret_post"],
    [["private_key_jwt"], undefined, "client_secret_basic"],
    [["client_secret_basic"], "client_secret_post", "client_secret_post"],
    [["client_secret_post"], "client_secret_basic", "client_secret_basic"]
  ] as const)("metadata that offers %j, and %s set: %s", ([offered, clientAuthentication, expected]) =>
    Effect.gen(function* () {
      const body = { ...metadata, token_endpoint_auth_methods_supported: offered }
      const { provider, requests } = yield* provide({ [openid]: { body } }, { clientAuthentication })
      yield* provider.get
      const request = requests.at(-1)
      const isBasic = request?.headers["authorization"] !== undefined
      const isPost = new URLSearchParams(request?.body).has("client_secret")
      expect({ isBasic, isPost }).toEqual({
        isBasic: expected === "client_secret_basic",
        isPost: expected === "client_secret_post"
      })
    })
  )

  it.scoped("a public client says its id, whatever is offered", () =>
    Effect.gen(function* () {
      const { layer, requests } = recordingClient(serverWith({ [openid]: { body: metadata } }))
      const provider = yield* Effect.provide(
        GenericOAuth.make("app/Api", { issuer, clientId: "the-client" }),
        layer
      )
      yield* provider.get
      expect(requests.at(-1)?.headers["authorization"]).toBeUndefined()
      expect(new URLSearchParams(requests.at(-1)?.body).get("client_id")).toBe("the-client")
    })
  )

  it.scoped("metadata is asked for once, and again after a day", () =>
    Effect.gen(function* () {
      const { provider, requests } = yield* provide({ [openid]: { body: metadata } })
      const discoveries = () => requests.filter(({ url }) => url === openid).length
      yield* provider.get
      yield* provider.refresh
      yield* TestClock.adjust("23 hours")
      yield* provider.refresh
      expect(discoveries()).toBe(1)
      yield* TestClock.adjust("1 hours")
      yield* provider.refresh
      expect(discoveries()).toBe(2)
      expect(requests.filter(({ method }) => method === "POST")).toHaveLength(4)
    })
  )

  it.scoped("a failure to get it is not remembered", () =>
    Effect.gen(function* () {
      let isUp = false
      const { layer, requests } = recordingClient((request) =>
        isUp ? serverWith({ [openid]: { body: metadata } })(request) : { status: 400, body: { error: "no" } }
      )
      const provider = yield* Effect.provide(GenericOAuth.make("app/Api", options), layer)
      const error = yield* Effect.flip(provider.get)
      expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "Metadata" })
      isUp = true
      yield* TestClock.adjust("1 seconds")
      yield* provider.get
      expect(requests.at(-1)?.url).toBe(metadata.token_endpoint)
    })
  )

  it.scoped.each([
    ["another issuer", "https://evil.example.com"],
    ["a slash more", `${issuer}/`],
    ["another case", "https://login.example.com/Tenant"],
    ["none", undefined],
    ["a list", [issuer]]
  ])("S16 metadata of %s is refused, and no secret is sent", ([_, other]) =>
    Effect.gen(function* () {
      const { provider, requests } = yield* provide({ [openid]: { body: { ...metadata, issuer: other } } })
      const error = yield* Effect.flip(provider.get)
      expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "Metadata" })
      expect(requests.map(({ url }) => url)).toEqual([openid])
    })
  )

  it.scoped.each([
    "http://token.example.com/oauth2/token",
    "https://user:pass@token.example.com/oauth2/token",
    "/oauth2/token",
    "",
    7
  ])("a token_endpoint %j in it is refused, and no secret is sent", (token_endpoint) =>
    Effect.gen(function* () {
      const { provider, requests } = yield* provide({ [openid]: { body: { ...metadata, token_endpoint } } })
      const error = yield* Effect.flip(provider.get)
      expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "Metadata" })
      expect(requests.map(({ url }) => url)).toEqual([openid])
    })
  )

  it.scoped("http on loopback is for those who opted in, for the issuer as for the endpoint", () =>
    Effect.gen(function* () {
      const issuer = "http://127.0.0.1:3000"
      const page = `${issuer}/.well-known/openid-configuration`
      const pages = { [page]: { body: { issuer, token_endpoint: `${issuer}/token` } } }
      const { layer, requests } = recordingClient(serverWith(pages))
      const make = (allowLoopbackHttp: boolean) =>
        Effect.provide(
          GenericOAuth.make("app/Api", { issuer, clientId: "the-client", allowLoopbackHttp }),
          layer
        )
      expect(yield* Effect.flip(make(false))).toMatchObject({ issues: [{ path: "issuer" }] })
      yield* (yield* make(true)).get
      expect(requests.map(({ url }) => url)).toEqual([page, `${issuer}/token`])
    })
  )
})
