import { assert, describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import type { TokenError } from "effect-oauth"
import { AzureAd } from "effect-oauth"
import { Answer, FakeAuthorizationServer } from "effect-oauth/testing"
import { advance, settle } from "../support/clock.js"

const text = (token: { readonly value: Redacted.Redacted }) => Redacted.value(token.value)

const setup = (
  options?: FakeAuthorizationServer.Options,
  policy: AzureAd.Options["policy"] = { attempts: 1 }
) =>
  Effect.gen(function* () {
    const server = yield* FakeAuthorizationServer.make(options)
    const provider = yield* AzureAd.make("app/Graph", {
      tenantId: "a-tenant",
      clientId: "a-client",
      clientSecret: Redacted.make("a-secret"),
      scopes: "https://graph.microsoft.com/.default",
      policy
    }).pipe(Effect.provide(server.layer))
    return { server, provider }
  })

describe("what comes back is the error of the design's table", () => {
  const cases: ReadonlyArray<readonly [string, Answer.Answer, Partial<TokenError.TokenError>]> = [
    ["connectionRefused", Answer.connectionRefused, { _tag: "TransientFailure", reason: "NotSent" }],
    ["connectionReset", Answer.connectionReset, { _tag: "TransientFailure", reason: "NoAnswer" }],
    ["answerLost", Answer.answerLost, { _tag: "TransientFailure", reason: "NoAnswer" }],
    ["brokenBody", Answer.brokenBody, { _tag: "TransientFailure", reason: "NoAnswer" }],
    ["408", Answer.status(408), { _tag: "TransientFailure", reason: "ServerError", status: 408 }],
    ["425", Answer.status(425), { _tag: "TransientFailure", reason: "ServerError", status: 425 }],
    ["429", Answer.status(429), { _tag: "TransientFailure", reason: "RateLimited", status: 429 }],
    ["500", Answer.status(500), { _tag: "TransientFailure", reason: "ServerError", status: 500 }],
    ["503", Answer.status(503), { _tag: "TransientFailure", reason: "ServerError", status: 503 }],
    ["a page of 502", Answer.html(502), { _tag: "TransientFailure", reason: "ServerError", status: 502 }],
    [
      "slow_down",
      Answer.oauthError("slow_down", { status: 400 }),
      { _tag: "TransientFailure", reason: "RateLimited", status: 400 }
    ],
    [
      "temporarily_unavailable under 200",
      Answer.oauthError("temporarily_unavailable", { status: 200 }),
      { _tag: "TransientFailure", reason: "ServerError" }
    ],
    [
      "invalid_client",
      Answer.oauthError("invalid_client"),
      { _tag: "CredentialRejected", reason: "InvalidClient", status: 401, code: "invalid_client" }
    ],
    [
      "invalid_client under 200",
      Answer.oauthError("invalid_client", { status: 200 }),
      { _tag: "CredentialRejected", reason: "InvalidClient", status: 200 }
    ],
    [
      "invalid_scope",
      Answer.oauthError("invalid_scope", { description: "not this one" }),
      { _tag: "CredentialRejected", reason: "InvalidScope", status: 400, description: "not this one" }
    ],
    ["a page of 403", Answer.html(403), { _tag: "CredentialRejected", reason: "Refused", status: 403 }],
    ["an empty 401", Answer.empty(401), { _tag: "CredentialRejected", reason: "InvalidClient", status: 401 }],
    [
      "307",
      Answer.redirect(307, "https://elsewhere.example.com/token"),
      { _tag: "InvalidTokenResponse", reason: "Redirect", status: 307 }
    ],
    [
      "a page of 200",
      Answer.html(200),
      { _tag: "InvalidTokenResponse", reason: "UnknownShape", status: 200 }
    ],
    ["an empty 200", Answer.empty(), { _tag: "InvalidTokenResponse", reason: "UnknownShape" }],
    ["204", Answer.empty(204), { _tag: "InvalidTokenResponse", reason: "UnknownShape", status: 204 }],
    ["2 MiB", Answer.oversized(), { _tag: "InvalidTokenResponse", reason: "TooLarge" }],
    [
      "no access_token",
      Answer.asUsual({ access_token: undefined }),
      { _tag: "InvalidTokenResponse", reason: "NoAccessToken" }
    ],
    [
      "an unknown token type",
      Answer.asUsual({ token_type: "mac" }),
      { _tag: "InvalidTokenResponse", reason: "UnknownTokenType" }
    ],
    [
      "JSON of another shape",
      Answer.json({ data: {} }),
      { _tag: "InvalidTokenResponse", reason: "NoAccessToken" }
    ],
    [
      "a response of one's own",
      Answer.raw({ status: 418, headers: { "content-type": "text/plain" }, body: "short and stout" }),
      { _tag: "CredentialRejected", reason: "Refused", status: 418 }
    ]
  ]

  for (const [name, answer, expected] of cases) {
    it.scoped(name, () =>
      Effect.gen(function* () {
        const { provider, server } = yield* setup()
        yield* server.respondNext(answer)
        expect(yield* Effect.flip(provider.get)).toMatchObject({ provider: "app/Graph", ...expected })
        expect(yield* server.tokenRequestCount).toBe(1)
      })
    )
  }

  it.scoped("a redirect's target gets nothing", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* setup()
      yield* server.respondNext(Answer.redirect(308, "https://elsewhere.example.com/token"))
      yield* Effect.flip(provider.get)
      expect((yield* server.requests).map(({ status, url }) => [status, new URL(url).host])).toEqual([
        [308, "login.microsoftonline.com"]
      ])
    })
  )

  for (const [name, answer] of [
    ["hang", Answer.hang],
    ["stalledBody", Answer.stalledBody],
    ["an answer after the deadline", Answer.delayed("11 seconds", Answer.asUsual())]
  ] as const) {
    it.scoped(`${name} ends with the deadline`, () =>
      Effect.gen(function* () {
        const { provider, server } = yield* setup()
        yield* server.respondNext(answer)
        const waiting = yield* Effect.fork(Effect.flip(provider.get))
        yield* advance("9 seconds", "1 second")
        expect((yield* Fiber.poll(waiting))._tag).toBe("None")
        yield* advance("1 second")
        expect(yield* Fiber.join(waiting)).toMatchObject({ _tag: "TransientFailure", reason: "Timeout" })
      })
    )
  }
})

describe("Retry-After", () => {
  it.scoped("in seconds is when the failure says to try again", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* setup()
      yield* server.respondNext(Answer.status(503, { retryAfter: 30 }))
      const failure = yield* Effect.flip(provider.get)
      assert(failure._tag === "TransientFailure")
      expect(DateTime.toEpochMillis(failure.retryAt)).toBe(30_000)
      yield* TestClock.adjust("29999 millis")
      expect(yield* Effect.flip(provider.get)).toEqual(failure)
      expect(yield* server.tokenRequestCount).toBe(1)
      yield* TestClock.adjust("1 millis")
      expect(text(yield* provider.get)).toBe("access-token-1")
    })
  )

  it.scoped("as a date too", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* setup()
      yield* server.respondNext(Answer.status(429, { retryAfter: "Thu, 01 Jan 1970 00:02:00 GMT" }))
      const failure = yield* Effect.flip(provider.get)
      assert(failure._tag === "TransientFailure")
      expect(DateTime.toEpochMillis(failure.retryAt)).toBe(120_000)
    })
  )
})

describe("answers stand in a row", () => {
  it.scoped("one for each request, then as usual", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* setup({}, { attempts: 3, retryDelay: 0 })
      yield* server.respondNext(Answer.connectionRefused, Answer.status(500))
      yield* server.respondNext(Answer.asUsual({ expires_in: "60" }))
      const token = yield* provider.get
      expect(DateTime.distance(token.issuedAt, token.expiresAt)).toBe(60_000)
      const requests = yield* server.tokenRequests
      expect(requests.map(({ arrived, status }) => [arrived, status])).toEqual([
        [false, undefined],
        [true, 500],
        [true, 200]
      ])
      const next = yield* provider.refresh
      expect(DateTime.distance(next.issuedAt, next.expiresAt)).toBe(3_600_000)
    })
  )

  it.scoped("with delays of their own on top of the server's", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* setup({ delay: "1 second" })
      yield* server.respondNext(Answer.delayed("2 seconds", Answer.asUsual()))
      const waiting = yield* Effect.fork(provider.get)
      yield* settle
      yield* TestClock.adjust("2999 millis")
      yield* settle
      expect((yield* Fiber.poll(waiting))._tag).toBe("None")
      yield* TestClock.adjust("1 millis")
      expect(text(yield* Fiber.join(waiting))).toBe("access-token-1")
    })
  )

  it.scoped("a lost answer's token was issued all the same, a reset one's was not", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* setup({}, { attempts: 3, retryDelay: 0 })
      yield* server.respondNext(Answer.connectionReset, Answer.answerLost)
      expect(text(yield* provider.get)).toBe("access-token-2")
      expect((yield* server.issued).length).toBe(2)
    })
  )
})

describe("a standing answer", () => {
  it.scoped("is given until the server is up again", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* setup({}, { attempts: 1, window: 1, windowMax: 1 })
      yield* server.respondAlways(Answer.status(500))
      for (let turn = 0; turn < 3; turn++) {
        expect(yield* Effect.flip(provider.get)).toMatchObject({ status: 500 })
        yield* TestClock.adjust("1 second")
      }
      yield* server.down
      expect(yield* Effect.flip(provider.get)).toMatchObject({ reason: "NotSent" })
      yield* TestClock.adjust("1 second")
      yield* server.up
      expect(text(yield* provider.get)).toBe("access-token-1")
      expect(yield* server.tokenRequestCount).toBe(5)
    })
  )

  it.scoped("gives way to answers that were put in a row", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* setup()
      yield* server.down
      yield* server.respondNext(Answer.asUsual())
      expect(text(yield* provider.get)).toBe("access-token-1")
      expect(yield* Effect.flip(provider.refresh)).toMatchObject({ reason: "NotSent" })
    })
  )
})
