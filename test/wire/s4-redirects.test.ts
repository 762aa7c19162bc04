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
  it.scopedLive.each(statuses)("S4 with status %d from the token endpoint are not followed", (status) =>
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

  it.scopedLive.each(statuses)("S4 with status %d from an issuer's metadata URL are not followed", (status) =>
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

  it.scopedLive("S4 with a token in the body, and without a location, are not read as a token", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(HttpServer.json(302, { access_token: "a-token" }))
      const error = yield* Effect.flip(ask(server.url))
      expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "Redirect" })
    }).pipe(Effect.provide(layer))
  )

  // Redirects that a client follows by itself cannot be prevented: the target gets the request, but its response is rejected.
  it.scopedLive("S4 that the client followed by itself lead to a rejected response", () =>
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

  it.scopedLive("S4 that the client followed to a closed port are not reported as NotSent", () =>
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
