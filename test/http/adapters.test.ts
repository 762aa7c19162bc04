import { isTokenCredential } from "@azure/core-auth"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { afterEach, describe, expect, it, vi } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import { AccessToken, BearerFetch, TokenCredential, TokenFunction, TokenProvider } from "effect-oauth"
import { setImmediate } from "node:timers/promises"
import * as ApiServer from "../support/apiServer.js"
import type { Step } from "../support/scriptedGrant.js"
import { fail, hang, issue, rejection, ScriptedGrant } from "../support/scriptedGrant.js"
import * as Tokens from "../support/tokens.js"

const loopback = { allowLoopbackHttp: true }

type Script = readonly [Step, ...ReadonlyArray<Step>]

/** A `BearerFetch` with `token-1`, `token-2` and so on, for one API. */
const bearerFetch = (options: { readonly api?: ApiServer.Options; readonly script?: Script } = {}) =>
  Effect.gen(function* () {
    const api = yield* ApiServer.make(options.api)
    const tokens = yield* Tokens.make(options.script === undefined ? {} : { script: options.script })
    const fetch = yield* tokens.watching(
      BearerFetch.make(Effect.succeed(tokens.provider), { origins: [api.origin], ...loopback })
    )
    return { api, tokens, fetch }
  })

/** Issues a token once the latch is open. */
const behind = (latch: Effect.Latch): Step => ({
  takes: 0,
  answer: (asked) => Effect.zipRight(latch.await, issue().answer(asked))
})

/** The error that a promise is rejected with. */
const rejectionOf = (promise: Promise<unknown>): Effect.Effect<unknown> =>
  Effect.promise(() =>
    promise.then(
      () => expect.unreachable("the promise was resolved"),
      (reason: unknown) => reason
    )
  )

/** Runs the event loop until a condition holds. */
const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.promise(async () => {
    while (!condition()) await setImmediate()
  })

const text = "name=a b&ü"
const form = (): FormData => {
  const form = new FormData()
  form.set("name", "a value")
  form.set("file", new Blob(["its content"], { type: "text/plain" }), "file.txt")
  return form
}

/** Bodies that can be sent a second time. */
const bodies: ReadonlyArray<readonly [string, () => BodyInit]> = [
  ["a string", () => text],
  ["bytes", () => new TextEncoder().encode(text)],
  ["URLSearchParams", () => new URLSearchParams({ name: "a b", other: "ü" })],
  ["a Blob", () => new Blob([text], { type: "text/plain" })],
  ["FormData", form]
]

/** A form has a new boundary each time that it is sent. */
const withoutBoundary = ({ body, headers }: ApiServer.Arrival) => {
  const type = headers["content-type"] ?? ""
  const boundary = /boundary=(\S+)/.exec(type)?.[1] ?? "there is no boundary"
  return [type, body.toString("latin1")].map((part) => part.replaceAll(boundary, "BOUNDARY"))
}

const streamed = (text: string): ReadableStream<Uint8Array> => new Blob([text]).stream()

afterEach(() => {
  vi.unstubAllGlobals()
})

describe("BearerFetch", () => {
  it.scopedLive("adds the token to a request, and changes nothing else", () =>
    Effect.gen(function* () {
      const { api, fetch } = yield* bearerFetch()
      const response = yield* Effect.promise(() =>
        fetch(`${api.origin}/items?page=2`, { method: "PUT", body: text, headers: { "x-custom": "kept" } })
      )
      expect(response.status).toBe(200)
      expect(yield* Effect.promise(() => response.json())).toEqual({ ok: true })
      expect(api.arrivals).toMatchObject([{ method: "PUT", path: "/items?page=2", token: "token-1" }])
      expect(api.arrivals[0]?.headers["x-custom"]).toBe("kept")
      expect(api.arrivals[0]?.headers["content-length"]).toBe(String(Buffer.byteLength(text)))
      expect(api.arrivals[0]?.body.toString()).toBe(text)
    })
  )

  it.scopedLive("accepts a URL and a Request, as fetch does", () =>
    Effect.gen(function* () {
      const { api, fetch } = yield* bearerFetch()
      yield* Effect.promise(() => fetch(new URL("/by-url", api.origin)))
      const request = new Request(`${api.origin}/by-request`, {
        method: "POST",
        body: form(),
        headers: { "x-custom": "kept" }
      })
      yield* Effect.promise(() => fetch(request))
      yield* Effect.promise(() => fetch(new Request(`${api.origin}/changed`), { method: "DELETE" }))
      expect(api.arrivals.map(({ method, path, token }) => [method, path, token])).toEqual([
        ["GET", "/by-url", "token-1"],
        ["POST", "/by-request", "token-1"],
        ["DELETE", "/changed", "token-1"]
      ])
      expect(api.arrivals[1]?.headers["x-custom"]).toBe("kept")
      expect(api.arrivals[1]?.body.toString()).toContain("its content")
      expect(request.headers.has("authorization")).toBe(false)
    })
  )

  it.scopedLive("replaces another token in the request", () =>
    Effect.gen(function* () {
      const { api, fetch } = yield* bearerFetch()
      yield* Effect.promise(() => fetch(api.origin, { headers: { Authorization: "Bearer another" } }))
      expect(api.arrivals.map(({ token }) => token)).toEqual(["token-1"])
    })
  )

  describe("S30 a request with a 401 response", () => {
    for (const [kind, body] of bodies) {
      it.scopedLive(`is sent once more with another token: ${kind}`, () =>
        Effect.gen(function* () {
          const { api, fetch, tokens } = yield* bearerFetch()
          api.refuse("token-1")
          const response = yield* Effect.promise(() => fetch(api.origin, { method: "POST", body: body() }))
          expect(response.status).toBe(200)
          expect(api.arrivals.map(({ token }) => token)).toEqual(["token-1", "token-2"])
          const [first, second] = api.arrivals.map(withoutBoundary)
          expect(second).toEqual(first)
          expect(tokens.events).toMatchObject([
            { _tag: "Acquired" },
            { _tag: "Invalidated" },
            { _tag: "Acquired" },
            { _tag: "Replayed", provider: "test/Api", status: 401 }
          ])
        })
      )

      it.scopedLive(`is sent once more with another token: a Request with ${kind}`, () =>
        Effect.gen(function* () {
          const { api, fetch } = yield* bearerFetch()
          api.refuse("token-1")
          const request = new Request(api.origin, { method: "POST", body: body() })
          const response = yield* Effect.promise(() => fetch(request))
          expect(response.status).toBe(200)
          const [first, second, ...more] = api.arrivals
          expect([first?.token, second?.token, more]).toEqual(["token-1", "token-2", []])
          expect(second?.body).toEqual(first?.body)
          expect(second?.headers["content-type"]).toBe(first?.headers["content-type"])
        })
      )
    }

    it.scopedLive("is sent once more from the body of a Request that was a stream", () =>
      Effect.gen(function* () {
        const { api, fetch } = yield* bearerFetch()
        api.refuse("token-1")
        const init: RequestInit & { duplex: "half" } = {
          method: "POST",
          body: streamed(text),
          duplex: "half"
        }
        const response = yield* Effect.promise(() => fetch(new Request(api.origin, init)))
        expect(response.status).toBe(200)
        expect(api.arrivals.map(({ body, token }) => [token, body.toString()])).toEqual([
          ["token-1", text],
          ["token-2", text]
        ])
      })
    )

    it.scopedLive("is not sent again if its body is a stream; the token is invalidated all the same", () =>
      Effect.gen(function* () {
        const { api, fetch } = yield* bearerFetch()
        api.refuse("token-1")
        const init: RequestInit & { duplex: "half" } = {
          method: "POST",
          body: streamed(text),
          duplex: "half"
        }
        const response = yield* Effect.promise(() => fetch(api.origin, init))
        expect(response.status).toBe(401)
        expect(yield* Effect.promise(() => response.json())).toEqual({ error: "invalid_token" })
        expect(api.arrivals.map(({ body, token }) => [token, body.toString()])).toEqual([["token-1", text]])
        yield* Effect.promise(() => fetch(api.origin))
        expect(api.arrivals.map(({ token }) => token)).toEqual(["token-1", "token-2"])
      })
    )

    it.scopedLive("is not sent again if its body is an async iterable, which Node treats as a stream", () =>
      Effect.gen(function* () {
        const { api, fetch } = yield* bearerFetch()
        api.refuse("token-1")
        const pieces = async function* () {
          await setImmediate()
          yield new TextEncoder().encode(text)
        }
        // the DOM's types do not have this kind of body
        const init = { method: "POST", body: pieces(), duplex: "half" } as unknown as RequestInit
        const response = yield* Effect.promise(() => fetch(api.origin, init))
        expect(response.status).toBe(401)
        expect(api.arrivals.map(({ body, token }) => [token, body.toString()])).toEqual([["token-1", text]])
      })
    )

    it.scopedLive(
      "resolves with the second 401, its body unread; new tokens are invalidated only once in 30 s",
      () =>
        Effect.gen(function* () {
          const { api, fetch, tokens } = yield* bearerFetch()
          api.refuse("token-1", "token-2", "token-3")
          const get = Effect.promise(() => fetch(api.origin))
          const response = yield* get
          expect(response.status).toBe(401)
          expect(yield* Effect.promise(() => response.json())).toEqual({ error: "invalid_token" })
          expect((yield* get).status).toBe(401)
          expect(api.arrivals.map(({ token }) => token)).toEqual(["token-1", "token-2", "token-2"])
          expect(tokens.server.requests).toBe(2)
        })
    )

    it.scopedLive("costs one refresh for a hundred concurrent requests", () =>
      Effect.gen(function* () {
        const { api, fetch, tokens } = yield* bearerFetch()
        api.refuse("token-1")
        const all = yield* Effect.promise(() =>
          Promise.all(Array.from({ length: 100 }, () => fetch(api.origin)))
        )
        expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]))
        expect(tokens.server.requests).toBe(2)
      })
    )

    it.scopedLive("is not sent again if the server issues the same token", () =>
      Effect.gen(function* () {
        const { api, fetch, tokens } = yield* bearerFetch({ script: [issue({ value: "always-the-same" })] })
        api.refuse("always-the-same")
        const response = yield* Effect.promise(() => fetch(api.origin))
        expect(yield* Effect.promise(() => response.json())).toEqual({ error: "invalid_token" })
        expect(tokens.server.requests).toBe(2)
        expect(api.arrivals.length).toBe(1)
      })
    )

    it.scopedLive("is rejected with the reason why there is no other token", () =>
      Effect.gen(function* () {
        const { api, fetch } = yield* bearerFetch({ script: [issue(), fail(rejection)] })
        api.refuse("token-1")
        expect(yield* rejectionOf(fetch(api.origin))).toBe(rejection)
        expect(api.arrivals.length).toBe(1)
      })
    )
  })

  describe("S7 the token", () => {
    it.scopedLive(
      "is sent only to origins on the list, and other requests are not sent without it either",
      () =>
        Effect.gen(function* () {
          const other = yield* ApiServer.make()
          const { fetch } = yield* bearerFetch()
          for (const input of [other.origin, new URL(other.origin), new Request(other.origin)]) {
            const error = yield* rejectionOf(fetch(input))
            expect(error).toMatchObject({ _tag: "InvalidConfiguration", provider: "test/Api" })
          }
          expect(yield* rejectionOf(fetch("/relative"))).toMatchObject({ _tag: "InvalidConfiguration" })
          expect(other.traffic()).toEqual({ connections: 0, bytes: 0 })
        })
    )

    it.scopedLive("is not sent over http unless the option allows it", () =>
      Effect.gen(function* () {
        const api = yield* ApiServer.make()
        const { provider } = yield* Tokens.make()
        const fetch = yield* BearerFetch.make(Effect.succeed(provider), { origins: ["*"] })
        expect(yield* rejectionOf(fetch(api.origin))).toMatchObject({ _tag: "InvalidConfiguration" })
        expect(api.traffic()).toEqual({ connections: 0, bytes: 0 })
      })
    )

    it.scopedLive("is sent to the checked URL, although the caller changes the URL meanwhile", () =>
      Effect.gen(function* () {
        const other = yield* ApiServer.make()
        const latch = yield* Effect.makeLatch()
        const { api, fetch } = yield* bearerFetch({ script: [behind(latch)] })
        const url = new URL(api.origin)
        const response = fetch(url)
        url.port = new URL(other.origin).port
        yield* latch.open
        expect((yield* Effect.promise(() => response)).status).toBe(200)
        expect(api.arrivals.length).toBe(1)
        expect(other.traffic().connections).toBe(0)
      })
    )

    it.scopedLive("needs a list of origins", () =>
      Effect.gen(function* () {
        const { provider } = yield* Tokens.make()
        const error = yield* Effect.flip(BearerFetch.make(Effect.succeed(provider)))
        expect(error).toMatchObject({ _tag: "InvalidConfiguration", issues: [{ path: "origins" }] })
      })
    )

    it.scopedLive("is sent to the provider's own origins if no others are given", () =>
      Effect.gen(function* () {
        const api = yield* ApiServer.make()
        const { provider } = yield* Tokens.make({ origins: [api.origin] })
        const fetch = yield* BearerFetch.make(Effect.succeed(provider), loopback)
        expect((yield* Effect.promise(() => fetch(api.origin))).status).toBe(200)
      })
    )

    for (const status of [301, 302, 303, 307, 308]) {
      it.scopedLive(`is not sent along a ${status} redirect: the second server receives nothing`, () =>
        Effect.gen(function* () {
          const other = yield* ApiServer.make()
          const { api, fetch } = yield* bearerFetch({
            api: { answer: ApiServer.redirectTo(() => other.origin, status) }
          })
          for (const init of [{}, { redirect: "follow" }, { method: "POST", body: text }] as const) {
            const response = yield* Effect.promise(() => fetch(api.origin, init))
            expect(response.status).toBe(status)
            expect(response.headers.get("location")).toBe(other.origin)
          }
          yield* Effect.promise(() => fetch(new Request(api.origin, { redirect: "follow" })))
          const asked = yield* rejectionOf(fetch(api.origin, { redirect: "error" }))
          expect(asked).toBeInstanceOf(TypeError)
          const request = new Request(api.origin, { redirect: "error" })
          expect(yield* rejectionOf(fetch(request))).toBeInstanceOf(TypeError)
          expect(other.traffic()).toEqual({ connections: 0, bytes: 0 })
        })
      )
    }

    it.scopedLive(
      "with characters that are not allowed in a header fails with a TokenError without its value",
      () =>
        Effect.gen(function* () {
          const api = yield* ApiServer.make()
          const { provider } = yield* Tokens.make()
          const { expiresAt, issuedAt, parameters, presentation, scopes } = yield* provider.get
          const value = Redacted.make("a-broken\n-token")
          const broken = new AccessToken.AccessToken({
            ...{ expiresAt, issuedAt, parameters, presentation, scopes },
            value
          })
          // a provider that was made without this library's cache
          const own: TokenProvider.TokenProvider = { ...provider, get: Effect.succeed(broken) }
          const fetch = yield* BearerFetch.make(Effect.succeed(own), { origins: [api.origin], ...loopback })
          const error = yield* rejectionOf(fetch(api.origin))
          expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "MalformedToken" })
          expect(String(error)).not.toContain("broken")
          expect(api.traffic().connections).toBe(0)
        })
    )
  })

  describe("an AbortSignal", () => {
    it.scopedLive("rejects with its reason while the token is requested, and the refresh goes on", () =>
      Effect.gen(function* () {
        const latch = yield* Effect.makeLatch()
        const { api, fetch, tokens } = yield* bearerFetch({ script: [behind(latch)] })
        const controller = new AbortController()
        const { signal } = controller
        const responses = [fetch(api.origin, { signal }), fetch(new Request(api.origin, { signal }))]
        yield* until(() => tokens.server.requests === 1)
        const reason = new Error("the user left")
        controller.abort(reason)
        for (const response of responses) expect(yield* rejectionOf(response)).toBe(reason)
        expect((yield* tokens.provider.status).isRefreshing).toBe(true)
        yield* latch.open
        expect((yield* Effect.promise(() => fetch(api.origin))).status).toBe(200)
        expect(tokens.server).toMatchObject({ requests: 1, abandoned: 0 })
        expect(api.arrivals.length).toBe(1)
      })
    )

    it.scopedLive("rejects with its reason while the response is awaited, and aborts the request", () =>
      Effect.gen(function* () {
        let cut = false
        const { api, fetch } = yield* bearerFetch({
          api: { answer: (_, response) => response.on("close", () => (cut = true)) }
        })
        for (const make of [
          (signal: AbortSignal) => fetch(api.origin, { signal }),
          (signal: AbortSignal) => fetch(new Request(api.origin, { signal }))
        ]) {
          cut = false
          const before = api.arrivals.length
          const controller = new AbortController()
          const response = make(controller.signal)
          yield* until(() => api.arrivals.length > before)
          controller.abort()
          expect(yield* rejectionOf(response)).toMatchObject({ name: "AbortError" })
          yield* until(() => cut)
        }
      })
    )

    it.scopedLive("aborts a body that is being read", () =>
      Effect.gen(function* () {
        const { api, fetch } = yield* bearerFetch({
          api: { answer: (_, response) => response.writeHead(200).write("the beginning") }
        })
        const controller = new AbortController()
        const response = yield* Effect.promise(() => fetch(api.origin, { signal: controller.signal }))
        controller.abort()
        expect(yield* rejectionOf(response.text())).toMatchObject({ name: "AbortError" })
      })
    )

    it.scopedLive("that was already aborted prevents the request", () =>
      Effect.gen(function* () {
        const { api, fetch, tokens } = yield* bearerFetch()
        yield* tokens.provider.get
        const signal = AbortSignal.abort()
        expect(yield* rejectionOf(fetch(api.origin, { signal }))).toBe(signal.reason)
        expect(api.traffic().connections).toBe(0)
      })
    )

    it.scopedLive("that is null replaces the Request's own", () =>
      Effect.gen(function* () {
        const { api, fetch } = yield* bearerFetch()
        const request = new Request(api.origin, { signal: AbortSignal.abort() })
        expect((yield* Effect.promise(() => fetch(request, { signal: null }))).status).toBe(200)
      })
    )

    it.scopedLive("keeps no listener of a request that is done", () =>
      Effect.gen(function* () {
        const { provider } = yield* Tokens.make()
        const fetch = yield* BearerFetch.make(Effect.succeed(provider), { origins: ["*"] }).pipe(
          Effect.provideService(FetchHttpClient.Fetch, () => Promise.resolve(new Response()))
        )
        const { signal } = new AbortController()
        const added = vi.spyOn(signal, "addEventListener")
        const removed = vi.spyOn(signal, "removeEventListener")
        yield* Effect.promise(() => fetch("https://api.example.com", { signal }))
        expect(added.mock.calls.length).toBe(1)
        expect(removed.mock.calls).toEqual(added.mock.calls)
      })
    )
  })

  describe("a promise", () => {
    it.scopedLive("is rejected with the TokenError itself", () =>
      Effect.gen(function* () {
        const { api, fetch } = yield* bearerFetch({ script: [fail(rejection)] })
        const error = yield* rejectionOf(fetch(api.origin))
        expect(error).toBe(rejection)
        expect(Runtime.isFiberFailure(error)).toBe(false)
        expect(api.traffic().connections).toBe(0)
      })
    )

    it.scopedLive("is rejected as by fetch if the server cannot be reached", () =>
      Effect.gen(function* () {
        const { tokens } = yield* bearerFetch()
        const scope = yield* Scope.make()
        const { origin } = yield* Scope.extend(ApiServer.make(), scope)
        yield* Scope.close(scope, Exit.void)
        const fetch = yield* BearerFetch.make(Effect.succeed(tokens.provider), {
          origins: [origin],
          ...loopback
        })
        const error = yield* rejectionOf(fetch(origin))
        expect(error).toBeInstanceOf(TypeError)
        expect(error).toMatchObject({ message: "fetch failed" })
      })
    )

    it.scopedLive("is rejected if the request is invalid, and nothing is thrown", () =>
      Effect.gen(function* () {
        const { api, fetch } = yield* bearerFetch()
        const used = new Request(api.origin, { method: "POST", body: text })
        yield* Effect.promise(() => used.text())
        expect(yield* rejectionOf(fetch(used))).toBeInstanceOf(TypeError)
        expect(yield* rejectionOf(fetch(api.origin, { method: "GET", body: text }))).toBeInstanceOf(TypeError)
        expect(yield* rejectionOf(fetch(api.origin, { headers: { "no name": "" } }))).toBeInstanceOf(
          TypeError
        )
      })
    )

    it.scopedLive("is rejected with an AbortError once the provider's scope is closed", () =>
      Effect.gen(function* () {
        const api = yield* ApiServer.make()
        const scope = yield* Scope.make()
        const { provider, server } = yield* Scope.extend(Tokens.make({ script: [hang] }), scope)
        const fetch = yield* BearerFetch.make(Effect.succeed(provider), {
          origins: [api.origin],
          ...loopback
        })
        const waiting = fetch(api.origin)
        yield* until(() => server.requests === 1)
        const rejected = rejectionOf(waiting)
        yield* Scope.close(scope, Exit.void)
        expect(yield* rejected).toMatchObject({
          name: "AbortError",
          message: "The token's provider was closed"
        })
        expect(yield* rejectionOf(fetch(api.origin))).toMatchObject({ name: "AbortError" })
      })
    )
  })

  describe("BearerFetch calls", () => {
    it.scopedLive("the fetch of the context with the caller's arguments", () =>
      Effect.gen(function* () {
        const seen: Array<Parameters<typeof globalThis.fetch>> = []
        const custom: typeof globalThis.fetch = (...call) => {
          seen.push(call)
          return Promise.resolve(new Response("from the custom one"))
        }
        const { provider } = yield* Tokens.make()
        const fetch = yield* BearerFetch.make(Effect.succeed(provider), { origins: ["*"] }).pipe(
          Effect.provideService(FetchHttpClient.Fetch, custom)
        )
        const init = { method: "POST", body: text, dispatcher: "a dispatcher" }
        const response = yield* Effect.promise(() => fetch("https://api.example.com/items", init))
        expect(yield* Effect.promise(() => response.text())).toBe("from the custom one")
        expect(seen).toMatchObject([["https://api.example.com/items", init]])
        expect(new Headers(seen[0]?.[1]?.headers).get("authorization")).toBe("Bearer token-1")
        expect(init).not.toHaveProperty("headers")
      })
    )

    it.scopedLive("the global fetch as it is at the time of the request", () =>
      Effect.gen(function* () {
        const { provider } = yield* Tokens.make()
        const fetch = yield* BearerFetch.make(Effect.succeed(provider), { origins: ["*"] })
        vi.stubGlobal("fetch", () => Promise.resolve(new Response("from the stub")))
        const response = yield* Effect.promise(() => fetch("https://api.example.com"))
        expect(yield* Effect.promise(() => response.text())).toBe("from the stub")
      })
    )

    it.scopedLive("cancel on the unread body of a 401, even if that throws", () =>
      Effect.gen(function* () {
        for (const second of [issue(), fail(rejection)]) {
          const { provider } = yield* Tokens.make({ script: [issue(), second] })
          let freed = 0
          const body = new ReadableStream({
            cancel: () => {
              freed++
              throw new Error("the body cannot be freed")
            }
          })
          const answers = [new Response(body, { status: 401 }), new Response("ok")]
          const fetch = yield* BearerFetch.make(Effect.succeed(provider), { origins: ["*"] }).pipe(
            Effect.provideService(FetchHttpClient.Fetch, () =>
              Promise.resolve(answers.shift() ?? Response.error())
            )
          )
          const [outcome] = yield* Effect.promise(() =>
            Promise.allSettled([fetch("https://api.example.com").then((response) => response.text())])
          )
          expect(outcome).toEqual(
            answers.length === 0
              ? { status: "fulfilled", value: "ok" }
              : { status: "rejected", reason: rejection }
          )
          expect(freed).toBe(1)
        }
      })
    )
  })
})

describe("a provider's headers", () => {
  it.scopedLive("can be passed to fetch, alone and among other headers", () =>
    Effect.gen(function* () {
      const api = yield* ApiServer.make()
      const { provider } = yield* Tokens.make()
      const headers = yield* provider.headers
      yield* Effect.promise(() => fetch(api.origin, { headers }))
      yield* Effect.promise(() => fetch(api.origin, { headers: { ...headers, "x-custom": "kept" } }))
      expect(api.arrivals.map(({ token }) => token)).toEqual(["token-1", "token-1"])
      expect(new Headers(headers).get("authorization")).toBe("Bearer token-1")
    })
  )
})

describe("TokenFunction", () => {
  it.scopedLive("returns the value of a valid token each time", () =>
    Effect.gen(function* () {
      const { provider } = yield* Tokens.make()
      const accessToken = yield* TokenFunction.make(Effect.succeed(provider))
      const both = yield* Effect.promise(() => Promise.all([accessToken(), accessToken()]))
      expect(both).toEqual(["token-1", "token-1"])
      yield* provider.clear
      expect(yield* Effect.promise(accessToken)).toBe("token-2")
    })
  )

  it.scopedLive("rejects with the TokenError itself", () =>
    Effect.gen(function* () {
      const { provider } = yield* Tokens.make({ script: [fail(rejection)] })
      const accessToken = yield* TokenFunction.make(Effect.succeed(provider))
      expect(yield* rejectionOf(accessToken())).toBe(rejection)
    })
  )

  it.scopedLive("rejects with a defect of the grant unchanged", () =>
    Effect.gen(function* () {
      const bug = new RangeError("a bug")
      const { provider } = yield* Tokens.make({ script: [{ takes: 0, answer: () => Effect.die(bug) }] })
      const accessToken = yield* TokenFunction.make(Effect.succeed(provider))
      expect(yield* rejectionOf(accessToken())).toBe(bug)
    })
  )
})

/** A credential, and a record of the providers that it made and of their options. */
const credentials = (
  options: { readonly open?: Array<string>; readonly make?: Effect.Effect<void, unknown> } = {}
) =>
  Effect.gen(function* () {
    const made: Array<{ readonly scopes: ReadonlyArray<string>; readonly server: ScriptedGrant }> = []
    const credential = yield* TokenCredential.make((scopes) =>
      Effect.gen(function* () {
        const name = scopes.join(" ")
        const server = new ScriptedGrant("safe", issue({ lifetime: "10 minutes" }))
        made.push({ scopes, server })
        if (options.open !== undefined) {
          const { open } = options
          yield* Effect.acquireRelease(
            Effect.sync(() => open.push(name)),
            () => Effect.sync(() => open.splice(open.indexOf(name), 1))
          )
        }
        yield* options.make ?? Effect.yieldNow()
        return yield* TokenProvider.make({ name, grant: server.grant })
      })
    )
    return { credential, made }
  })

describe("TokenCredential", () => {
  it.scopedLive("is a TokenCredential of Azure's SDKs", () =>
    Effect.gen(function* () {
      const { credential } = yield* credentials()
      expect(isTokenCredential(credential)).toBe(true)
    })
  )

  it.scopedLive("returns a token and its expiry in milliseconds", () =>
    Effect.gen(function* () {
      const { provider } = yield* Tokens.make()
      const credential = yield* TokenCredential.fromProvider(Effect.succeed(provider), ["a-scope"])
      const { expiresAt } = yield* provider.get
      expect(yield* Effect.promise(() => credential.getToken("a-scope"))).toEqual({
        token: "token-1",
        expiresOnTimestamp: DateTime.toEpochMillis(expiresAt),
        tokenType: "Bearer"
      })
    })
  )

  it.scopedLive("makes one provider for each set of scopes, however the set is written", () =>
    Effect.gen(function* () {
      const { credential, made } = yield* credentials()
      const asked = ["b a", ["a", "b"], ["b", "a", "a"], " a  b ", "a", ["b"]]
      const tokens = yield* Effect.promise(() =>
        Promise.all(asked.map((scopes) => credential.getToken(scopes)))
      )
      expect(tokens.map(({ token }) => token)).toEqual(asked.map(() => "token-1"))
      expect(made.map(({ scopes }) => scopes)).toEqual([["a", "b"], ["a"], ["b"]])
      yield* Effect.promise(() => credential.getToken("a b"))
      expect(made.map(({ server }) => server.requests)).toEqual([1, 1, 1])
    })
  )

  it.scopedLive("makes one provider for a hundred concurrent callers", () =>
    Effect.gen(function* () {
      const { credential, made } = yield* credentials()
      yield* Effect.promise(() =>
        Promise.all(Array.from({ length: 100 }, () => credential.getToken("a-scope")))
      )
      expect(made.map(({ server }) => server.requests)).toEqual([1])
    })
  )

  it.scopedLive("requests a new token if claims reject the current one", () =>
    Effect.gen(function* () {
      const { credential } = yield* credentials()
      const valueOf = (options?: TokenCredential.GetTokenOptions) =>
        Effect.promise(() => credential.getToken("a-scope", options).then(({ token }) => token))
      expect(yield* valueOf()).toBe("token-1")
      expect(yield* valueOf({})).toBe("token-1")
      expect(yield* valueOf({ claims: `{"access_token":{"nbf":{"essential":true}}}` })).toBe("token-2")
      expect(yield* valueOf()).toBe("token-2")
    })
  )

  it.scopedLive("keeps its providers until its scope is closed, and keeps none that failed", () =>
    Effect.gen(function* () {
      const open: Array<string> = []
      const scope = yield* Scope.make()
      const reason = new Error("there is no such resource")
      const failing = yield* Scope.extend(credentials({ open, make: Effect.fail(reason) }), scope)
      expect(yield* rejectionOf(failing.credential.getToken("a"))).toBe(reason)
      expect(open).toEqual([])
      expect(yield* rejectionOf(failing.credential.getToken("a"))).toBe(reason)
      expect(failing.made.length).toBe(2)
      const { credential } = yield* Scope.extend(credentials({ open }), scope)
      yield* Effect.promise(() => credential.getToken("a"))
      yield* Effect.promise(() => credential.getToken("b"))
      expect(open).toEqual(["a", "b"])
      yield* Scope.close(scope, Exit.void)
      expect(open).toEqual([])
    })
  )

  it.scopedLive("rejects with the TokenError itself", () =>
    Effect.gen(function* () {
      const { provider } = yield* Tokens.make({ script: [fail(rejection)] })
      const credential = yield* TokenCredential.make(() => Effect.succeed(provider))
      expect(yield* rejectionOf(credential.getToken("a-scope"))).toBe(rejection)
    })
  )

  describe("an abortSignal", () => {
    /** The `AbortSignal` of older SDKs: without a reason, and with nothing beyond Azure's type. */
    class OtherSignal {
      aborted = false
      readonly listeners = new Set<() => void>()
      addEventListener(_type: "abort", listener: () => void): void {
        this.listeners.add(listener)
      }
      removeEventListener(_type: "abort", listener: () => void): void {
        this.listeners.delete(listener)
      }
      abort(): void {
        this.aborted = true
        for (const listener of this.listeners) listener()
      }
    }

    it.scopedLive("rejects with an AbortError, and the refresh goes on", () =>
      Effect.gen(function* () {
        const latch = yield* Effect.makeLatch()
        const { provider, server } = yield* Tokens.make({ script: [behind(latch)] })
        const credential = yield* TokenCredential.make(() => Effect.succeed(provider))
        const abortSignal = new OtherSignal()
        const token = credential.getToken("a-scope", { abortSignal })
        yield* until(() => server.requests === 1)
        abortSignal.abort()
        expect(yield* rejectionOf(token)).toMatchObject({ name: "AbortError" })
        expect(abortSignal.listeners.size).toBe(0)
        yield* latch.open
        expect((yield* Effect.promise(() => credential.getToken("a-scope"))).token).toBe("token-1")
        expect(server).toMatchObject({ requests: 1, abandoned: 0 })
      })
    )

    it.scopedLive("of the platform rejects with its reason", () =>
      Effect.gen(function* () {
        const { provider, server } = yield* Tokens.make({ script: [hang] })
        const credential = yield* TokenCredential.make(() => Effect.succeed(provider))
        const controller = new AbortController()
        const token = credential.getToken("a-scope", { abortSignal: controller.signal })
        yield* until(() => server.requests === 1)
        const reason = new Error("the user left")
        controller.abort(reason)
        expect(yield* rejectionOf(token)).toBe(reason)
      })
    )

    it.scopedLive("that was already aborted prevents the request", () =>
      Effect.gen(function* () {
        const { provider, server } = yield* Tokens.make()
        const credential = yield* TokenCredential.make(() => Effect.succeed(provider))
        const abortSignal = new OtherSignal()
        abortSignal.abort()
        const error = yield* rejectionOf(credential.getToken("a-scope", { abortSignal }))
        expect(error).toMatchObject({ name: "AbortError" })
        expect(server.requests).toBe(0)
      })
    )

    it.scopedLive("does not stop the making of a provider, which later callers use", () =>
      Effect.gen(function* () {
        const latch = yield* Effect.makeLatch()
        const { credential, made } = yield* credentials({ make: latch.await })
        const controller = new AbortController()
        const first = credential.getToken("a-scope", { abortSignal: controller.signal })
        yield* until(() => made.length === 1)
        const second = credential.getToken("a-scope")
        controller.abort()
        yield* latch.open
        expect(yield* rejectionOf(first)).toBe(controller.signal.reason)
        expect((yield* Effect.promise(() => second)).token).toBe("token-1")
        expect(made.length).toBe(1)
      })
    )

    it.scopedLive("rejects only its own caller while another caller's provider is made", () =>
      Effect.gen(function* () {
        const latch = yield* Effect.makeLatch()
        const { credential, made } = yield* credentials({ make: latch.await })
        const patient = credential.getToken("a-scope")
        yield* until(() => made.length === 1)
        const controller = new AbortController()
        const hasty = credential.getToken("a-scope", { abortSignal: controller.signal })
        controller.abort()
        expect(yield* rejectionOf(hasty)).toBe(controller.signal.reason)
        yield* latch.open
        expect((yield* Effect.promise(() => patient)).token).toBe("token-1")
        expect(made.length).toBe(1)
      })
    )
  })

  describe("of one provider", () => {
    it.scopedLive("serves the scopes of its token, and no others", () =>
      Effect.gen(function* () {
        const { provider, server } = yield* Tokens.make()
        const credential = yield* TokenCredential.fromProvider(Effect.succeed(provider), "a b")
        for (const scopes of ["a", "b a", ["b"]]) {
          expect((yield* Effect.promise(() => credential.getToken(scopes))).token).toBe("token-1")
        }
        const error = yield* rejectionOf(credential.getToken(["a", "c"]))
        expect(error).toMatchObject({ _tag: "InvalidConfiguration", provider: "test/Api" })
        expect(String(error)).toContain("scopes: expected to include a c")
        expect(server.requests).toBe(1)
      })
    )
  })
})
