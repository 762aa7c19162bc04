import { describe, expect, it } from "@effect/vitest"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { Readable } from "node:stream"
import { BearerClient, TokenProvider } from "effect-oauth"
import * as ApiServer from "../support/apiServer.js"
import { clients, clientsOfOneConnection } from "../support/clients.js"
import { issue, ScriptedGrant, transient } from "../support/scriptedGrant.js"
import * as Tokens from "../support/tokens.js"

const bearer = (tokens: Tokens.Tokens, api: ApiServer.ApiServer) =>
  tokens.watching(
    BearerClient.make(Effect.succeed(tokens.provider), { origins: [api.origin], allowLoopbackHttp: true })
  )

const tokensOf = (api: ApiServer.ApiServer) => api.arrivals.map(({ token }) => token)

const tagsOf = (tokens: Tokens.Tokens) => tokens.events.map(({ _tag }) => _tag)

const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256)

const form = () => {
  const form = new FormData()
  form.append("name", "Bücher")
  form.append("file", new Blob([bytes], { type: "application/x-bytes" }), "bytes.bin")
  return form
}

/** Bodies that can be sent any number of times. */
const replayable: Readonly<
  Record<string, (request: HttpClientRequest.HttpClientRequest) => HttpClientRequest.HttpClientRequest>
> = {
  empty: (request) => request,
  bytes: HttpClientRequest.bodyUint8Array(bytes),
  text: HttpClientRequest.bodyText("Bücher\r\n\u0000"),
  JSON: HttpClientRequest.bodyUnsafeJson({ title: "Bücher", pages: [1, 2, 3] }),
  "URL parameters": HttpClientRequest.bodyUrlParams({ q: "a b&c", r: ["1", "2"] }),
  "raw text": HttpClientRequest.setBody(HttpBody.raw("Bücher", { contentType: "text/plain" })),
  "raw bytes": HttpClientRequest.setBody(HttpBody.raw(bytes, { contentType: "application/x-bytes" }))
}

const streamed = HttpClientRequest.bodyStream(Stream.make(bytes), { contentType: "application/x-bytes" })

/** A form has a new boundary each time that it is sent. */
const withoutBoundaries = ({ body, headers }: ApiServer.Arrival): string => {
  const boundary = /boundary=(.+)$/.exec(headers["content-type"] ?? "")?.[1] ?? ""
  return body.toString("latin1").replaceAll(boundary, "boundary")
}

describe.each(clients)("S30 over real sockets, by $client", ({ layer }) => {
  it.scopedLive.each(Object.entries(replayable))(
    "a 401 is replayed once with the same body: %s",
    ([, body]) =>
      Effect.gen(function* () {
        const api = yield* ApiServer.make()
        const tokens = yield* Tokens.make()
        api.refuse("token-1")
        const http = yield* bearer(tokens, api)
        const response = yield* http.execute(body(HttpClientRequest.post(`${api.origin}/users?a=b`)))
        expect([response.status, yield* response.json]).toEqual([200, { ok: true }])
        expect(tokensOf(api)).toEqual(["token-1", "token-2"])
        const [first, second] = api.arrivals
        expect(second!.body.equals(first!.body)).toBe(true)
        expect([second!.method, second!.path]).toEqual([first!.method, first!.path])
        expect(second!.headers["content-type"]).toBe(first!.headers["content-type"])
        expect(tokens.server.requests).toBe(2)
        expect(tagsOf(tokens)).toEqual(["Acquired", "Invalidated", "Acquired", "Replayed"])
      }).pipe(Effect.provide(layer))
  )

  it.scopedLive("a stream is not replayed: the 401 is the response, and the token is invalidated", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make()
      const tokens = yield* Tokens.make()
      api.refuse("token-1")
      const http = yield* bearer(tokens, api)
      const response = yield* http.execute(streamed(HttpClientRequest.post(api.origin)))
      expect([response.status, yield* response.json]).toEqual([401, { error: "invalid_token" }])
      expect(api.arrivals.map(({ body, token }) => [token, body.length])).toEqual([["token-1", bytes.length]])
      expect([tokens.server.requests, tagsOf(tokens)]).toEqual([1, ["Acquired", "Invalidated"]])
      expect((yield* http.execute(streamed(HttpClientRequest.post(api.origin)))).status).toBe(200)
      expect(tokensOf(api)).toEqual(["token-1", "token-2"])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("the second 401 is the response, unchanged", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make({
        refuse: ({ token }, response) => {
          response
            .writeHead(401, { "www-authenticate": "Bearer", "content-type": "application/json" })
            .end(JSON.stringify({ refused: token, padding: "x".repeat(200_000) }))
        }
      })
      const tokens = yield* Tokens.make()
      api.refuse("token-1", "token-2", "token-3")
      const http = yield* bearer(tokens, api)
      const response = yield* http.get(api.origin)
      expect([response.status, response.headers["www-authenticate"]]).toEqual([401, "Bearer"])
      expect(yield* response.json).toMatchObject({ refused: "token-2" })
      expect(tokensOf(api)).toEqual(["token-1", "token-2"])
      expect(tokens.server.requests).toBe(2)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive(
    "a server that rejects every token receives two requests, even without the invalidation cooldown",
    () =>
      Effect.gen(function* () {
        const api = yield* ApiServer.make({ answer: ApiServer.json(401, { error: "invalid_token" }) })
        const server = new ScriptedGrant("safe", issue())
        const provider = yield* TokenProvider.make({
          name: "test/Api",
          grant: server.grant,
          policy: { refusalGuard: 0 }
        })
        const http = yield* BearerClient.make(Effect.succeed(provider), {
          origins: [api.origin],
          allowLoopbackHttp: true
        })
        expect((yield* http.get(api.origin)).status).toBe(401)
        expect(tokensOf(api)).toEqual(["token-1", "token-2"])
        expect((yield* http.get(api.origin)).status).toBe(401)
        expect(tokensOf(api).slice(2)).toEqual(["token-2", "token-3"])
        expect(server.requests).toBe(3)
      }).pipe(Effect.provide(layer))
  )

  it.scopedLive.each([200, 400, 403, 419, 498, 500, 503])("a %i is not replayed", (status) =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make({ answer: ApiServer.json(status, { status }) })
      const tokens = yield* Tokens.make()
      const http = yield* bearer(tokens, api)
      const response = yield* http.get(api.origin)
      expect([response.status, yield* response.json]).toEqual([status, { status }])
      expect(tokensOf(api)).toEqual(["token-1"])
      expect(tagsOf(tokens)).toEqual(["Acquired"])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("if the server issues the rejected token again, the 401 is the response, with its body", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make()
      const tokens = yield* Tokens.make({ script: [issue({ value: "the-same" })] })
      api.refuse("the-same")
      const http = yield* bearer(tokens, api)
      const response = yield* http.get(api.origin)
      expect([response.status, yield* response.json]).toEqual([401, { error: "invalid_token" }])
      expect([tokensOf(api), tokens.server.requests]).toEqual([["the-same"], 2])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("if there is no other token, the request fails with the reason", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make()
      const tokens = yield* Tokens.make({
        script: [issue(), transient({ status: 503, retryAfter: "1 minute" })]
      })
      api.refuse("token-1")
      const http = yield* bearer(tokens, api)
      expect(yield* Effect.flip(http.get(api.origin))).toMatchObject({
        _tag: "TransientFailure",
        status: 503
      })
      expect(tokensOf(api)).toEqual(["token-1"])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive(
    "only the token that was sent is invalidated: a late 401 for an old token costs no refresh",
    () =>
      Effect.gen(function* () {
        const arrived = yield* Deferred.make<void>()
        const refuseSlowOne = yield* Deferred.make<void>()
        const fork = yield* FiberSet.makeRuntime()
        const api = yield* ApiServer.make({
          refuse: (arrival, response, request) => {
            const refuse = () => ApiServer.json(401, {})(arrival, response, request)
            if (arrival.path === "/slow") {
              Deferred.unsafeDone(arrived, Effect.void)
              fork(Effect.zipRight(Deferred.await(refuseSlowOne), Effect.sync(refuse)))
            } else {
              refuse()
            }
          }
        })
        const tokens = yield* Tokens.make()
        api.refuse("token-1")
        const http = yield* bearer(tokens, api)
        const slow = yield* Effect.fork(http.get(`${api.origin}/slow`))
        yield* Deferred.await(arrived)
        expect((yield* http.get(`${api.origin}/quick`)).status).toBe(200)
        expect(Redacted.value((yield* tokens.provider.get).value)).toBe("token-2")
        yield* Deferred.succeed(refuseSlowOne, undefined)
        expect((yield* Fiber.join(slow)).status).toBe(200)
        expect(api.arrivals.map(({ path, token }) => [path, token])).toEqual([
          ["/slow", "token-1"],
          ["/quick", "token-1"],
          ["/quick", "token-2"],
          ["/slow", "token-2"]
        ])
        expect(tokens.server.requests).toBe(2)
        expect(tagsOf(tokens).filter((tag) => tag === "Invalidated")).toHaveLength(1)
      }).pipe(Effect.provide(layer))
  )

  it.scopedLive("a client with filterStatusOk is replayed, too", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make({
        answer: ApiServer.byPath({
          "/": ApiServer.json(200, {}),
          "/none": ApiServer.json(403, { why: "scope" })
        })
      })
      const tokens = yield* Tokens.make()
      api.refuse("token-1")
      const http = yield* bearer(tokens, api).pipe(
        Effect.provideServiceEffect(
          HttpClient.HttpClient,
          Effect.map(HttpClient.HttpClient, HttpClient.filterStatusOk)
        )
      )
      expect((yield* http.get(`${api.origin}/`)).status).toBe(200)
      expect(tokensOf(api)).toEqual(["token-1", "token-2"])
      const forbidden = yield* Effect.flip(http.get(`${api.origin}/none`))
      expect(forbidden).toMatchObject({
        _tag: "ResponseError",
        reason: "StatusCode",
        response: { status: 403 }
      })
      api.refuse("token-2", "token-3")
      const refused = yield* Effect.flip(http.get(`${api.origin}/`))
      expect(refused).toMatchObject({ _tag: "ResponseError", response: { status: 401 } })
      if (refused._tag !== "ResponseError") return
      expect(yield* refused.response.json).toEqual({ error: "invalid_token" })
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive.each<readonly [string, number]>([
    ["at once", 0],
    ["slowly", 200]
  ])("a 401 with an endless body (%s) delays nothing, and its connection is closed", ([, pause]) =>
    Effect.gen(function* () {
      const cut = yield* Deferred.make<void>()
      const api = yield* ApiServer.make({
        refuse: (_, response) => {
          response.writeHead(401, { "content-type": "text/plain" })
          const timer = setInterval(() => response.write("x".repeat(pause === 0 ? 10_000 : 1)), pause)
          response.on("close", () => {
            clearInterval(timer)
            Deferred.unsafeDone(cut, Effect.void)
          })
        }
      })
      api.refuse("token-1")
      const http = yield* bearer(yield* Tokens.make(), api)
      expect((yield* http.get(api.origin)).status).toBe(200)
      yield* Deferred.await(cut)
      expect(tokensOf(api)).toEqual(["token-1", "token-2"])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("L10: a hundred concurrent 401s cost one refresh", () =>
    Effect.gen(function* () {
      const waiting: Array<() => void> = []
      const api = yield* ApiServer.make({
        refuse: (arrival, response, request) => {
          // no response is sent before all requests have arrived
          waiting.push(() => ApiServer.json(401, {})(arrival, response, request))
          if (waiting.length === 100) waiting.forEach((answer) => answer())
        }
      })
      const tokens = yield* Tokens.make({ script: [issue({ takes: "50 millis" })] })
      api.refuse("token-1")
      const http = yield* bearer(tokens, api)
      const statuses = yield* Effect.all(
        Array.from({ length: 100 }, () => Effect.map(http.get(api.origin), ({ status }) => status)),
        { concurrency: "unbounded" }
      )
      expect(statuses).toEqual(Array.from({ length: 100 }, () => 200))
      expect(tokens.server.requests).toBe(2)
      expect(tokensOf(api).filter((token) => token === "token-2")).toHaveLength(100)
      expect(tagsOf(tokens).filter((tag) => tag === "Invalidated")).toHaveLength(1)
      expect(tagsOf(tokens).filter((tag) => tag === "Replayed")).toHaveLength(100)
    }).pipe(Effect.provide(layer))
  )
})

// undici accepts only its own FormData
describe.each(clients.filter(({ client }) => client !== "undici"))(
  "S30 over real sockets, by $client",
  ({ layer }) => {
    it.scopedLive("a 401 is replayed once with the same body: a form with a file", () =>
      Effect.gen(function* () {
        const api = yield* ApiServer.make()
        api.refuse("token-1")
        const http = yield* bearer(yield* Tokens.make(), api)
        const response = yield* http.post(api.origin, { body: HttpBody.formData(form()) })
        expect(response.status).toBe(200)
        expect(tokensOf(api)).toEqual(["token-1", "token-2"])
        const [first, second] = api.arrivals.map(withoutBoundaries)
        expect(first).toContain("bytes.bin")
        expect(second).toBe(first)
      }).pipe(Effect.provide(layer))
    )
  }
)

describe("S30 the body of a replayed 401, longer than the part that is read ahead,", () => {
  const clients = {
    "a client that returns every status": (client: HttpClient.HttpClient) => client,
    "a client with filterStatusOk": HttpClient.filterStatusOk
  }

  it.scoped.each(Object.entries(clients))("is canceled before the replay, by %s", ([, change]) =>
    Effect.gen(function* () {
      const steps: Array<string> = []
      const endless = () =>
        new ReadableStream<Uint8Array>({
          pull: (controller) => {
            controller.enqueue(new Uint8Array(16_384))
          },
          cancel: () => void steps.push("cancel")
        })
      const client = HttpClient.make((request) =>
        Effect.sync(() => {
          const authorization = request.headers["authorization"] ?? ""
          steps.push(authorization)
          const isRefused = authorization === "Bearer token-1"
          return HttpClientResponse.fromWeb(
            request,
            new Response(isRefused ? endless() : null, { status: isRefused ? 401 : 200 })
          )
        })
      )
      const { provider } = yield* Tokens.make({ origins: ["https://api.example.com"] })
      const http = (yield* BearerClient.transform(Effect.succeed(provider)))(change(client))
      expect((yield* http.get("https://api.example.com/")).status).toBe(200)
      expect(steps).toEqual(["Bearer token-1", "cancel", "Bearer token-2"])
    })
  )
})

/** Sends a raw body, first with a token that is rejected. */
const sendRaw = (body: unknown) =>
  Effect.gen(function* () {
    const api = yield* ApiServer.make()
    api.refuse("token-1")
    const http = yield* bearer(yield* Tokens.make(), api)
    const response = yield* http.execute(
      HttpClientRequest.setBody(HttpClientRequest.post(api.origin), HttpBody.raw(body))
    )
    expect(api.arrivals.map(({ body }) => body.length)).not.toContain(0)
    return [response.status, ...tokensOf(api)]
  })

describe("S30 a raw body", () => {
  it.scopedLive.each<readonly [string, () => unknown]>([
    ["a blob", () => new Blob([bytes])],
    ["a buffer", () => bytes.buffer],
    ["a view", () => new DataView(bytes.buffer)],
    ["a form", form],
    ["parameters", () => new URLSearchParams({ a: "b" })],
    ["a text", () => "text"]
  ])("is replayed: %s", ([, body]) =>
    Effect.gen(function* () {
      expect(yield* sendRaw(body())).toEqual([200, "token-1", "token-2"])
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )

  it.scopedLive.each<readonly [string, () => unknown]>([
    ["a stream", () => Readable.from([Buffer.from(bytes)])],
    ["a generator", () => [Buffer.from(bytes)].values()],
    ["a web stream", () => new Blob([bytes]).stream()]
  ])("is not replayed if sending consumes it: %s", ([, body]) =>
    Effect.gen(function* () {
      expect(yield* sendRaw(body())).toEqual([401, "token-1"])
    }).pipe(Effect.provide(NodeHttpClient.layerUndici))
  )
})

describe.each(clientsOfOneConnection)("S30 over one connection, by $client", ({ layer }) => {
  it.scopedLive("the body of the 401 is consumed, and the replay uses the same connection", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make({
        refuse: (_, response) => {
          response.writeHead(401, { "content-type": "text/html" }).end("<p>no</p>".repeat(5_000))
        }
      })
      api.refuse("token-1")
      const http = yield* bearer(yield* Tokens.make(), api)
      const response = yield* http.get(api.origin)
      expect(yield* response.json).toEqual({ ok: true })
      expect(tokensOf(api)).toEqual(["token-1", "token-2"])
      expect(api.traffic().connections).toBe(1)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("the 401 frees the connection for the token request", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make({
        refuse: (_, response) => {
          response.writeHead(401).end("x".repeat(50_000))
        }
      })
      api.refuse("token-1")
      const client = yield* HttpClient.HttpClient
      const tokens = yield* Tokens.make({
        script: [
          {
            takes: 0,
            answer: ({ number }) =>
              client.post(`${api.origin}/token`).pipe(
                Effect.flatMap(({ json }) => json),
                Effect.as({ value: Redacted.make(`token-${number}`) }),
                Effect.orDie
              )
          }
        ]
      })
      const http = yield* bearer(tokens, api)
      expect((yield* http.get(`${api.origin}/users`)).status).toBe(200)
      expect(api.arrivals.map(({ path }) => path)).toEqual(["/token", "/users", "/token", "/users"])
      expect(api.traffic().connections).toBe(1)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("a long body is aborted with its connection", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make({
        refuse: (_, response) => {
          response.writeHead(401)
          const fill = () => {
            while (!response.destroyed && response.write("x".repeat(10_000)));
          }
          response.on("drain", fill)
          fill()
        }
      })
      api.refuse("token-1")
      const http = yield* bearer(yield* Tokens.make(), api)
      expect((yield* http.get(api.origin)).status).toBe(200)
      expect(tokensOf(api)).toEqual(["token-1", "token-2"])
      expect(api.traffic().connections).toBe(2)
    }).pipe(Effect.provide(layer))
  )
})
