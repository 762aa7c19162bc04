import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { ClientAuthentication } from "effect-oauth"
import { clients } from "../support/clients.js"
import { ask, clientId, clientSecret } from "../support/exchange.js"
import * as HttpServer from "../support/httpServer.js"

/** Sends a token request with the client of the context after `change`. */
const askBy = (
  change: (client: HttpClient.HttpClient) => HttpClient.HttpClient,
  ...[url, changes]: Parameters<typeof ask>
) =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    Effect.provideService(ask(url, changes), HttpClient.HttpClient, change(client))
  )

/** The headers of a request, repeated ones included. */
const headersOf = (request: string): ReadonlyArray<readonly [name: string, value: string]> =>
  request
    .slice(0, request.indexOf("\r\n\r\n"))
    .split("\r\n")
    .slice(1)
    .map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()])

const retrying = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  HttpClient.retryTransient(client, { schedule: Schedule.spaced("1 millis"), times: 2 })

const post = ClientAuthentication.post(clientId, Redacted.make(clientSecret))

describe.each(clients)("a token request with a client made for an API, by $client,", ({ layer }) => {
  it.scopedLive("carries no trace header, though the caller has a span", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(HttpServer.token)
      yield* Effect.withSpan(ask(server.url), "the caller's span")
      const names = headersOf(server.requests[0]!).map(([name]) => name)
      expect(names).toContain("authorization")
      expect(names.filter((name) => /^(traceparent|tracestate|baggage|b3|x-b3-.*)$/.test(name))).toEqual([])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("reads the error response if the client has filterStatusOk", () =>
    Effect.gen(function* () {
      const body = { error: "invalid_client", error_description: "unknown" }
      const server = yield* HttpServer.make(HttpServer.json(401, body))
      const error = yield* Effect.flip(askBy(HttpClient.filterStatusOk, server.url))
      expect(error).toMatchObject({
        _tag: "CredentialRejected",
        reason: "InvalidClient",
        code: "invalid_client",
        description: "unknown"
      })
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("fails with InvalidConfiguration and sends nothing if the client has prependUrl", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(HttpServer.token)
      const api = yield* HttpServer.make(HttpServer.token)
      const based = HttpClient.mapRequest(HttpClientRequest.prependUrl(api.origin))
      const error = yield* Effect.flip(askBy(based, server.url))
      expect(error).toMatchObject({
        _tag: "InvalidConfiguration",
        provider: "test/Api",
        issues: [{ path: "HttpClient" }]
      })
      expect(error.message).toContain("a client that leaves URLs as they are, without a base URL")
      expect([...server.connections, ...api.connections]).toEqual([])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("fails and sends nothing if the client rewrites the URL", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(HttpServer.token)
      const other = yield* HttpServer.make(HttpServer.token)
      const rewriting = HttpClient.mapRequestInput(HttpClientRequest.setUrl(other.url))
      const error = yield* Effect.flip(askBy(rewriting, server.url))
      expect(error).toMatchObject({ _tag: "InvalidConfiguration" })
      expect([...server.connections, ...other.connections]).toEqual([])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive(
    "S2 S8 drops the token, method, query and body that the client adds, and keeps other headers",
    () =>
      Effect.gen(function* () {
        const server = yield* HttpServer.make(HttpServer.token)
        const change = HttpClient.mapRequest((request: HttpClientRequest.HttpClientRequest) =>
          request.pipe(
            HttpClientRequest.setMethod("PUT"),
            HttpClientRequest.bearerToken("canary"),
            HttpClientRequest.setUrlParam("api_key", "canary"),
            HttpClientRequest.setHeader("user-agent", "an-application/1.0"),
            HttpClientRequest.bodyText("canary")
          )
        )
        yield* askBy(change, server.url, { clientAuthentication: post })
        yield* askBy(change, server.url)
        const [byPost, byBasic] = server.requests.map((request) => ({
          line: request.slice(0, request.indexOf("\r\n")),
          headers: headersOf(request),
          request
        }))
        for (const { headers, line, request } of [byPost!, byBasic!]) {
          expect(line).toBe("POST /token HTTP/1.1")
          expect(request).not.toContain("Bearer canary")
          expect(headers).toContainEqual(["user-agent", "an-application/1.0"])
          expect(headers).toContainEqual(["content-type", "application/x-www-form-urlencoded"])
        }
        expect(byPost!.headers.filter(([name]) => name === "authorization")).toEqual([])
        expect(byBasic!.headers.filter(([name]) => name === "authorization")).toHaveLength(1)
        expect(byBasic!.headers.find(([name]) => name === "authorization")?.[1]).toMatch(/^Basic /)
      }).pipe(Effect.provide(layer))
  )

  // A client that retries sends several requests in one attempt; they share one deadline.
  it.scopedLive("reads the last response if the client has retryTransient", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(HttpServer.json(503, {}, { "retry-after": "7" }))
      const error = yield* Effect.flip(
        askBy((client) => retrying(HttpClient.filterStatusOk(client)), server.url)
      )
      expect(error).toMatchObject({ _tag: "TransientFailure", reason: "ServerError", status: 503 })
      expect(server.requests).toHaveLength(3)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("is NotSent if the client has retryTransient and every connection was refused", () =>
    Effect.gen(function* () {
      const gone = yield* Effect.scoped(HttpServer.make(HttpServer.token))
      expect(yield* Effect.flip(askBy(retrying, gone.url))).toMatchObject({
        _tag: "TransientFailure",
        reason: "NotSent"
      })
    }).pipe(Effect.provide(layer))
  )
})

describe("a RequestInit of the caller", () => {
  it.scopedLive("S2 S4 keeps its options, except redirects and an Authorization header", () =>
    Effect.gen(function* () {
      const seen: Array<RequestInit | undefined> = []
      const recording: typeof fetch = (_, init) => {
        seen.push(init)
        return Promise.resolve(Response.json({ access_token: "a-token" }))
      }
      yield* ask(new URL("https://login.example.com/token"), { clientAuthentication: post }).pipe(
        Effect.provide(FetchHttpClient.layer),
        Effect.provideService(FetchHttpClient.Fetch, recording),
        Effect.provideService(FetchHttpClient.RequestInit, {
          cache: "no-store",
          redirect: "follow",
          headers: [
            ["Authorization", "Bearer canary"],
            ["X-Proxy", "a-proxy"]
          ]
        })
      )
      expect(seen).toHaveLength(1)
      expect(seen[0]).toMatchObject({ method: "POST", cache: "no-store", redirect: "manual" })
      const headers = new Headers(seen[0]?.headers)
      expect(headers.get("authorization")).toBeNull()
      expect(headers.get("x-proxy")).toBe("a-proxy")
    })
  )
})
