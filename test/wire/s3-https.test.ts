import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { Discovery, GenericOAuth } from "effect-oauth"
import { isLoopback, isProtected, parseEndpoint } from "../../src/wire/Url.js"
import { clients } from "../support/clients.js"
import { ask, clientId, clientSecret, endpoint } from "../support/exchange.js"
import * as HttpServer from "../support/httpServer.js"
import { renderings } from "../support/renderings.js"

describe("S3 the URL of an endpoint", () => {
  it.each([
    "https://login.example.com",
    "https://login.example.com:8443/oauth/token?p=policy&token_format=jwt",
    "https://127.0.0.1/token",
    "https://localhost/token",
    "HTTPS://LOGIN.EXAMPLE.COM/token"
  ])("S3 %s is accepted", (input) => {
    expect(parseEndpoint(input, false)).toEqual(Either.right(new URL(input)))
  })

  it.each(["http://127.0.0.1:8080/token", "http://127.1.2.3/token", "http://[::1]:8080/token"])(
    "S3 %s is accepted only if the caller allows loopback http",
    (input) => {
      expect(Either.isLeft(parseEndpoint(input, false))).toBe(true)
      expect(parseEndpoint(input, true)).toEqual(Either.right(new URL(input)))
    }
  )

  it.each([
    "http://login.example.com/token",
    "http://localhost:8080/token",
    "http://localhost.localdomain/token",
    "http://127.0.0.1.example.com/token",
    "http://0.0.0.0/token",
    "http://10.0.0.1/token",
    "http://169.254.169.254/token",
    "http://[::]/token",
    "http://[::ffff:127.0.0.1]/token",
    "http://[fe80::1]/token",
    "ftp://127.0.0.1/token",
    "ws://127.0.0.1/token",
    "file:///token",
    "javascript:alert(1)",
    "data:text/plain,token",
    "login.example.com/token",
    "//login.example.com/token",
    "/token",
    "https://",
    ""
  ])("S3 %j is rejected, whether loopback http is allowed or not", (input) => {
    for (const allowLoopbackHttp of [false, true]) {
      expect(Either.isLeft(parseEndpoint(input, allowLoopbackHttp))).toBe(true)
    }
  })

  it("S3 may have another spelling of a loopback address", () => {
    for (const host of [
      "127.1",
      "0x7f.0.0.1",
      "2130706433",
      "0177.0.0.1",
      "127.0.0.1.",
      "[0:0:0:0:0:0:0:1]"
    ]) {
      expect(isLoopback(new URL(`http://${host}/`).hostname)).toBe(true)
    }
  })

  it.each([
    "127.0.0",
    "127.0.0.",
    "127.0.0.1.",
    "127.0.0.1.example.com",
    "127.0.0.1234",
    "1127.0.0.1",
    "a.127.0.0.1",
    "27.0.0.1",
    "128.0.0.1",
    "127.0.0.a",
    "127a0b0c1",
    "[::1",
    "::1",
    "[::11]",
    "[::1]a",
    "[1::1]",
    ""
  ])("S3 does not take the host %j for a loopback address", (host) => {
    expect(isLoopback(host)).toBe(false)
  })

  it.each([
    ["token_format=jwt", true],
    ["token-type=jwt", true],
    ["tokenformat=jwt", true],
    ["token_forma=jwt", false],
    ["token_=jwt", false],
    ["my_token=jwt", false],
    ["p=policy", true]
  ])("S8 with %s in its query is accepted: %s", (query, isAccepted) => {
    expect(Either.isRight(parseEndpoint(`https://login.example.com/token?${query}`, false))).toBe(isAccepted)
  })

  it("S3 is rejected with what is expected, and its text is not repeated", () => {
    const messageFor = (input: string) => Either.merge(Either.map(parseEndpoint(input, false), String))
    expect(messageFor("http://canary.example.com")).toContain("https")
    expect(messageFor("http://127.0.0.1")).toContain("allowLoopbackHttp")
    expect(messageFor("https://user:canary@example.com")).toContain("user name")
    for (const input of [
      "http://canary.example.com",
      "canary",
      "https://a:canary@b/",
      "https://a/?token=canary"
    ]) {
      expect(messageFor(input)).not.toContain("canary")
    }
  })

  it("S3 is safe over http only on a loopback address", () => {
    expect(isProtected(new URL("https://example.com"), false)).toBe(true)
    expect(isProtected(new URL("http://127.0.0.1"), true)).toBe(true)
    expect(isProtected(new URL("http://127.0.0.1"), false)).toBe(false)
    expect(isProtected(new URL("http://example.com"), true)).toBe(false)
    expect(isProtected(new URL("ftp://127.0.0.1"), true)).toBe(false)
  })
})

describe.each(clients)("S3 http, by $client", ({ layer }) => {
  const generic = (tokenUrl: string, allowLoopbackHttp?: boolean) =>
    GenericOAuth.make("test/Api", {
      tokenUrl,
      clientId,
      clientSecret: Redacted.make(clientSecret),
      allowLoopbackHttp
    })

  it.scopedLive.each(["127.0.0.1", "::1"] as const)(
    "S3 is used for an endpoint on %s if the caller allows it",
    (host) =>
      Effect.gen(function* () {
        const server = yield* HttpServer.make(HttpServer.token, { host })
        const provider = yield* generic(server.url.href, true)
        expect(Redacted.value((yield* provider.get).value)).toBe("a-token")
        expect(server.requests).toHaveLength(1)
      }).pipe(Effect.provide(layer))
  )

  it.scopedLive(
    "S3 is rejected for a loopback endpoint if the caller does not allow it, and nothing is sent",
    () =>
      Effect.gen(function* () {
        const server = yield* HttpServer.make(HttpServer.token)
        const expected = { _tag: "InvalidConfiguration", issues: [{ path: "tokenUrl" }] }
        expect(yield* Effect.flip(generic(server.url.href))).toMatchObject(expected)
        expect(yield* Effect.flip(generic(server.url.href, false))).toMatchObject(expected)
        expect(server.connections).toHaveLength(0)
      }).pipe(Effect.provide(layer))
  )

  it.scopedLive(
    "S3 is rejected for the name localhost even if loopback is allowed, by the preset and by the exchange",
    () =>
      Effect.gen(function* () {
        const server = yield* HttpServer.make(HttpServer.token)
        const url = new URL(server.url)
        url.hostname = "localhost"
        expect(yield* Effect.flip(generic(url.href, true))).toMatchObject({ issues: [{ path: "tokenUrl" }] })
        expect(yield* Effect.flip(ask(url))).toMatchObject({
          _tag: "InvalidConfiguration",
          issues: [{ path: "url" }]
        })
        expect(server.connections).toHaveLength(0)
      }).pipe(Effect.provide(layer))
  )

  it.scopedLive(
    "S3 is rejected by the exchange for a loopback endpoint, too, unless its caller allows it",
    () =>
      Effect.gen(function* () {
        const server = yield* HttpServer.make(HttpServer.token)
        for (const allowLoopbackHttp of [undefined, false]) {
          const error = yield* Effect.flip(ask(server.url, { allowLoopbackHttp }))
          expect(error).toMatchObject({
            _tag: "InvalidConfiguration",
            reason: "Malformed",
            issues: [{ path: "url", expected: expect.stringContaining("allowLoopbackHttp") as string }]
          })
        }
        expect(server.connections).toHaveLength(0)
        expect(Redacted.value((yield* ask(server.url, { allowLoopbackHttp: true })).value)).toBe("a-token")
      }).pipe(Effect.provide(layer))
  )

  it.scopedLive(
    "S3 is used for a loopback issuer and the endpoint in its metadata, if the caller allows it",
    () =>
      Effect.gen(function* () {
        const server = yield* HttpServer.make((connection, request) => {
          const origin = `http://${hostOf(request)}`
          const isMetadata = request.startsWith("GET ")
          const document = { issuer: origin, token_endpoint: `${origin}/token` }
          const reply = isMetadata ? HttpServer.json(200, document) : HttpServer.token
          reply(connection, request)
        })
        const provider = yield* GenericOAuth.make("test/Api", {
          issuer: server.origin,
          clientId,
          clientSecret: Redacted.make(clientSecret),
          allowLoopbackHttp: true
        })
        expect(Redacted.value((yield* provider.get).value)).toBe("a-token")
        expect(server.requests.map((request) => request.split(" ")[1])).toEqual([
          "/.well-known/openid-configuration",
          "/token"
        ])
      }).pipe(Effect.provide(layer))
  )

  it.scopedLive("S3 is rejected for a token endpoint in metadata, and nothing is sent there", () =>
    Effect.gen(function* () {
      const target = yield* HttpServer.make(HttpServer.token)
      const elsewhere = new URL(target.url)
      elsewhere.hostname = "localhost"
      const server = yield* HttpServer.make((connection, request) =>
        HttpServer.json(200, { issuer: `http://${hostOf(request)}`, token_endpoint: elsewhere.href })(
          connection,
          request
        )
      )
      const options = { ...endpoint(server.url), issuer: server.origin, allowLoopbackHttp: true }
      expect(yield* Effect.flip(Discovery.discover(options))).toMatchObject({
        _tag: "InvalidTokenResponse",
        reason: "Metadata"
      })
      expect(target.connections).toHaveLength(0)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive(
    "S3 is rejected for a loopback issuer if the caller does not allow it, and nothing is sent",
    () =>
      Effect.gen(function* () {
        const server = yield* HttpServer.make(HttpServer.token)
        const options = { ...endpoint(server.url), issuer: server.origin, allowLoopbackHttp: false }
        expect(yield* Effect.flip(Discovery.discover(options))).toMatchObject({
          _tag: "InvalidConfiguration",
          issues: [{ path: "issuer" }]
        })
        expect(server.connections).toHaveLength(0)
      }).pipe(Effect.provide(layer))
  )
})

describe("S3 the exchange, given an unchecked URL,", () => {
  it.effect.each([
    "http://login.example.com/token",
    "https://user:canary@login.example.com/token",
    "https://login.example.com/token?client_secret=canary",
    "https://login.example.com/token#canary",
    "ftp://127.0.0.1/token"
  ])("S3 S8 rejects %s without a request and without repeating it", (url) =>
    Effect.gen(function* () {
      const unusedClient = HttpClient.make(() => Effect.dieMessage("a request was sent"))
      const error = yield* Effect.flip(
        Effect.provideService(ask(new URL(url)), HttpClient.HttpClient, unusedClient)
      )
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", issues: [{ path: "url" }] })
      for (const text of renderings(error)) expect(text).not.toContain("canary")
    })
  )
})

/** The host that a request was made to. */
const hostOf = (request: string): string => /\r\nhost: *([^\r]*)/i.exec(request)?.[1] ?? ""
