import { describe, expect, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { BearerClient, TokenError } from "effect-oauth"
import * as ProtectedClient from "../support/protectedClient.js"
import { fail, issue, noToken, reauthorization, rejection, transient } from "../support/scriptedGrant.js"
import * as Tokens from "../support/tokens.js"

const url = "https://api.example.com/"
const options = { origins: [url] }

const passing = new TokenError.TransientFailure({
  provider: "test/Api",
  reason: "ServerError",
  status: 503,
  retryAt: DateTime.unsafeMake(0)
})

const storeAway = new TokenError.StoreFailure({ provider: "test/Api", reason: "Unavailable" })
const undecryptable = new TokenError.StoreFailure({ provider: "test/Api", reason: "Undecryptable" })
const denied = new TokenError.LoginFailed({ provider: "test/Api", reason: "Denied" })
const unset = new TokenError.InvalidConfiguration({ provider: "test/Api", reason: "Missing", issues: [] })

/** A provider that fails, and a client of an API that accepts every token. */
const failingWith = (error: TokenError.TokenError) =>
  Effect.map(Tokens.make(), ({ provider }) => {
    let gets = 0
    const get = Effect.suspend(() => {
      gets++
      return Effect.fail(error)
    })
    const { client, tokens } = ProtectedClient.make({ accepts: () => true })
    return { provider: { ...provider, get }, client, tokens, gets: () => gets }
  })

const errors: ReadonlyArray<readonly [TokenError.TokenError, HttpClientError.RequestError["reason"]]> = [
  [passing, "Transport"],
  [storeAway, "Transport"],
  [rejection, "Encode"],
  [reauthorization, "Encode"],
  [noToken, "Encode"],
  [unset, "Encode"],
  [undecryptable, "Encode"],
  [denied, "Encode"]
]

describe("the typed client", () => {
  it.scoped.each(errors)("fails with the provider's own error: %s", ([error]) =>
    Effect.gen(function* () {
      const { client, provider, tokens } = yield* failingWith(error)
      const http = yield* BearerClient.make(Effect.succeed(provider), options).pipe(
        Effect.provideService(HttpClient.HttpClient, client)
      )
      expect(yield* Effect.flip(http.get(url))).toBe(error)
      expect(tokens).toEqual([])
    })
  )

  it.scoped("fails with the client's own errors, unchanged except for the request", () =>
    Effect.gen(function* () {
      const cause = Object.assign(new Error("connection refused"), { code: "ECONNREFUSED" })
      const client = HttpClient.make((request) =>
        Effect.fail(
          new HttpClientError.RequestError({ request, reason: "Transport", cause, description: "it is away" })
        )
      )
      const { provider } = yield* Tokens.make()
      const http = yield* BearerClient.make(Effect.succeed(provider), options).pipe(
        Effect.provideService(HttpClient.HttpClient, client)
      )
      const error = yield* Effect.flip(http.get(url))
      expect(error).toBeInstanceOf(HttpClientError.RequestError)
      expect(error).toMatchObject({ reason: "Transport", description: "it is away", request: { url } })
      expect(error.cause).toMatchObject({ message: cause.message, code: cause.code, stack: cause.stack })
    })
  )
})

describe("the folded client", () => {
  it.scoped.each(errors)("turns %s into a RequestError", ([error, reason]) =>
    Effect.gen(function* () {
      const { client, provider, tokens } = yield* failingWith(error)
      const http = yield* BearerClient.makeFolded(Effect.succeed(provider), options).pipe(
        Effect.provideService(HttpClient.HttpClient, client)
      )
      const folded = yield* Effect.flip(http.get(url))
      expect(folded).toBeInstanceOf(HttpClientError.RequestError)
      expect(folded).toMatchObject({ reason, description: error.message, request: { url, method: "GET" } })
      expect(folded.cause).toBe(error)
      expect(tokens).toEqual([])
    })
  )

  it.scoped.each(errors)(
    "is retried by retryTransient after a transient failure only: %s",
    ([error, reason]) =>
      Effect.gen(function* () {
        const { client, gets, provider } = yield* failingWith(error)
        const http = yield* BearerClient.makeFolded(Effect.succeed(provider), options).pipe(
          Effect.provideService(HttpClient.HttpClient, client)
        )
        yield* Effect.flip(HttpClient.retryTransient(http, Schedule.recurs(3)).get(url))
        expect(gets()).toBe(reason === "Transport" ? 4 : 1)
      })
  )

  it.scoped("does not change responses and the client's errors", () =>
    Effect.gen(function* () {
      const { provider } = yield* Tokens.make()
      const client = HttpClient.filterStatusOk(ProtectedClient.make({ accepts: () => false }).client)
      const http = yield* BearerClient.makeFolded(Effect.succeed(provider), options).pipe(
        Effect.provideService(HttpClient.HttpClient, client)
      )
      const error = yield* Effect.flip(http.get(url))
      expect(error).toMatchObject({ _tag: "ResponseError", reason: "StatusCode", response: { status: 401 } })
    })
  )
})

describe("a rejected token", () => {
  it.scoped("fails with the reason why there is no other token, in both forms of the client", () =>
    Effect.gen(function* () {
      const api = ProtectedClient.make({ accepts: () => false })
      const tokens = yield* Tokens.make({ script: [issue(), fail(rejection)] })
      const bearer = yield* BearerClient.transform(Effect.succeed(tokens.provider), options)
      const http = bearer(api.client)
      const rejected = { _tag: "CredentialRejected", code: "invalid_client" }
      expect(yield* Effect.flip(http.get(url))).toMatchObject(rejected)
      expect(yield* Effect.flip(BearerClient.fold(http).get(url))).toMatchObject({
        reason: "Encode",
        cause: rejected
      })
      expect(api.tokens).toEqual(["token-1"])
    })
  )

  it.scoped("costs no further request while the authorization server is unavailable", () =>
    Effect.gen(function* () {
      const api = ProtectedClient.make({ accepts: (token) => token !== "token-1" })
      const tokens = yield* Tokens.make({
        script: [issue(), transient({ status: 503, retryAfter: "1 minute" })]
      })
      const http = (yield* BearerClient.transform(Effect.succeed(tokens.provider), options))(api.client)
      for (let i = 0; i < 10; i++) {
        expect(yield* Effect.flip(http.get(url))).toMatchObject({ _tag: "TransientFailure" })
      }
      expect([api.tokens, tokens.server.requests]).toEqual([["token-1"], 2])
    })
  )
})

describe("a token with characters that are not allowed in a header", () => {
  it.scoped.each(["a token\n", "a\r\nx-injected: yes", "a\u0000b", "a\u20acb"])("is not sent: %j", (value) =>
    Effect.gen(function* () {
      const { client, tokens } = ProtectedClient.make({ accepts: () => true })
      const { provider } = yield* Tokens.make({ script: [issue({ value })] })
      const http = (yield* BearerClient.transform(Effect.succeed(provider), options))(client)
      const error = yield* Effect.flip(http.get(url))
      expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "MalformedToken" })
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(value)
      expect(tokens).toEqual([])
    })
  )
})

describe.each([200, 401])("a response of status %i", (status) => {
  // the server issues the same token again, so the 401 is the response
  const made = Effect.gen(function* () {
    const { provider } = yield* Tokens.make({ script: [issue({ value: "the-same" })] })
    const client = HttpClient.make((request) => {
      const form = new FormData()
      form.append("a", "b")
      const answers: Record<string, () => Response> = {
        "/text": () => new Response("text", { status, headers: { "set-cookie": "a=b", "x-header": "y" } }),
        "/json": () => Response.json({ a: "b" }, { status }),
        "/params": () => new Response("a=b", { status }),
        "/form": () => new Response(form, { status })
      }
      const answer = answers[new URL(request.url).pathname] ?? (() => new Response(null, { status }))
      return Effect.succeed(HttpClientResponse.fromWeb(request, answer()))
    })
    return (yield* BearerClient.transform(Effect.succeed(provider), options))(client)
  })

  it.scoped("has a body that can be read in every way", () =>
    Effect.gen(function* () {
      const http = yield* made
      const get = (path: string) => http.get(new URL(path, url))
      const text = yield* get("/text")
      expect(yield* text.text).toBe("text")
      expect(yield* text.text).toBe("text")
      expect([text.status, text.headers["x-header"]]).toEqual([status, "y"])
      expect(text.cookies.cookies["a"]?.value).toBe("b")
      expect(text.remoteAddress._tag).toBe("None")
      expect(yield* (yield* get("/json")).json).toEqual({ a: "b" })
      expect(yield* (yield* get("/params")).urlParamsBody).toEqual([["a", "b"]])
      expect((yield* (yield* get("/form")).formData).get("a")).toBe("b")
      expect(new TextDecoder().decode(yield* (yield* get("/text")).arrayBuffer)).toBe("text")
      const chunks = yield* Stream.runCollect(HttpClientResponse.stream(get("/text")))
      expect(Buffer.concat([...chunks]).toString()).toBe("text")
      expect(yield* (yield* get("/empty")).text).toBe("")
      expect(yield* Effect.flip((yield* get("/text")).json)).toMatchObject({
        _tag: "ResponseError",
        reason: "Decode",
        request: { url: `${url}text` }
      })
    })
  )

  it.scoped("shows its request without the token", () =>
    Effect.gen(function* () {
      const http = yield* made
      const response = yield* http.get(url, { headers: { "x-own": "z" } })
      expect(response.request.headers).toEqual(expect.objectContaining({ "x-own": "z" }))
      expect(response.request.headers).not.toHaveProperty("authorization")
    })
  )
})
