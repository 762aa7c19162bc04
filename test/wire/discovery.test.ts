import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as TestClock from "effect/TestClock"
import { Discovery, TokenError } from "effect-oauth"
import * as HttpClient from "@effect/platform/HttpClient"
import { answeringClient } from "../support/answeringClient.js"
import { cases, seed } from "../support/cases.js"
import { clients } from "../support/clients.js"
import type { RawServer, Reply } from "../support/httpServer.js"
import * as HttpServer from "../support/httpServer.js"
import { renderings } from "../support/renderings.js"

describe("the metadata URL", () => {
  const openid = "/.well-known/openid-configuration"
  const oauth2 = "/.well-known/oauth-authorization-server"
  const origin = "https://login.example.com"

  it.each([
    [origin, origin + openid, origin + oauth2],
    [`${origin}/`, origin + openid, origin + oauth2],
    [`${origin}:8443`, `${origin}:8443${openid}`, `${origin}:8443${oauth2}`],
    [`${origin}/tenant`, `${origin}/tenant${openid}`, `${origin}${oauth2}/tenant`],
    [`${origin}/tenant/`, `${origin}/tenant${openid}`, `${origin}${oauth2}/tenant`],
    [`${origin}/a/b%2Fc`, `${origin}/a/b%2Fc${openid}`, `${origin}${oauth2}/a/b%2Fc`],
    // a path that begins with two slashes must not be read as a host
    [
      `${origin}//evil.example.com`,
      `${origin}//evil.example.com${openid}`,
      `${origin}${oauth2}//evil.example.com`
    ],
    [`${origin}/?tenant=a`, origin + openid, origin + oauth2]
  ])("of %s is as OpenID Connect Discovery and RFC 8414 say", (issuer, asOpenid, asOauth2) => {
    expect(Discovery.metadataUrl(new URL(issuer), "openid").href).toBe(asOpenid)
    expect(Discovery.metadataUrl(new URL(issuer), "oauth2").href).toBe(asOauth2)
  })

  it("has the issuer's own origin, whatever the path", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.webUrl({ withQueryParameters: true }),
        FastCheck.string(),
        (base, path) => {
          const issuer = new URL(base)
          issuer.pathname = path
          for (const wellKnown of ["openid", "oauth2"] as const) {
            expect(Discovery.metadataUrl(issuer, wellKnown).origin).toBe(issuer.origin)
          }
        }
      )
    )
  })
})

/** Replies by path; any other path is answered with 404. */
const pages =
  (of: (origin: string) => Readonly<Record<string, Reply>>): Reply =>
  (connection, request) => {
    const host = /\r\nhost: *([^\r]*)/i.exec(request)?.[1] ?? ""
    const path = request.split(" ")[1] ?? ""
    const notFound = HttpServer.json(404, { message: "no such page" })
    const reply = of(`http://${host}`)[path] ?? notFound
    reply(connection, request)
  }

const requestedPaths = (server: RawServer) => server.requests.map((request) => request.split(" ")[1])

const optionsOf = (issuer: string) => ({
  provider: "test/Api",
  issuer,
  allowLoopbackHttp: true,
  deadline: Duration.minutes(10)
})

const openid = "/tenant/.well-known/openid-configuration"
const oauth2 = "/.well-known/oauth-authorization-server/tenant"

const metadata = (origin: string, changes: object = {}): Reply =>
  HttpServer.json(200, { issuer: `${origin}/tenant`, token_endpoint: `${origin}/token`, ...changes })

describe.each(clients)("discovery, by $client", ({ layer }) => {
  const discover = (server: RawServer) => Discovery.discover(optionsOf(`${server.origin}/tenant`))

  it.scopedLive(
    "sends one request to the URL of OpenID Connect Discovery, without credentials and trace headers",
    () =>
      Effect.gen(function* () {
        const server = yield* HttpServer.make(pages((origin) => ({ [openid]: metadata(origin) })))
        expect(yield* discover(server)).toEqual({
          issuer: `${server.origin}/tenant`,
          tokenEndpoint: server.url,
          clientAuthenticationMethods: ["client_secret_basic"]
        })
        expect(server.requests).toHaveLength(1)
        expect(server.requests[0]).toMatch(/^GET /)
        expect(server.requests[0]).toMatch(/\r\naccept: *application\/json\r\n/i)
        expect(server.requests[0]).not.toMatch(/\r\n(authorization|traceparent|b3):/i)
      }).pipe(Effect.withSpan("the caller's span"), Effect.provide(layer))
  )

  it.scopedLive.each([
    ["not found", HttpServer.json(404, {})],
    ["not allowed", HttpServer.answer(405)],
    ["forbidden, as a file store responds", HttpServer.answer(403, {}, "<Error/>")],
    ["gone", HttpServer.answer(410)],
    ["a bad request", HttpServer.json(400, { error: "invalid_request" })],
    [
      "the HTML page that an application returns for every path",
      HttpServer.answer(200, {}, "<!DOCTYPE html>")
    ],
    ["an empty body", HttpServer.answer(200)]
  ] as const)("uses the URL of RFC 8414 if the first response is %s", ([_, reply]) =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(
        pages((origin) => ({ [openid]: reply, [oauth2]: metadata(origin) }))
      )
      expect(yield* discover(server)).toMatchObject({ tokenEndpoint: server.url })
      expect(requestedPaths(server)).toEqual([openid, oauth2])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("S16 rejects the metadata of another issuer, and does not try the other URL", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(
        pages((origin) => ({
          [openid]: metadata(origin, { issuer: "https://evil.example.com/\u001b[31mcanary" }),
          [oauth2]: metadata(origin)
        }))
      )
      const error = yield* Effect.flip(discover(server))
      expect(error).toMatchObject({ _tag: "InvalidTokenResponse", reason: "Metadata", provider: "test/Api" })
      expect(error.message).toContain("https://evil.example.com/ [31mcanary")
      expect(requestedPaths(server)).toEqual([openid])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("S16 compares the issuer in the metadata of RFC 8414's URL, too", () =>
    Effect.gen(function* () {
      const server = yield* HttpServer.make(
        pages((origin) => ({ [oauth2]: metadata(origin, { issuer: origin }) }))
      )
      expect(yield* Effect.flip(discover(server))).toMatchObject({
        _tag: "InvalidTokenResponse",
        reason: "Metadata"
      })
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("fails with a transient NotSent if the connection was refused", () =>
    Effect.gen(function* () {
      const gone = yield* Effect.scoped(HttpServer.make(HttpServer.token))
      expect(yield* Effect.flip(discover(gone))).toMatchObject({
        _tag: "TransientFailure",
        reason: "NotSent"
      })
    }).pipe(Effect.provide(layer))
  )
})

describe("the metadata of an issuer", () => {
  const issuer = "https://login.example.com/tenant"
  const good = { issuer, token_endpoint: "https://token.example.com/token" }

  const discover = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    Effect.provideService(
      Discovery.discover(optionsOf(issuer)),
      HttpClient.HttpClient,
      answeringClient({ status, headers, body: typeof body === "string" ? body : JSON.stringify(body) })
    )

  it.effect.each([
    ["a slash more", `${issuer}/`],
    ["a slash less", "https://login.example.com"],
    ["another case", "https://LOGIN.example.com/tenant"],
    ["the default port", "https://login.example.com:443/tenant"],
    ["a template", "https://login.example.com/{tenantid}"],
    ["being a list", [issuer]],
    ["being missing", undefined]
  ])("S16 is rejected if its issuer differs by %s", ([_, other]) =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(discover(200, { ...good, issuer: other }))).toMatchObject({
        _tag: "InvalidTokenResponse",
        reason: "Metadata"
      })
    })
  )

  it.effect.each([
    "http://token.example.com/token",
    "http://localhost/token",
    "https://user:pass@token.example.com/token",
    "https://token.example.com/token#fragment",
    "https://token.example.com/token?access_token=a",
    "ftp://token.example.com/token",
    "/token",
    "",
    7,
    null,
    undefined,
    ["https://token.example.com/token"]
  ])("S3 is rejected with the token_endpoint %j", (token_endpoint) =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(discover(200, { ...good, token_endpoint }))).toMatchObject({
        _tag: "InvalidTokenResponse",
        reason: "Metadata"
      })
    })
  )

  it.effect.each([
    ["http://127.0.0.1:8080/token", false],
    ["http://127.0.0.1:8080/token", true],
    ["http://[::1]/token", false]
  ] as const)(
    "S3 may have the token_endpoint %s if loopback http is allowed: %s",
    ([token_endpoint, allowLoopbackHttp]) =>
      Effect.gen(function* () {
        const client = answeringClient({
          status: 200,
          headers: {},
          body: JSON.stringify({ issuer, token_endpoint })
        })
        const outcome = yield* Discovery.discover({ ...optionsOf(issuer), allowLoopbackHttp }).pipe(
          Effect.provideService(HttpClient.HttpClient, client),
          Effect.either
        )
        expect(outcome).toMatchObject(
          allowLoopbackHttp
            ? { right: { tokenEndpoint: new URL(token_endpoint) } }
            : { left: { _tag: "InvalidTokenResponse", reason: "Metadata" } }
        )
      })
  )

  it.effect.each([
    [undefined, ["client_secret_basic"]],
    [null, ["client_secret_basic"]],
    ["client_secret_post", ["client_secret_basic"]],
    [
      ["client_secret_post", 7, "private_key_jwt"],
      ["client_secret_post", "private_key_jwt"]
    ],
    [[], []]
  ])("with the authentication methods %j gives %j", ([offered, methods]) =>
    Effect.gen(function* () {
      const metadata = yield* discover(200, { ...good, token_endpoint_auth_methods_supported: offered })
      expect(metadata.clientAuthenticationMethods).toEqual(methods)
    })
  )

  it.effect.each([
    [408, "ServerError"],
    [425, "ServerError"],
    [429, "RateLimited"],
    [500, "ServerError"],
    [503, "ServerError"]
  ] as const)("fails with a transient failure and the server's Retry-After on a %d", ([status, reason]) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000)
      const error = yield* Effect.flip(discover(status, "<!DOCTYPE html>canary", { "retry-after": "7" }))
      expect(error).toMatchObject({ _tag: "TransientFailure", reason, status })
      if (error._tag === "TransientFailure") expect(DateTime.toEpochMillis(error.retryAt)).toBe(8_000)
    })
  )

  it.effect.each(["<!DOCTYPE html>canary", "", "[]", "null", '"canary"', "canary", "{", "canary=1"])(
    "fails with a typed error that does not repeat the body %j, under any other status",
    (body) =>
      Effect.gen(function* () {
        for (const status of [200, 201, 204, 302, 400, 401, 403, 404, 418]) {
          const error = yield* Effect.flip(discover(status, body))
          expect(error).toMatchObject({
            _tag: "InvalidTokenResponse",
            reason: status === 302 ? "Redirect" : "Metadata",
            status
          })
          for (const text of renderings(error)) expect(text).not.toContain("canary")
        }
      })
  )

  it.effect.each([
    "",
    "login.example.com",
    "http://login.example.com",
    "https://a:b@login.example.com",
    "javascript:0"
  ])("fails with InvalidConfiguration for the issuer %j, without a request", (issuer) =>
    Effect.gen(function* () {
      const unusedClient = HttpClient.make(() => Effect.dieMessage("a request was sent"))
      const error = yield* Effect.flip(
        Effect.provideService(Discovery.discover(optionsOf(issuer)), HttpClient.HttpClient, unusedClient)
      )
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", issues: [{ path: "issuer" }] })
    })
  )

  it.effect("is read as metadata or fails with a typed error, whatever the server responds", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(
          FastCheck.integer({ min: 200, max: 599 }),
          FastCheck.oneof(
            FastCheck.string({ unit: "binary" }),
            FastCheck.json(),
            FastCheck.record(
              {
                issuer: FastCheck.oneof(FastCheck.constant(issuer), FastCheck.jsonValue()),
                token_endpoint: FastCheck.oneof(FastCheck.webUrl(), FastCheck.jsonValue()),
                token_endpoint_auth_methods_supported: FastCheck.jsonValue()
              },
              { requiredKeys: [] }
            ).map((members) => JSON.stringify(members))
          ),
          async (status, body) => {
            const outcome = await Effect.runPromise(Effect.either(discover(status, body)))
            if (outcome._tag === "Left") expect(TokenError.isTokenError(outcome.left)).toBe(true)
            else expect(outcome.right.tokenEndpoint.protocol).toBe("https:")
          }
        ),
        { numRuns: cases(100), seed }
      )
    )
  )
})
