import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Discovery } from "effect-oauth"
import { clients } from "../support/clients.js"
import { ask, endpoint } from "../support/exchange.js"
import * as HttpServer from "../support/httpServer.js"

const statuses = [300, 301, 302, 303, 305, 307, 308]

const redirectTo = (status: number, location: URL) =>
  HttpServer.make(HttpServer.answer(status, { location: location.href }))

describe.each(clients)("S4 redirects, by $client", ({ layer }) => {
  it.scopedLive.each(statuses)("S4 a %d of the token endpoint is not followed", (status) =>
    Effect.gen(function* () {
      const target = yield* HttpServer.make(HttpServer.token)
      const server = yield* redirectTo(status, target.url)
      const error = yield* Effect.flip(ask(server.url))
      expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "Redirect", status })
      expect(error.message).toContain("a token endpoint must not redirect; give its final URL")
      expect(server.requests).toHaveLength(1)
      expect(target.connections).toHaveLength(0)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive.each(statuses)("S4 a %d of an issuer's metadata is not followed", (status) =>
    Effect.gen(function* () {
      const target = yield* HttpServer.make(HttpServer.token)
      const server = yield* redirectTo(status, target.url)
      const options = { ...endpoint(server.url), issuer: server.origin, allowLoopbackHttp: true }
      const error = yield* Effect.flip(Discovery.discover(options))
      expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "Redirect", status })
      expect(error.message).toContain("an issuer must not redirect to its metadata")
      expect(server.requests).toHaveLength(1)
      expect(target.connections).toHaveLength(0)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("S4 a redirect with a token in its body, and without a location, is no token", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(HttpServer.json(302, { access_token: "a-token" }))
      const error = yield* Effect.flip(ask(server.url))
      expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "Redirect" })
    }).pipe(Effect.provide(layer))
  )

  // From outside of a client that follows redirects they cannot be prevented: the target is asked. It is not believed.
  it.scopedLive("S4 what a client fetched from elsewhere by itself is not believed", () =>
    Effect.gen(function* () {
      const target = yield* HttpServer.make(HttpServer.token)
      const server = yield* redirectTo(307, target.url)
      const following = HttpClient.followRedirects(yield* HttpClient.HttpClient)
      const error = yield* Effect.flip(
        Effect.provideService(ask(server.url), HttpClient.HttpClient, following)
      )
      expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "Redirect", status: 200 })
      expect(error.message).toContain("the HTTP client")
      expect(error.message).toContain("must neither follow redirects nor rewrite URLs")
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("S4 nor is it a request that never left where the redirect of a client leads nowhere", () =>
    Effect.gen(function* () {
      const gone = yield* Effect.scoped(HttpServer.make(HttpServer.token))
      const server = yield* redirectTo(307, gone.url)
      const following = HttpClient.followRedirects(yield* HttpClient.HttpClient)
      const error = yield* Effect.flip(
        Effect.provideService(ask(server.url), HttpClient.HttpClient, following)
      )
      expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "Redirect" })
      expect(server.requests).toHaveLength(1)
    }).pipe(Effect.provide(layer))
  )
})
