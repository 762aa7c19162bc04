import * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeAuthorizationServer } from "effect-oauth/testing"

const form = (text: string) => HttpBody.text(text, "application/x-www-form-urlencoded")

const good = "grant_type=client_credentials&client_id=a-client&client_secret=a-secret"

const ask = (options: HttpClientRequest.Options.NoUrl, suffix = "") =>
  Effect.gen(function* () {
    const server = yield* FakeAuthorizationServer.make()
    const response = yield* server.client.post(`${server.tokenUrl}${suffix}`, options)
    const body = yield* response.json
    const [request] = yield* server.requests
    return { status: response.status, headers: response.headers, body, request }
  })

describe("what a client does wrong, the token endpoint says", () => {
  it.effect("nothing, where nothing is wrong; and nobody is to keep the answer (RFC 6749 §5.1)", () =>
    Effect.gen(function* () {
      const { body, headers, status } = yield* ask({ body: form(good) })
      expect(status).toBe(200)
      expect(body).toEqual({ access_token: "access-token-1", token_type: "Bearer", expires_in: 3600 })
      expect([headers["cache-control"], headers["pragma"]]).toEqual(["no-store", "no-cache"])
    })
  )

  const wrong: ReadonlyArray<readonly [string, HttpClientRequest.Options.NoUrl, number, string]> = [
    [
      "a parameter that stands twice (§3.2)",
      { body: form(`${good}&scope=a&scope=b`) },
      400,
      "invalid_request"
    ],
    ["no grant type", { body: form("client_id=a-client&client_secret=a-secret") }, 400, "invalid_request"],
    [
      "another grant type",
      { body: form(good.replace("client_credentials", "password")) },
      400,
      "unsupported_grant_type"
    ],
    ["no client", { body: form("grant_type=client_credentials") }, 401, "invalid_client"],
    ["no secret", { body: form("grant_type=client_credentials&client_id=a-client") }, 401, "invalid_client"],
    ["a wrong secret", { body: form(good.replace("a-secret", "another")) }, 401, "invalid_client"],
    ["a body of no known type", { body: HttpBody.text(good, "text/plain") }, 400, "invalid_request"],
    [
      "a body that is not the JSON that it says",
      { body: HttpBody.text(good, "application/json") },
      400,
      "invalid_request"
    ],
    ["no body, so nobody asks", {}, 401, "invalid_client"],
    [
      "two client authentications (§2.3)",
      { body: form(good), headers: { authorization: `Basic ${btoa("a-client:a-secret")}` } },
      400,
      "invalid_request"
    ],
    [
      "a Basic header that is none",
      { body: form("grant_type=client_credentials"), headers: { authorization: "Basic ???" } },
      401,
      "invalid_client"
    ]
  ]

  for (const [name, options, status, error] of wrong) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const answer = yield* ask(options)
        expect([answer.status, answer.body]).toMatchObject([status, { error }])
        expect(answer.request?.kind).toBe("Token")
      })
    )
  }

  it.effect("a secret in the URL (§2.3.1)", () =>
    Effect.gen(function* () {
      const { body, status } = yield* ask({ body: form(good) }, "?client_secret=a-secret")
      expect([status, body]).toMatchObject([400, { error: "invalid_request" }])
    })
  )

  it.effect("a GET", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const response = yield* server.client.get(server.tokenUrl)
      expect([response.status, response.headers["allow"]]).toEqual([405, "POST"])
    })
  )

  it.effect("a wrong secret by Basic is answered with the scheme (§5.2)", () =>
    Effect.gen(function* () {
      const authorization = `Basic ${btoa("a-client:another")}`
      const { headers, status } = yield* ask({
        body: form("grant_type=client_credentials"),
        headers: { authorization }
      })
      expect([status, headers["www-authenticate"]]).toEqual([401, 'Basic realm="token endpoint"'])
    })
  )

  it.effect("several resources are one parameter (RFC 8707 §2)", () =>
    Effect.gen(function* () {
      const { request, status } = yield* ask({
        body: form(`${good}&resource=https://a.example&resource=https://b.example`)
      })
      expect(status).toBe(200)
      expect(request?.parameters["resource"]).toEqual(["https://a.example", "https://b.example"])
    })
  )
})
