import { describe, expect, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import { BearerClient } from "effect-oauth"
import * as ApiServer from "../support/apiServer.js"
import { clients } from "../support/clients.js"
import * as Tokens from "../support/tokens.js"

const bearer = (tokens: Tokens.Tokens, ...servers: ReadonlyArray<ApiServer.ApiServer>) =>
  BearerClient.make(Effect.succeed(tokens.provider), {
    origins: servers.map(({ origin }) => origin),
    allowLoopbackHttp: true
  })

const nothing = { connections: 0, bytes: 0 }

const refusal = {
  _tag: "InvalidConfiguration",
  provider: "test/Api",
  reason: "Malformed",
  issues: [{ path: "origins" }]
}

describe.each(clients)("S7 over real sockets, by $client", ({ layer }) => {
  it.scopedLive("sends the token to an origin on the list", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make()
      const http = yield* bearer(yield* Tokens.make(), api)
      const response = yield* http.get(`${api.origin}/users?top=1`)
      expect(yield* response.json).toEqual({ ok: true })
      expect(api.arrivals.map(({ path, token }) => [path, token])).toEqual([["/users?top=1", "token-1"]])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("sends nothing over http unless allowLoopbackHttp is set", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make()
      const { provider, server } = yield* Tokens.make()
      const make = (origins: ReadonlyArray<string>) =>
        BearerClient.make(Effect.succeed(provider), { origins })
      expect(yield* Effect.flip(make([api.origin]))).toMatchObject({ _tag: "InvalidConfiguration" })
      const http = yield* make(["*"])
      expect(yield* Effect.flip(http.get(api.origin))).toMatchObject(refusal)
      expect(api.traffic()).toEqual(nothing)
      expect(server.requests).toBe(0)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("sends nothing to another origin, not even without the token, and requests no token", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make()
      const other = yield* ApiServer.make()
      const tokens = yield* Tokens.make()
      const http = yield* bearer(tokens, api)
      const error = yield* Effect.flip(http.post(`${other.origin}/users`))
      expect(error).toMatchObject(refusal)
      expect(error.message).toContain(other.origin)
      expect(other.traffic()).toEqual(nothing)
      expect(tokens.server.requests).toBe(0)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("checks the URL that an outer client completes", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make()
      const other = yield* ApiServer.make()
      const http = yield* bearer(yield* Tokens.make(), api)
      const at = (origin: string) =>
        http.pipe(HttpClient.mapRequest(HttpClientRequest.prependUrl(origin))).get("/users")
      expect((yield* at(api.origin)).status).toBe(200)
      expect(yield* Effect.flip(at(other.origin))).toMatchObject(refusal)
      expect(yield* Effect.flip(http.get("/users"))).toMatchObject({
        ...refusal,
        issues: [{ expected: "an absolute URL in the request" }]
      })
      expect(api.arrivals).toHaveLength(1)
      expect(other.traffic()).toEqual(nothing)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("checks the URL that the given client rewrites", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make()
      const other = yield* ApiServer.make()
      const tokens = yield* Tokens.make()
      const client = yield* HttpClient.HttpClient
      const http = yield* bearer(tokens, api).pipe(
        Effect.provideService(
          HttpClient.HttpClient,
          HttpClient.mapRequest(client, HttpClientRequest.setUrl(other.origin))
        )
      )
      expect(yield* Effect.flip(http.get(api.origin))).toMatchObject(refusal)
      expect(other.traffic()).toEqual(nothing)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("follows a redirect to another origin neither by itself nor by followRedirects", () =>
    Effect.gen(function* () {
      const other = yield* ApiServer.make()
      const api = yield* ApiServer.make({ answer: ApiServer.redirectTo(() => `${other.origin}/landed`) })
      const http = yield* bearer(yield* Tokens.make(), api)
      const response = yield* http.get(api.origin)
      expect([response.status, response.headers["location"]]).toEqual([307, `${other.origin}/landed`])
      expect(yield* Effect.flip(HttpClient.followRedirects(http).get(api.origin))).toMatchObject(refusal)
      expect(api.arrivals.map(({ token }) => token)).toEqual(["token-1", "token-1"])
      expect(other.traffic()).toEqual(nothing)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive.each([301, 302, 303, 307, 308])("returns a %i without following it", (status) =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make({
        answer: ApiServer.byPath({
          "/": ApiServer.redirectTo(() => "/landed", status),
          "/landed": ApiServer.json(200, {})
        })
      })
      const http = yield* bearer(yield* Tokens.make(), api)
      expect((yield* http.get(api.origin)).status).toBe(status)
      expect(api.arrivals.map(({ path }) => path)).toEqual(["/"])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("sends the token along redirects to origins on the list", () =>
    Effect.gen(function* () {
      const last = yield* ApiServer.make()
      const api = yield* ApiServer.make({
        answer: ApiServer.byPath({
          "/a": ApiServer.redirectTo(() => "/b"),
          "/b": ApiServer.redirectTo(() => `${last.origin}/c`)
        })
      })
      const http = yield* bearer(yield* Tokens.make(), api, last)
      const response = yield* HttpClient.followRedirects(http).get(`${api.origin}/a`)
      expect(response.status).toBe(200)
      expect([...api.arrivals, ...last.arrivals].map(({ path, token }) => [path, token])).toEqual([
        ["/a", "token-1"],
        ["/b", "token-1"],
        ["/c", "token-1"]
      ])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("uses the provider's own origins if none are given", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make()
      const other = yield* ApiServer.make()
      const { provider } = yield* Tokens.make({ origins: [api.origin] })
      const http = yield* BearerClient.make(Effect.succeed(provider), { allowLoopbackHttp: true })
      expect((yield* http.get(api.origin)).status).toBe(200)
      expect(yield* Effect.flip(http.get(other.origin))).toMatchObject(refusal)
      expect(other.traffic()).toEqual(nothing)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("replaces the caller's own value of the header", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make()
      const http = yield* bearer(yield* Tokens.make(), api)
      yield* http.get(api.origin, { headers: { Authorization: "Bearer of-the-caller" } })
      expect(api.arrivals.map(({ headers }) => headers.authorization)).toEqual(["Bearer token-1"])
    }).pipe(Effect.provide(layer))
  )
})
