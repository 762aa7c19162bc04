import { describe, expect, it } from "@effect/vitest"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { BearerClient } from "effect-oauth"
import * as ApiServer from "../support/apiServer.js"
import { clients } from "../support/clients.js"
import { settle } from "../support/clock.js"
import { issue } from "../support/scriptedGrant.js"
import * as Tokens from "../support/tokens.js"

const bearer = (tokens: Tokens.Tokens, api: ApiServer.ApiServer) =>
  BearerClient.make(Effect.succeed(tokens.provider), { origins: [api.origin], allowLoopbackHttp: true })

/** Responds with the beginning of an endless body; `cut` is done when the connection is closed. */
const endless = Effect.map(Deferred.make<void>(), (cut) => {
  const answer: ApiServer.Answer = (_, response) => {
    response.writeHead(200, { "content-type": "text/plain" }).write("the beginning")
    response.on("close", () => Deferred.unsafeDone(cut, Effect.void))
  }
  return { answer, cut }
})

/** Never responds; `asked` is done when a request arrives, and `cut` when the connection is closed. */
const silent = Effect.gen(function* () {
  const asked = yield* Deferred.make<void>()
  const cut = yield* Deferred.make<void>()
  const answer: ApiServer.Answer = (_, response) => {
    response.on("close", () => Deferred.unsafeDone(cut, Effect.void))
    Deferred.unsafeDone(asked, Effect.void)
  }
  return { answer, asked, cut }
})

describe.each(clients)("BearerClient over real sockets, by $client", ({ layer }) => {
  it.scopedLive("aborts the response when the scope of withScope is closed", () =>
    Effect.gen(function* () {
      const { answer, cut } = yield* endless
      const api = yield* ApiServer.make({ answer })
      api.refuse("token-1")
      const http = HttpClient.withScope(yield* bearer(yield* Tokens.make(), api))
      const scope = yield* Scope.make()
      const response = yield* Scope.extend(http.get(api.origin), scope)
      expect(response.status).toBe(200)
      yield* Scope.close(scope, Exit.void)
      yield* Deferred.await(cut)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("aborts the request when the caller is interrupted", () =>
    Effect.gen(function* () {
      const { answer, asked, cut } = yield* silent
      const api = yield* ApiServer.make({ answer })
      const tokens = yield* Tokens.make()
      const http = yield* bearer(tokens, api)
      const fiber = yield* Effect.fork(http.get(api.origin))
      yield* Deferred.await(asked)
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(cut)
      expect(tokens.server.requests).toBe(1)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("does not stop a refresh when the caller is interrupted", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make()
      const mayLand = yield* Deferred.make<void>()
      const tokens = yield* Tokens.make({
        script: [
          {
            takes: 0,
            answer: () => Effect.as(Deferred.await(mayLand), { value: Redacted.make("token-of-the-flight") })
          }
        ]
      })
      const http = yield* bearer(tokens, api)
      const fiber = yield* Effect.fork(http.get(api.origin))
      while (tokens.server.requests === 0) yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      yield* Deferred.succeed(mayLand, undefined)
      expect((yield* http.get(api.origin)).status).toBe(200)
      expect(api.arrivals.map(({ token }) => token)).toEqual(["token-of-the-flight"])
      expect([tokens.server.requests, tokens.server.abandoned]).toEqual([1, 0])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive.each<readonly [string, number]>([
    ["is long", 300_000],
    ["never ends", 1]
  ])("discards a 401 whose body %s when the caller is interrupted during the refresh", ([, length]) =>
    Effect.gen(function* () {
      const cut = yield* Deferred.make<void>()
      const api = yield* ApiServer.make({
        refuse: (_, response) => {
          response.writeHead(401).write("x".repeat(length))
          response.on("close", () => Deferred.unsafeDone(cut, Effect.void))
        }
      })
      const tokens = yield* Tokens.make({ script: [issue(), issue({ takes: "1 minute" })] })
      api.refuse("token-1")
      const http = yield* bearer(tokens, api)
      const fiber = yield* Effect.fork(http.get(api.origin))
      while (tokens.server.requests < 2) yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(cut)
      expect(api.arrivals).toHaveLength(1)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("propagates the trace to the API", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make()
      const http = yield* bearer(yield* Tokens.make(), api)
      const traceId = yield* Effect.gen(function* () {
        yield* http.get(api.origin)
        return (yield* Effect.currentSpan).traceId
      }).pipe(Effect.withSpan("a span of the caller"))
      yield* HttpClient.withTracerPropagation(http, false).get(api.origin)
      const [traced, untraced] = api.arrivals
      expect(traced!.headers["traceparent"]).toContain(traceId)
      expect(traced!.headers["b3"]).toContain(traceId)
      expect(untraced!.headers).not.toHaveProperty("traceparent")
    }).pipe(Effect.provide(layer))
  )
})

/** A `fetch` that records its arguments. */
const recordingFetch = () => {
  const calls: Array<RequestInit | undefined> = []
  const fetch: typeof globalThis.fetch = (_, init) => {
    calls.push(init)
    return Promise.resolve(new Response())
  }
  return { calls, fetch }
}

describe("BearerClient and the RequestInit of fetch", () => {
  const request = Effect.gen(function* () {
    const { provider } = yield* Tokens.make({ origins: ["https://api.example.com"] })
    const http = yield* BearerClient.make(Effect.succeed(provider))
    yield* http.get("https://api.example.com/")
  })

  const init: RequestInit = { credentials: "include", cache: "no-store", redirect: "follow" }
  const expected = { credentials: "include", cache: "no-store", redirect: "manual" }

  it.scoped("keeps the one of the call, except redirect", () =>
    Effect.gen(function* () {
      const { calls, fetch } = recordingFetch()
      yield* request.pipe(
        Effect.provideService(FetchHttpClient.RequestInit, init),
        Effect.provideService(FetchHttpClient.Fetch, fetch),
        Effect.provide(FetchHttpClient.layer)
      )
      expect(calls).toEqual([expect.objectContaining(expected)])
    })
  )

  it.scoped("keeps the one of the client's layer, and its fetch, except redirect", () =>
    Effect.gen(function* () {
      const { calls, fetch } = recordingFetch()
      yield* Effect.provide(
        request,
        FetchHttpClient.layer.pipe(
          Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, init)),
          Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch))
        )
      )
      expect(calls).toEqual([expect.objectContaining(expected)])
    })
  )

  it.scoped("sets redirect to manual if there is none, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const { calls, fetch } = recordingFetch()
      yield* Effect.provideService(
        Effect.gen(function* () {
          yield* request
          const bare = yield* HttpClient.HttpClient
          yield* bare.get("https://elsewhere.example/")
        }),
        FetchHttpClient.Fetch,
        fetch
      ).pipe(Effect.provide(FetchHttpClient.layer))
      expect(calls.map((init) => init?.redirect)).toEqual(["manual", undefined])
    })
  )

  it.scoped("leaves nothing behind in a client without a context of its own", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const client = HttpClient.make((request) =>
        Effect.map(Effect.serviceOption(FetchHttpClient.RequestInit), (init) => {
          seen.push(init)
          return HttpClientResponse.fromWeb(request, new Response())
        })
      )
      const { provider } = yield* Tokens.make({ origins: ["https://api.example.com"] })
      const http = (yield* BearerClient.transform(Effect.succeed(provider)))(client)
      yield* http.get("https://api.example.com/")
      yield* client.get("https://elsewhere.example/")
      expect(seen).toMatchObject([{ _tag: "Some", value: { redirect: "manual" } }, { _tag: "None" }])
    })
  )

  it.scoped.each<readonly [string, (client: HttpClient.HttpClient) => Effect.Effect<HttpClient.HttpClient>]>([
    ["a client without a context of its own", Effect.succeed],
    [
      "a client of a layer",
      (client) => Effect.provide(HttpClient.HttpClient, HttpClient.layerMergedContext(Effect.succeed(client)))
    ]
  ])("leaves nothing behind where it is interrupted, by %s", ([, ofLayer]) =>
    Effect.gen(function* () {
      const client = yield* ofLayer(
        HttpClient.make((request, url) =>
          url.pathname === "/silent"
            ? Effect.never
            : Effect.succeed(HttpClientResponse.fromWeb(request, new Response()))
        )
      )
      const { provider } = yield* Tokens.make({ origins: ["https://api.example.com"] })
      const http = (yield* BearerClient.transform(Effect.succeed(provider)))(client)
      yield* http.get("https://api.example.com/")
      const left = yield* Deferred.make<unknown>()
      const fiber = yield* http.get("https://api.example.com/silent").pipe(
        Effect.onInterrupt(() =>
          Effect.flatMap(Effect.serviceOption(FetchHttpClient.RequestInit), (init) =>
            Deferred.succeed(left, init._tag)
          )
        ),
        Effect.fork
      )
      yield* settle
      yield* Fiber.interrupt(fiber)
      expect(yield* Deferred.await(left)).toBe("None")
    })
  )

  it.scoped(
    "leaves nothing behind in a client that has a context of its own for its first request only",
    () =>
      Effect.gen(function* () {
        let requests = 0
        const client = HttpClient.transformResponse(
          HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response()))),
          (response) =>
            requests++ === 0
              ? Effect.provideService(response, FetchHttpClient.Fetch, globalThis.fetch)
              : response
        )
        const { provider } = yield* Tokens.make({ origins: ["https://api.example.com"] })
        const http = (yield* BearerClient.transform(Effect.succeed(provider)))(client)
        for (let i = 0; i < 3; i++) {
          yield* http.get("https://api.example.com/")
          expect((yield* Effect.serviceOption(FetchHttpClient.RequestInit))._tag).toBe("None")
        }
      })
  )

  it.scoped("leaves nothing behind in a client that sends twice by itself", () =>
    Effect.gen(function* () {
      let requests = 0
      const flaky = HttpClient.make((request) =>
        requests++ % 2 === 0
          ? Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport" }))
          : Effect.succeed(HttpClientResponse.fromWeb(request, new Response()))
      )
      const { provider } = yield* Tokens.make({ origins: ["https://api.example.com"] })
      const bearer = yield* BearerClient.transform(Effect.succeed(provider))
      const twice = HttpClient.transformResponse(flaky, (response) =>
        Effect.catchAll(response, () => response)
      )
      const http = bearer(twice)
      for (let i = 0; i < 3; i++) {
        yield* http.get("https://api.example.com/")
        expect((yield* Effect.serviceOption(FetchHttpClient.RequestInit))._tag).toBe("None")
      }
      expect(requests).toBe(6)
    })
  )
})
