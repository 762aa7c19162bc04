import { describe, expect, it, vi } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as TestClock from "effect/TestClock"
import { ResponseProfile } from "effect-oauth"
import { outcomeOf, plainToken } from "../support/outcome.js"

const epoch = Date.UTC(2030, 0, 1)

const remedy = "ask the user"

const answer = (status: number, body: unknown = "", headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers,
  body: typeof body === "string" ? body : JSON.stringify(body)
})

const urlHint = "the response does not look like a token endpoint's; check the token URL"

const page = "<!DOCTYPE html><title>canary</title>"

/** Runs the effect in a local time zone other than UTC. */
const inNewYork = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Effect.sync(() => vi.stubEnv("TZ", "America/New_York")),
    () => self,
    () => Effect.sync(() => vi.unstubAllEnvs())
  )

type Row = readonly [what: string, answer: ReturnType<typeof answer>, expected: object]

const transient = (reason: "RateLimited" | "ServerError") => ({
  _tag: "TransientFailure",
  reason,
  isRetryable: true
})
const rejected = (reason: string) => ({ _tag: "CredentialRejected", reason, isRetryable: false })
const invalid = (reason: string) => ({ _tag: "InvalidTokenResponse", reason, isRetryable: false })
const reauthorization = {
  _tag: "ReauthorizationRequired",
  reason: "InvalidGrant",
  remedy,
  isRetryable: false
}

const check = (rows: ReadonlyArray<Row>, reading: Parameters<typeof outcomeOf>[1] = {}) => {
  it.effect.each(rows)("%s", ([_, answer, expected]) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(epoch)
      const error = Either.flip(yield* outcomeOf(answer, reading))
      expect(Either.getOrThrow(error)).toMatchObject(expected)
    })
  )
}

describe("the decoder reports a transient failure for", () => {
  check([
    ["408", answer(408), transient("ServerError")],
    ["425", answer(425), transient("ServerError")],
    ["429", answer(429), transient("RateLimited")],
    ...[500, 502, 503, 504, 520, 599].map((status): Row => [
      String(status),
      answer(status),
      { ...transient("ServerError"), status }
    ]),
    ["503 with a page", answer(503, page), { ...transient("ServerError"), status: 503 }],
    ["429 with invalid_client", answer(429, { error: "invalid_client" }), transient("RateLimited")],
    ["500 with invalid_grant", answer(500, { error: "invalid_grant" }), transient("ServerError")],
    ["503 with a token", answer(503, { access_token: "a-token" }), transient("ServerError")],
    ["429 with an error in its own words", answer(429, { errorCode: "E0000047" }), transient("RateLimited")],
    ...["temporarily_unavailable", "server_error", "Temporarily_Unavailable", " server_error "].flatMap(
      (error) =>
        [200, 302, 400, 401, 403].map((status): Row => [
          `${status} with ${error}`,
          answer(status, { error }),
          { ...transient("ServerError"), status }
        ])
    ),
    ...[200, 302, 400, 403].map((status): Row => [
      `${status} with slow_down`,
      answer(status, { error: "slow_down" }),
      { ...transient("RateLimited"), status }
    ]),
    [
      "200 with temporarily_unavailable and a token",
      answer(200, { error: "temporarily_unavailable", access_token: "a-token" }),
      transient("ServerError")
    ],
    [
      "503 with an error code, which becomes the description",
      answer(503, { error: "overloaded" }),
      { ...transient("ServerError"), description: "overloaded" }
    ],
    [
      "503 with an error code and a description, which is kept",
      answer(503, { error: "overloaded", error_description: "too many cooks" }),
      { ...transient("ServerError"), description: "too many cooks" }
    ]
  ])
})

describe("the decoder reports, for the request of a user's grant,", () => {
  check(
    [
      [
        "400 invalid_grant",
        answer(400, { error: "invalid_grant" }),
        { ...reauthorization, code: "invalid_grant" }
      ],
      ["200 invalid_grant", answer(200, { error: "invalid_grant" }), reauthorization],
      [
        "401 invalid_grant",
        answer(401, { error: "INVALID_GRANT" }),
        { ...reauthorization, code: "INVALID_GRANT" }
      ],
      [
        "invalid_grant with a token",
        answer(200, { error: "invalid_grant", access_token: "a-token" }),
        reauthorization
      ],
      [
        "429 invalid_grant as a rate limit, since the status takes precedence",
        answer(429, { error: "invalid_grant" }),
        transient("RateLimited")
      ],
      [
        "400 invalid_client as a rejected client",
        answer(400, { error: "invalid_client" }),
        rejected("InvalidClient")
      ],
      ["400 without a code as a rejected credential", answer(400, page), rejected("Refused")]
    ],
    { remedy }
  )
  check(
    [
      [
        "400 with the server's own code for invalid_grant, which the profile maps",
        answer(400, { error: "token_gone" }),
        { ...reauthorization, code: "token_gone" }
      ]
    ],
    { remedy, profile: ResponseProfile.make({ errorCodes: { token_gone: "invalid_grant" } }) }
  )
})

describe("the decoder reports a rejected credential for", () => {
  const codes = {
    invalid_client: "InvalidClient",
    unauthorized_client: "InvalidClient",
    invalid_grant: "InvalidGrant",
    invalid_scope: "InvalidScope",
    invalid_target: "InvalidScope",
    invalid_request: "InvalidRequest",
    unsupported_grant_type: "InvalidRequest",
    access_denied: "Refused",
    use_dpop_nonce: "Refused",
    anything_else: "Refused",
    constructor: "Refused",
    __proto__: "Refused"
  }
  check([
    ...Object.entries(codes).flatMap(([code, reason]) =>
      [200, 302, 400, 403, 404].map((status): Row => [
        `${status} ${code}`,
        answer(status, { error: code, error_description: "because" }),
        {
          ...rejected(reason),
          status,
          code,
          // a standard error code comes from a token endpoint
          description:
            status === 404 && reason === "Refused" ? `${urlHint}. The server says: because` : "because"
        }
      ])
    ),
    [
      "401 access_denied, with the client as the reason",
      answer(401, { error: "access_denied" }),
      rejected("InvalidClient")
    ],
    ...[400, 402, 403, 404, 405, 406, 407, 409, 410, 413, 415, 418, 422, 451, 499].map((status): Row => [
      `${status} with a page`,
      answer(status, page),
      { ...rejected("Refused"), status }
    ]),
    ...[404, 405, 410].flatMap((status) =>
      ["", "not found", "{}", page].map((body): Row => [
        `${status} with ${JSON.stringify(body)}, with a hint at the URL`,
        answer(status, body),
        { ...rejected("Refused"), description: urlHint }
      ])
    ),
    ...[400, 401, 403, 422].flatMap((status) =>
      [page, `\ufeff \r\n${page}`, "<Error><Code>AccessDenied</Code></Error>"].map((body): Row => [
        `${status} with ${JSON.stringify(body)}, with a hint at the URL`,
        answer(status, body),
        { ...rejected(status === 401 ? "InvalidClient" : "Refused"), description: urlHint }
      ])
    ),
    [
      "404 with a standard code, without a hint at the URL",
      answer(404, { error: "invalid_client", error_description: "because" }),
      { ...rejected("InvalidClient"), code: "invalid_client", description: "because" }
    ],
    ["401 with a page", answer(401, page), { ...rejected("InvalidClient"), status: 401 }],
    ["400 with a token", answer(400, { access_token: "a-token" }), rejected("Refused")],
    ["400 with JSON that is no object", answer(400, "[1,2]"), rejected("Refused")],
    [
      "200 with an error and a token",
      answer(200, { error: "x", access_token: "a-token" }),
      rejected("Refused")
    ],
    [
      "200 with error: true",
      answer(200, { error: true, message: "no" }),
      { ...rejected("Refused"), description: "no" }
    ],
    [
      "200 with an error that is an object",
      answer(200, { error: { code: 401, status: "UNAUTHENTICATED", message: "no" } }),
      { ...rejected("Refused"), code: "UNAUTHENTICATED", description: "no" }
    ],
    [
      "200 with an error in another format, and no token",
      answer(200, { errorCode: "invalid_client", errorSummary: "no", access_token: null }),
      { ...rejected("InvalidClient"), code: "invalid_client", description: "no" }
    ],
    [
      "200 with a fault",
      answer(200, { fault: { faultstring: "no", detail: { errorcode: "a.b.c" } } }),
      { ...rejected("Refused"), code: "a.b.c", description: "no" }
    ]
  ])
})

describe("the error of a token URL that may be wrong", () => {
  it.effect.each([
    [404, "", "Refused (status 404)", ""],
    [405, "Method Not Allowed", "Refused (status 405)", ""],
    [410, page, "Refused (status 410)", ""],
    [403, page, "Refused (status 403)", ""],
    [401, page, "InvalidClient (status 401)", ""],
    // how gateways and frameworks report an unknown path
    [404, { message: "no Route matched" }, "Refused (status 404)", ". The server says: no Route matched"],
    [404, { status: 404, error: "Not Found", path: "/tokn" }, "Not Found (status 404)", ""]
  ] as const)("says in its first line to check the URL after a %d with %j", ([status, body, refusal, said]) =>
    Effect.gen(function* () {
      const error = Either.getOrThrow(Either.flip(yield* outcomeOf(answer(status, body))))
      expect(error.message).toBe(`test/Api: the credential was rejected: ${refusal}: ${urlHint}${said}`)
    })
  )

  it.effect("is short, however long the server's text is", () =>
    Effect.gen(function* () {
      const body = { message: "\u{1f511}".repeat(1000) }
      const error = Either.getOrThrow(Either.flip(yield* outcomeOf(answer(404, body))))
      expect(error).toMatchObject({ description: expect.stringContaining(urlHint) as string })
      expect(error.message.length).toBeLessThan(400)
      expect(error.message).not.toMatch(/\p{Cs}/u)
    })
  )

  it.effect.each([
    [400, ""],
    [400, "bad request"],
    [401, ""],
    [403, "{}"],
    [401, JSON.stringify({ message: "<b>no</b>" })]
  ] as const)(
    "does not mention the URL after a %d with %j, since a credential may be rejected so",
    ([status, body]) =>
      Effect.gen(function* () {
        const error = Either.getOrThrow(Either.flip(yield* outcomeOf(answer(status, body))))
        expect(error._tag).toBe("CredentialRejected")
        expect(error.message).not.toContain("URL")
      })
  )
})

describe("the decoder reports an invalid response for", () => {
  check([
    ...[300, 301, 302, 303, 304, 307, 308].map((status): Row => [
      `a ${status}`,
      answer(status, "", { location: "https://b.example" }),
      invalid("Redirect")
    ]),
    ["a 302 with a token", answer(302, { access_token: "a-token" }), invalid("Redirect")],
    ["200 with a page", answer(200, page), invalid("UnknownShape")],
    ["200 without a body", answer(200), invalid("UnknownShape")],
    ["204", answer(204), invalid("UnknownShape")],
    ["200 with a list", answer(200, [{ access_token: "a-token" }]), invalid("UnknownShape")],
    ["200 with a text", answer(200, '"a-token"'), invalid("UnknownShape")],
    ["200 with null", answer(200, "null"), invalid("UnknownShape")],
    ["200 with JSON that breaks off", answer(200, '{"access_token":"a-tok'), invalid("UnknownShape")],
    [
      "200 with a form that contains HTML",
      answer(200, "access_token=<b>a-token</b>"),
      invalid("UnknownShape")
    ],
    ["an object without a token", answer(200, { token_type: "Bearer" }), invalid("NoAccessToken")],
    ["an object with ok: false and no token", answer(200, { ok: false }), invalid("NoAccessToken")],
    ["200 with a status text and no token", answer(200, { status: "active" }), invalid("NoAccessToken")],
    ["a form without a token", answer(200, "a=b"), invalid("NoAccessToken")],
    ["a token of null", answer(200, { access_token: null }), invalid("NoAccessToken")],
    ["an empty token", answer(200, { access_token: "" }), invalid("NoAccessToken")],
    ["a token of spaces", answer(200, { access_token: "  " }), invalid("NoAccessToken")],
    ["a token that is a number", answer(200, { access_token: 7 }), invalid("MalformedToken")],
    ["a token that is an object", answer(200, { access_token: { value: "a" } }), invalid("MalformedToken")],
    [
      "a token with a line break",
      answer(200, { access_token: "a\r\nX-Injected: b" }),
      invalid("MalformedToken")
    ],
    ["a token with a space", answer(200, { access_token: "Bearer a" }), invalid("MalformedToken")],
    ["a token outside of ASCII", answer(200, { access_token: "tökén" }), invalid("MalformedToken")],
    ["a token with a NUL", answer(200, { access_token: "a\0" }), invalid("MalformedToken")]
  ])

  it.effect(
    "reads a token at the path of its profile, and its lifetime, scopes and refresh token next to it",
    () =>
      Effect.gen(function* () {
        const profile = ResponseProfile.make({
          accessToken: "data.accessToken",
          expiresIn: "expiresIn",
          refreshToken: "refreshToken"
        })
        const data = {
          accessToken: "a-token",
          expiresIn: 60,
          refreshToken: "b-token",
          scope: "a b",
          refresh_in: 30
        }
        const body = { expires_in: 7, scope: "c", data }
        const issued = Either.getOrThrow(yield* outcomeOf(answer(200, body), { profile }))
        expect(plainToken(issued)).toEqual({
          _tag: "Token",
          value: "a-token",
          expiresIn: 60,
          refreshIn: 30,
          scopes: ["a", "b"],
          refreshToken: "b-token"
        })
      })
  )

  it.effect(
    "keeps the strings, numbers and booleans that its profile names, as strings, and nothing else",
    () =>
      Effect.gen(function* () {
        const members = {
          text: "a text",
          number: 7.5,
          yes: true,
          no: false,
          nothing: null,
          list: ["a"],
          object: {}
        }
        const profile = ResponseProfile.make({ keep: [...Object.keys(members), "absent"] })
        const body = answer(200, { access_token: "a-token", ...members, other: "not named" })
        const issued = Either.getOrThrow(yield* outcomeOf(body, { profile }))
        expect(issued.parameters).toEqual({ text: "a text", number: "7.5", yes: "true", no: "false" })
      })
  )

  it.effect("does not read inherited properties of an object as members of the response", () =>
    Effect.gen(function* () {
      const inherited = ["constructor.name", "__proto__", "toString", "hasOwnProperty.name"]
      const body = answer(200, { access_token: "a-token" })
      const keeping = ResponseProfile.make({ keep: inherited, errorCode: inherited })
      const issued = Either.getOrThrow(yield* outcomeOf(body, { profile: keeping }))
      expect(plainToken(issued)).toEqual({ _tag: "Token", value: "a-token", parameters: {} })
      const profile = ResponseProfile.make({ accessToken: "constructor.name" })
      const error = Either.getOrThrow(Either.flip(yield* outcomeOf(body, { profile })))
      expect(error).toMatchObject(invalid("NoAccessToken"))
    })
  )
})

describe("the Retry-After header", () => {
  const now = "Tue, 01 Jan 2030 00:00:00 GMT"
  const asks: ReadonlyArray<
    readonly [retryAfter: string | undefined, date: string | undefined, seconds: number]
  > = [
    [undefined, undefined, 0],
    ["30", undefined, 30],
    [" 30 ", undefined, 30],
    ["0", undefined, 0],
    ["1.5", undefined, 1.5],
    ["1.25", undefined, 1.25],
    ["1.", undefined, 0],
    ["30, 60", undefined, 30],
    ["99999999999", undefined, 99_999_999_999],
    ["9".repeat(400), undefined, (8.64e15 - epoch) / 1000],
    ["-30", undefined, 0],
    ["+30", undefined, 0],
    ["1e3", undefined, 0],
    ["0x10", undefined, 0],
    ["30s", undefined, 0],
    ["soon", undefined, 0],
    ["", undefined, 0],
    ["Tue, 01 Jan 2030 00:01:00 GMT", undefined, 60],
    ["Tuesday, 01-Jan-30 00:01:00 GMT", undefined, 60],
    ["Tue Jan  1 00:01:00 2030", undefined, 60],
    ["2030-01-01T00:01:00Z", undefined, 60],
    ["2030-01-01T01:01:00+01:00", undefined, 60],
    ["Mon, 31 Dec 2029 23:59:00 GMT", undefined, 0],
    ["Tue, 99 Foo 2030 00:01:00 GMT", undefined, 0],
    ["12/31/2030", undefined, 0],
    ["at Tue, 01 Jan 2030 00:01:00 GMT", undefined, 0],
    ["at 2030-01-01T00:01:00Z", undefined, 0],
    ["2031", undefined, 2031],
    ["Tue, 01 Jan 2030 00:01:00 GMT", now, 60],
    // a server whose clock is an hour ahead, or behind
    ["Tue, 01 Jan 2030 01:01:00 GMT", "Tue, 01 Jan 2030 01:00:00 GMT", 60],
    ["Mon, 31 Dec 2029 23:01:00 GMT", "Mon, 31 Dec 2029 23:00:00 GMT", 60],
    ["30", "Tue, 01 Jan 2030 01:00:00 GMT", 30],
    ["Tue, 01 Jan 2030 00:01:00 GMT", "garbage", 60]
  ]

  it.effect("is read as UTC if its date has no zone, whatever the local time zone", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(epoch)
      const headers = { "retry-after": "Tue Jan  1 00:01:00 2030" }
      const error = Either.getOrThrow(Either.flip(yield* outcomeOf(answer(503, page, headers))))
      if (error._tag !== "TransientFailure") return expect.unreachable()
      expect((DateTime.toEpochMillis(error.retryAt) - epoch) / 1000).toBe(60)
    }).pipe(inNewYork)
  )

  it.effect.each(asks)(
    "%s with Date: %s sets retryAt to %d seconds from now",
    ([retryAfter, date, seconds]) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(epoch)
        const headers = {
          ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
          ...(date === undefined ? {} : { date })
        }
        for (const of of [answer(503, page, headers), answer(400, { error: "slow_down" }, headers)]) {
          const error = Either.getOrThrow(Either.flip(yield* outcomeOf(of)))
          if (error._tag !== "TransientFailure") return expect.unreachable()
          expect((DateTime.toEpochMillis(error.retryAt) - epoch) / 1000).toBeCloseTo(seconds, 3)
        }
      })
  )
})
