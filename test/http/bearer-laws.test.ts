import { describe, expect, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { BearerClient } from "effect-oauth"
import { advance, settle } from "../support/clock.js"
import * as ProtectedClient from "../support/protectedClient.js"
import { issue } from "../support/scriptedGrant.js"
import * as Tokens from "../support/tokens.js"

const url = "https://api.example.com/"

const bearer = (tokens: Tokens.Tokens, api: ProtectedClient.ProtectedClient) =>
  tokens
    .watching(BearerClient.make(Effect.succeed(tokens.provider), { origins: [url] }))
    .pipe(Effect.provideService(HttpClient.HttpClient, api.client))

const statusOf = (http: BearerClient.BearerClient) => Effect.map(http.get(url), ({ status }) => status)

const tagsOf = (tokens: Tokens.Tokens) => tokens.events.map(({ _tag }) => _tag)

describe("L10 conditional invalidation", () => {
  it.scoped("a hundred concurrent 401s cost one refresh", () =>
    Effect.gen(function* () {
      const api = ProtectedClient.make({ accepts: (token) => token !== "token-1", takes: "1 second" })
      const tokens = yield* Tokens.make({ script: [issue({ takes: "2 seconds" })] })
      const http = yield* bearer(tokens, api)
      const fiber = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 100 }, () => statusOf(http)),
          { concurrency: "unbounded" }
        )
      )
      yield* advance("10 seconds", "500 millis")
      expect(yield* Fiber.join(fiber)).toEqual(Array.from({ length: 100 }, () => 200))
      expect(tokens.server.requests).toBe(2)
      expect(api.tokens.filter((token) => token === "token-1")).toHaveLength(100)
      expect(api.tokens.filter((token) => token === "token-2")).toHaveLength(100)
      expect(tagsOf(tokens).filter((tag) => tag !== "Replayed")).toEqual([
        "Acquired",
        "Invalidated",
        "Acquired"
      ])
    })
  )

  it.scoped("401s that arrive one after the other cost one refresh", () =>
    Effect.gen(function* () {
      let accepts = (token: string): boolean => token !== ""
      const api = ProtectedClient.make({ accepts: (token) => accepts(token), takes: "10 seconds" })
      const tokens = yield* Tokens.make({ script: [issue({ takes: "1 second" })] })
      const http = yield* bearer(tokens, api)
      yield* Effect.fork(tokens.provider.get)
      yield* advance("2 seconds", "1 second")
      const fibers: Array<Fiber.RuntimeFiber<number, unknown>> = []
      for (let i = 0; i < 10; i++) {
        fibers.push(yield* Effect.fork(statusOf(http)))
        yield* advance("500 millis")
      }
      accepts = (token) => token !== "token-1"
      yield* advance("40 seconds", "500 millis")
      expect(yield* Fiber.join(Fiber.all(fibers))).toEqual(Array.from({ length: 10 }, () => 200))
      expect(tokens.server.requests).toBe(2)
    })
  )
})

describe("L11 refusal guard", () => {
  it.scoped(
    "a server that rejects new tokens, too, costs one refresh in 30 s, and the 401 is the response",
    () =>
      Effect.gen(function* () {
        const api = ProtectedClient.make({ accepts: () => false })
        const tokens = yield* Tokens.make()
        let asked = 0
        const get = Effect.suspend(() => {
          asked++
          return tokens.provider.get
        })
        const http = yield* bearer({ ...tokens, provider: { ...tokens.provider, get } }, api)

        expect(yield* statusOf(http)).toBe(401)
        expect(api.tokens).toEqual(["token-1", "token-2"])
        for (let second = 0; second < 30; second++) {
          expect(yield* statusOf(http)).toBe(401)
          yield* TestClock.adjust("1 second")
        }
        expect(tokens.server.requests).toBe(2)
        // each request was sent once, with the current token, and no other token was requested
        expect(asked).toBe(2 + 30)
        expect(api.tokens.slice(2)).toEqual(Array.from({ length: 30 }, () => "token-2"))

        const response = yield* http.get(url)
        expect([response.status, yield* response.json]).toEqual([401, { status: 401 }])
        expect(tokens.server.requests).toBe(3)
        expect(api.tokens.slice(32)).toEqual(["token-2", "token-3"])

        yield* TestClock.adjust("29999 millis")
        expect(yield* statusOf(http)).toBe(401)
        expect(tokens.server.requests).toBe(3)
        yield* TestClock.adjust("1 millis")
        expect(yield* statusOf(http)).toBe(401)
        expect(tokens.server.requests).toBe(4)
        expect(tagsOf(tokens)).toEqual([
          "Acquired",
          ...Array.from({ length: 3 }, () => ["Invalidated", "Acquired", "Replayed"]).flat()
        ])
      })
  )

  it.scoped("a hundred requests at once to such a server cost one refresh", () =>
    Effect.gen(function* () {
      const api = ProtectedClient.make({ accepts: () => false, takes: "1 second" })
      const tokens = yield* Tokens.make({ script: [issue({ takes: "1 second" })] })
      const http = yield* bearer(tokens, api)
      const fiber = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 100 }, () => statusOf(http)),
          { concurrency: "unbounded" }
        )
      )
      yield* advance("10 seconds", "1 second")
      expect(new Set(yield* Fiber.join(fiber))).toEqual(new Set([401]))
      expect(tokens.server.requests).toBe(2)
      expect(api.tokens).toHaveLength(200)
    })
  )
})

describe("L4 detached", () => {
  it.scoped("interrupting a request aborts the request, not the refresh", () =>
    Effect.gen(function* () {
      const api = ProtectedClient.make({ accepts: () => true, takes: "1 minute" })
      const tokens = yield* Tokens.make({ script: [issue({ takes: "2 seconds" })] })
      const http = yield* bearer(tokens, api)
      const waitsForToken = yield* Effect.fork(http.get(url))
      yield* advance("1 second", "1 second")
      yield* Fiber.interrupt(waitsForToken)
      yield* advance("2 seconds", "1 second")
      expect([tokens.server.requests, tokens.server.abandoned]).toEqual([1, 0])
      expect(tagsOf(tokens)).toEqual(["Acquired"])
      const waitsForAnswer = yield* Effect.fork(http.get(url))
      yield* settle
      yield* Fiber.interrupt(waitsForAnswer)
      expect([api.tokens, api.interrupted()]).toEqual([["token-1"], 1])
    })
  )

  it.scoped("interrupting a request takes no time in any of its steps", () =>
    Effect.gen(function* () {
      const client = HttpClient.make((request) =>
        Effect.succeed(
          HttpClientResponse.fromWeb(request, new Response(new ReadableStream(), { status: 401 }))
        )
      )
      const tokens = yield* Tokens.make({ script: [issue(), issue({ takes: "5 seconds" })] })
      const http = (yield* BearerClient.transform(Effect.succeed(tokens.provider), { origins: [url] }))(
        client
      )
      const waitsForToken = yield* Effect.fork(http.get(url))
      const readsBodyAway = yield* Effect.fork(http.get(url))
      yield* settle
      expect(tokens.server.requests).toBe(2)
      yield* Fiber.interrupt(waitsForToken)
      yield* advance("5 seconds", "1 second")
      expect(tagsOf(tokens)).toEqual(["Acquired", "Invalidated", "Acquired"])
      yield* Fiber.interrupt(readsBodyAway)
    })
  )
})

describe("S30 the body of a 401", () => {
  it.scoped("is discarded without waiting if it is endless", () =>
    Effect.gen(function* () {
      let cut = false
      const endless = () =>
        new ReadableStream<Uint8Array>({
          pull: (controller) => controller.enqueue(new Uint8Array(10_000)),
          cancel: () => {
            cut = true
          }
        })
      const client = HttpClient.make((request) => {
        const isRefused = request.headers["authorization"] === "Bearer token-1"
        const response = isRefused ? new Response(endless(), { status: 401 }) : new Response("fine")
        return Effect.succeed(HttpClientResponse.fromWeb(request, response))
      })
      const { provider } = yield* Tokens.make()
      const http = (yield* BearerClient.transform(Effect.succeed(provider), { origins: [url] }))(client)
      const response = yield* http.get(url)
      expect([response.status, yield* response.text, cut]).toEqual([200, "fine", true])
    })
  )
})
