import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Undici from "@effect/platform-node/Undici"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { ClientAuthentication, Discovery, GenericOAuth } from "effect-oauth"
import { connect } from "node:net"
import { ask, clientId, clientSecret, endpoint } from "../support/exchange.js"
import type { RawServer } from "../support/httpServer.js"
import * as HttpServer from "../support/httpServer.js"

/** An application's settings for its API: redirect and Authorization must be ignored, X-Proxy must be kept. */
const init = (place: string): RequestInit => ({
  redirect: "follow",
  headers: [
    ["Authorization", `Bearer canary of the ${place}`],
    ["X-Proxy", place]
  ]
})

const given = (init: RequestInit) => Layer.succeed(FetchHttpClient.RequestInit, init)

const atTheLayer = Layer.provide(FetchHttpClient.layer, given(init("layer")))

const places = [
  { place: "the layer", layer: atTheLayer, seen: "layer" },
  { place: "the call", layer: Layer.merge(FetchHttpClient.layer, given(init("call"))), seen: "call" },
  // as FetchHttpClient itself decides
  { place: "both", layer: Layer.merge(atTheLayer, given(init("call"))), seen: "call" }
]

/** The values of a header in the requests that a server received. */
const headerOf = (server: RawServer, name: string): ReadonlyArray<string | undefined> =>
  server.requests.map((request) => new RegExp(`\r\n${name}: *([^\r]*)`, "i").exec(request)?.[1])

const post = ClientAuthentication.post(clientId, Redacted.make(clientSecret))

describe.each(places)("a RequestInit that was provided to $place", ({ layer, seen }) => {
  it.scopedLive("S2 S4 applies to a token request, except redirects and an Authorization header", () =>
    Effect.gen(function* () {
      const target = yield* HttpServer.make(HttpServer.token)
      const server = yield* HttpServer.make(HttpServer.answer(307, { location: target.url.href }))
      for (const clientAuthentication of [post, endpoint(server.url).clientAuthentication]) {
        const error = yield* Effect.flip(ask(server.url, { clientAuthentication }))
        expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "Redirect", status: 307 })
      }
      expect(headerOf(server, "x-proxy")).toEqual([seen, seen])
      expect(headerOf(server, "authorization")).toEqual([undefined, expect.stringMatching(/^Basic /)])
      expect(server.requests.join()).not.toContain("canary of")
      expect(target.connections).toEqual([])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("S4 applies to metadata, except redirects and an Authorization header", () =>
    Effect.gen(function* () {
      const target = yield* HttpServer.make(HttpServer.token)
      const server = yield* HttpServer.make(HttpServer.answer(302, { location: target.url.href }))
      const options = { ...endpoint(server.url), issuer: server.origin, allowLoopbackHttp: true }
      expect(yield* Effect.flip(Discovery.discover(options))).toMatchObject({ reason: "Redirect" })
      expect(headerOf(server, "x-proxy")).toEqual([seen])
      expect(headerOf(server, "authorization")).toEqual([undefined])
      expect(target.connections).toEqual([])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("applies to the refreshes of a provider, and the client itself stays unchanged", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(HttpServer.token)
      const api = yield* HttpServer.make(HttpServer.answer(200))
      const from = yield* HttpServer.make(HttpServer.answer(302, { location: api.url.href }))
      const provider = yield* GenericOAuth.make("test/Api", {
        tokenUrl: server.url.href,
        clientId,
        clientSecret: Redacted.make(clientSecret),
        allowLoopbackHttp: true
      })
      yield* provider.get
      expect(headerOf(server, "x-proxy")).toEqual([seen])
      // the application's own requests still follow redirects
      expect((yield* HttpClient.get(from.url)).status).toBe(200)
      expect(headerOf(from, "authorization")).toEqual([`Bearer canary of the ${seen}`])
      expect(headerOf(api, "x-proxy")).toEqual([seen])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("applies to each attempt of a client that retries", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(HttpServer.json(503, {}))
      const client = HttpClient.retryTransient(yield* HttpClient.HttpClient, { times: 2 })
      yield* Effect.flip(Effect.provideService(ask(server.url), HttpClient.HttpClient, client))
      expect(headerOf(server, "x-proxy")).toEqual([seen, seen, seen])
    }).pipe(Effect.provide(layer))
  )
})

describe("a dispatcher in the RequestInit", () => {
  /** Connects to the server whatever the URL, as a proxy does. */
  const dispatcherTo = ({ url }: RawServer) =>
    Effect.acquireRelease(
      Effect.sync(
        () =>
          new Undici.Agent({
            connect: (_, callback) => {
              const socket = connect(Number(url.port), url.hostname)
              socket.once("error", (error) => callback(error, null))
              socket.once("connect", () => callback(null, socket))
            }
          })
      ),
      (agent) => Effect.promise(() => agent.destroy())
    )

  it.scopedLive.each([
    { place: "the layer", provide: (init: RequestInit) => Layer.provide(FetchHttpClient.layer, given(init)) },
    { place: "the call", provide: (init: RequestInit) => Layer.merge(FetchHttpClient.layer, given(init)) }
  ])("carries the token request if it was provided to $place", ({ provide }) =>
    Effect.gen(function* () {
      const proxy = yield* HttpServer.make(HttpServer.token)
      const gone = yield* Effect.scoped(HttpServer.make(HttpServer.token))
      // an option that only Node has
      const init: RequestInit & { readonly dispatcher: Undici.Dispatcher } = {
        dispatcher: yield* dispatcherTo(proxy)
      }
      const issued = yield* Effect.provide(ask(gone.url), provide(init))
      expect(Redacted.value(issued.value)).toBe("a-token")
      expect(headerOf(proxy, "host")).toEqual([gone.url.host])
    })
  )
})

describe("a token request", () => {
  it.scopedLive("does not change the RequestInit of a layer", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(HttpServer.token)
      const own = Object.freeze(init("layer"))
      yield* Effect.provide(ask(server.url), Layer.provide(FetchHttpClient.layer, given(own)))
      expect(own).toEqual(init("layer"))
      expect(headerOf(server, "x-proxy")).toEqual(["layer"])
    })
  )

  it.effect("leaves no RequestInit behind in a client without a context of its own", () =>
    Effect.gen(function* () {
      const seen: Array<RequestInit | undefined> = []
      const client = HttpClient.make((request) =>
        Effect.map(Effect.serviceOption(FetchHttpClient.RequestInit), (init) => {
          seen.push(Option.getOrUndefined(init))
          return HttpClientResponse.fromWeb(request, Response.json({ access_token: "a-token" }))
        })
      )
      yield* Effect.gen(function* () {
        yield* ask(new URL("https://login.example.com/token"))
        yield* client.get("https://api.example.com/")
      }).pipe(Effect.provideService(HttpClient.HttpClient, client))
      expect(seen).toMatchObject([{ redirect: "manual" }, undefined])
    })
  )
})
