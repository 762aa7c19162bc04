import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { AzureAd, BearerClient, TokenProvider } from "effect-oauth"
import { Answer, FakeAuthorizationServer } from "effect-oauth/testing"

class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}

const GraphLive = AzureAd.layer(Graph, {
  tenantId: "a-tenant",
  clientId: "a-client",
  clientSecret: Redacted.make("a-secret"),
  scopes: ["https://graph.microsoft.com/.default"]
})

const users = "https://graph.microsoft.com/v1.0/users"

const setup = Effect.gen(function* () {
  const server = yield* FakeAuthorizationServer.FakeAuthorizationServer
  return { server, graph: yield* Graph, http: yield* BearerClient.make(Graph) }
})

const provided = (options?: FakeAuthorizationServer.Options) =>
  Effect.provide(GraphLive.pipe(Layer.provideMerge(FakeAuthorizationServer.layer(options))))

const presented = (server: FakeAuthorizationServer.Service) =>
  Effect.map(server.resourceRequests, (requests) =>
    requests.map(({ bearerToken, status }) => [bearerToken, status])
  )

describe("a protected resource", () => {
  it.effect("answers an active token, and says for whom it is", () =>
    Effect.gen(function* () {
      const { http, server } = yield* setup
      const response = yield* http.get(users)
      expect(response.status).toBe(200)
      expect(yield* response.json).toEqual({
        method: "GET",
        path: "/v1.0/users",
        client_id: "a-client",
        scopes: ["https://graph.microsoft.com/.default"]
      })
      expect(yield* presented(server)).toEqual([["access-token-1", 200]])
      expect(JSON.stringify(yield* server.requests)).not.toContain("access-token-1")
    }).pipe(provided())
  )

  it.effect("refuses a request without a token, and one with a token that it does not know", () =>
    Effect.gen(function* () {
      const http = yield* HttpClient.HttpClient
      const bare = yield* http.get(users)
      expect([bare.status, bare.headers["www-authenticate"]]).toEqual([401, "Bearer"])
      const unknown = yield* http.get(users, { headers: { authorization: "Bearer made-up" } })
      expect(unknown.status).toBe(401)
      expect(unknown.headers["www-authenticate"]).toContain('Bearer error="invalid_token"')
    }).pipe(provided())
  )

  it.effect("refuses an expired token", () =>
    Effect.gen(function* () {
      const { graph, server } = yield* setup
      const headers = yield* graph.headers
      const get = Effect.map(server.client.get(users, { headers }), ({ status }) => status)
      yield* TestClock.adjust("599 seconds")
      expect(yield* get).toBe(200)
      yield* TestClock.adjust("1 second")
      expect(yield* get).toBe(401)
    }).pipe(provided({ lifetime: "10 minutes" }))
  )

  it.effect("refuses a revoked token, and is asked again with another", () =>
    Effect.gen(function* () {
      const { graph, http, server } = yield* setup
      yield* server.revoke(yield* graph.get)
      expect((yield* http.get(users)).status).toBe(200)
      expect(yield* presented(server)).toEqual([
        ["access-token-1", 401],
        ["access-token-2", 200]
      ])
      yield* server.revokeAll
      expect((yield* server.issued).every(({ isRevoked }) => isRevoked)).toBe(true)
    }).pipe(provided())
  )

  it.effect("can refuse every token: two requests to it, two to the server", () =>
    Effect.gen(function* () {
      const { http, server } = yield* setup
      yield* server.refuseTokens
      expect((yield* http.get(users)).status).toBe(401)
      expect(yield* presented(server)).toEqual([
        ["access-token-1", 401],
        ["access-token-2", 401]
      ])
      expect(yield* server.tokenRequestCount).toBe(2)
      yield* server.acceptTokens
      expect((yield* http.get(users)).status).toBe(200)
      expect(yield* server.tokenRequestCount).toBe(2)
    }).pipe(provided())
  )

  it.effect("answers what the test wants it to, by request or in a row", () =>
    Effect.gen(function* () {
      const { http, server } = yield* setup
      yield* server.configure({
        resource: ({ url }, { number }) =>
          url.endsWith("/count")
            ? Answer.json({ number })
            : url.endsWith("/plain")
              ? Answer.asUsual()
              : Answer.status(404)
      })
      expect(yield* (yield* http.get(`${users}/count`)).json).toEqual({ number: 1 })
      expect((yield* http.get(`${users}/nobody`)).status).toBe(404)
      expect((yield* http.get(`${users}/plain`)).status).toBe(200)
      yield* server.respondNextResource(Answer.status(503), Answer.connectionReset)
      expect((yield* http.get(`${users}/count`)).status).toBe(503)
      expect((yield* Effect.flip(http.get(`${users}/count`)))._tag).toBe("RequestError")
      expect((yield* http.get(`${users}/count`)).status).toBe(200)
    }).pipe(provided())
  )

  it.effect("goes on while the authorization server is down", () =>
    Effect.gen(function* () {
      const { graph, http, server } = yield* setup
      yield* graph.get
      yield* server.down
      expect((yield* http.get(users)).status).toBe(200)
    }).pipe(provided())
  )

  it.effect("does not take a form that happens to be posted to it for a token request", () =>
    Effect.gen(function* () {
      const { http, server } = yield* setup
      expect((yield* http.post(users, {})).status).toBe(200)
      expect((yield* http.head(users)).status).toBe(200)
      expect(yield* server.tokenRequestCount).toBe(1)
    }).pipe(provided())
  )
})
