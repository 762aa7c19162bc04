import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import type { TokenError } from "effect-oauth"
import { ClientAuthentication, ResponseProfile } from "effect-oauth"
import { sanitize } from "../../src/wire/sanitize.js"
import { cases, seed } from "../support/cases.js"
import { clientId, clientSecret } from "../support/exchange.js"
import { outcomeOf } from "../support/outcome.js"
import { renderings } from "../support/renderings.js"

/** Control characters, line breaks, bidirectional overrides, invisible characters and lone surrogates. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u034f\u115f\u3164\ufe00-\ufe0f]/u

const failureOf = (
  status: number,
  body: unknown,
  reading?: Parameters<typeof outcomeOf>[1]
): Effect.Effect<TokenError.TokenError> =>
  Effect.map(
    outcomeOf({ status, headers: {}, body: typeof body === "string" ? body : JSON.stringify(body) }, reading),
    (outcome) => Either.getOrThrow(Either.flip(outcome))
  )

/** Checks every rendering of an error; line breaks and tabs that the printer adds are allowed. */
const expectClean = (error: TokenError.TokenError) => {
  expect(error.message).not.toMatch(unprintable)
  expect(error.message.length).toBeLessThan(1000)
  for (const text of renderings(error)) {
    expect(text).not.toContain("canary")
    expect(text.replace(/[\n\t]/g, "")).not.toMatch(unprintable)
  }
}

describe("S20 an error response", () => {
  it.effect.each([200, 201, 302, 400, 401, 500])("S20 is a failure under status %d", (status) =>
    Effect.gen(function* () {
      const error = yield* failureOf(status, { error: "unheard_of", access_token: "canary-token" })
      expect(error._tag).toBe(status === 500 ? "TransientFailure" : "CredentialRejected")
      expectClean(error)
    })
  )

  it.effect("S20 is not recognized by a blank error member next to a token", () =>
    Effect.gen(function* () {
      for (const error of ["", " ", null, false, 0, [], {}]) {
        const body = JSON.stringify({ access_token: "a-token", error })
        expect(Either.isRight(yield* outcomeOf({ status: 200, headers: {}, body }))).toBe(true)
      }
    })
  )

  it.effect.each([200, 302, 400, 401, 403, 404, 429, 500, 502, 503])(
    "S20 that is a page under status %d gives a typed error that does not repeat the page",
    (status) =>
      Effect.gen(function* () {
        const pages = [
          "<!DOCTYPE html><title>canary</title><p>error=canary</p>",
          '<html><body>{"error":"canary","error_description":"canary"}</body></html>',
          "\ufeff \r\n<?xml version='1.0'?><error>canary</error>",
          "canary",
          "canary: canary\r\n\r\ncanary",
          "canary=<html>error=canary</html>",
          "page=<b>canary</b>&error=canary&error_description=canary"
        ]
        for (const page of pages) {
          const error = yield* failureOf(status, page)
          expect(error).not.toHaveProperty("code")
          expectClean(error)
        }
      })
  )
})

const hostile: ReadonlyArray<readonly [what: string, text: string, cleaned: string]> = [
  ["line breaks", "a\r\nb\nc\rd", "a b c d"],
  ["line breaks of Unicode", "a\u2028b\u2029c\u0085d", "a b c d"],
  ["a forged line of a log", "no\r\n2030-01-01 INFO all is well", "no 2030-01-01 INFO all is well"],
  ["escapes of a terminal", "\x1b[31mred\x1b[0m\x1b]0;title\x07", "[31mred [0m ]0;title"],
  ["escapes of eight bits", "\x9b31mred", "31mred"],
  ["a NUL, a backspace, a tab", "a\0b\bc\td", "a b c d"],
  ["overrides of direction", "\u202egnp.exe\u2066x\u2069", "gnp.exe x"],
  ["marks of direction", "a\u200e\u200fb\u061cc", "a b c"],
  ["invisible letters", "a\u200b\u2060\ufeff\u00adb", "a b"],
  ["tags", "a\u{e0041}\u{e0042}b", "a b"],
  ["a lone surrogate", "a\ud800b\udc00", "a b"],
  ["other languages", "Ungültig: ключ 鍵 \u{1f511}", "Ungültig: ключ 鍵 \u{1f511}"]
]

describe("S21 a server's error text", () => {
  it.effect.each(hostile)("S21 loses %s", ([_, text, cleaned]) =>
    Effect.gen(function* () {
      const error = yield* failureOf(400, { error: text, error_description: text })
      expect(error).toMatchObject({ code: cleaned, description: cleaned })
      expectClean(error)
    })
  )

  it.effect("S21 is truncated, a code to 100 characters and a description to 300", () =>
    Effect.gen(function* () {
      const text = "a".repeat(100_000)
      const error = yield* failureOf(400, { error: text, error_description: text })
      expect(error).toMatchObject({ code: `${"a".repeat(100)}…`, description: `${"a".repeat(300)}…` })
      expectClean(error)
    })
  )

  it.effect("S21 is not truncated in the middle of a surrogate pair", () =>
    Effect.gen(function* () {
      const error = yield* failureOf(400, { error: `a${"\u{1f511}".repeat(200)}` })
      expect(error).toMatchObject({ code: `a${"\u{1f511}".repeat(49)}…` })
    })
  )

  it.effect("S21 is examined only at its beginning, however long it is", () =>
    Effect.gen(function* () {
      const error = yield* failureOf(400, {
        error: "no",
        error_description: `${"\n".repeat(10_000)}far away`
      })
      expect(error).toMatchObject({ code: "no" })
      expect(error).not.toHaveProperty("description")
    })
  )

  it.effect("S21 is left out of the error if nothing of it remains", () =>
    Effect.gen(function* () {
      const error = yield* failureOf(400, { error: "\0\x1b", error_description: "\u200b\u202e" })
      expect(error).not.toHaveProperty("code")
      expect(error).not.toHaveProperty("description")
      expect(error.message).toBe("test/Api: the credential was rejected: Refused (status 400)")
    })
  )
})

const interspersed = (text: string, between: string) => [...text].join(between)

const basicPair = Buffer.from(
  [clientId, clientSecret].map((text) => new URLSearchParams({ "": text }).toString().slice(1)).join(":")
).toString("base64")

const jsonEscaped = JSON.stringify(clientSecret).slice(1, -1)

const asciiEscaped = jsonEscaped.replace(/[^ -~]/g, (unit) => `\\u00${unit.charCodeAt(0).toString(16)}`)

const echoes: ReadonlyArray<readonly [how: string, echo: string]> = [
  ["as it is", clientSecret],
  ["percent-encoded", encodeURIComponent(clientSecret)],
  [
    "percent-encoded in lower case",
    encodeURIComponent(clientSecret).replace(/%../g, (octet) => octet.toLowerCase())
  ],
  ["form-encoded", new URLSearchParams({ client_secret: clientSecret }).toString()],
  ["escaped for JSON", jsonEscaped],
  ["escaped for JSON with its slashes", jsonEscaped.replaceAll("/", "\\/")],
  ["escaped for JSON in ASCII", asciiEscaped],
  [
    "escaped for HTML",
    clientSecret.replace(
      /[&<>"']/g,
      (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] ?? "&#39;"
    )
  ],
  ["in base64", Buffer.from(clientSecret).toString("base64")],
  ["in base64 for URLs", Buffer.from(clientSecret).toString("base64url")],
  ["as the Basic pair", `Basic ${basicPair}`],
  ["as the Basic pair, percent-encoded", encodeURIComponent(basicPair)],
  ["with line breaks in it", interspersed(clientSecret, "\r\n")],
  ["with NULs in it", interspersed(clientSecret, "\0")],
  ["with invisible letters in it", interspersed(clientSecret, "\u200b")],
  ["with overrides of direction in it", interspersed(clientSecret, "\u202e\u202d")],
  ["with one line break in it", clientSecret.replace("canary-tail", "canary\n-tail")],
  ["twice", `${clientSecret} and ${clientSecret}`],
  ["twice and on end", clientSecret + clientSecret],
  ["the refresh token", "canary-refresh-token"]
]

/** Texts that contain the echo at different positions. */
const places = (echo: string): ReadonlyArray<string> => [
  echo,
  `the request was ${echo}, which is wrong`,
  `${"x".repeat(280)}${echo}`,
  // across the end of the examined part, for a code and for a description
  `${"\n".repeat(8_100)}${"x".repeat(50)}${echo}${"y".repeat(100_000)}`,
  `${"\n".repeat(8_300)}${"x".repeat(150)}${echo}${"y".repeat(100_000)}`,
  echo.repeat(1000)
]

/** Parts of the secret in each encoding, too long to occur by chance. */
const traces = [
  clientSecret,
  encodeURIComponent(clientSecret),
  Buffer.from(clientSecret).toString("base64"),
  basicPair,
  "canary-refresh-token"
].flatMap((spelling) => [spelling.slice(0, 8), spelling.replace(/=+$/, "").slice(-8)])

/** Removes the characters that may be interspersed in a secret. */
const squeezed = (text: string) => text.replace(/[\s\p{Cc}\p{Cf}]/gu, "")

describe("S21 an error", () => {
  it.effect.each(echoes)(
    "S21 does not show a secret that the server echoes %s, wherever in the text",
    ([_, echo]) =>
      Effect.gen(function* () {
        for (const text of places(echo)) {
          for (const body of [
            { error: text, error_description: text },
            { errorCode: text, errorSummary: text },
            { error: { message: text, status: text } },
            `error=${encodeURIComponent(text)}&error_description=${encodeURIComponent(text)}`
          ]) {
            for (const status of [200, 400, 503]) {
              const rendered = squeezed(renderings(yield* failureOf(status, body)).join("\n"))
              expect(traces.filter((trace) => rendered.includes(trace))).toEqual([])
            }
          }
        }
      })
  )

  it.effect("S21 does not show the tokens that are members of the error response", () =>
    Effect.gen(function* () {
      const tokens = {
        access_token: "canary-access",
        refresh_token: "canary-refresh",
        id_token: "canary-identity",
        client_secret: "canary-secret",
        authed_user: { access_token: "canary-user" }
      }
      const error_description = `they are ${JSON.stringify(tokens)}`
      expectClean(yield* failureOf(400, { error: "invalid_grant", error_description, ...tokens }))
    })
  )

  it.effect("S21 redacts an answer's token of 8 characters in its error text, and none of 7", () =>
    Effect.gen(function* () {
      for (const name of ["access_token", "refresh_token", "id_token", "client_secret", "device_code"]) {
        const descriptionFor = (value: string) =>
          failureOf(400, { error: "invalid_request", error_description: `not ${value}.`, [name]: value })
        expect(yield* descriptionFor("12345678")).toMatchObject({ description: "not <redacted>." })
        expect(yield* descriptionFor("1234567")).toMatchObject({ description: "not 1234567." })
        expect(yield* descriptionFor("t")).toMatchObject({ description: "not t." })
      }
    })
  )

  it.effect("S21 redacts a token one level below the top, however many members stand before it", () =>
    Effect.gen(function* () {
      const scalars = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`member_${n}`, n]))
      const error = yield* failureOf(400, {
        error: "invalid_request",
        error_description: "the token was canary-user",
        ...scalars,
        authed_user: { access_token: "canary-user" }
      })
      expect(error).toMatchObject({ description: "the token was <redacted>" })
    })
  )

  it.effect("S21 redacts the secret of a client that sends it in the body", () =>
    Effect.gen(function* () {
      const clientAuthentication = ClientAuthentication.post(clientId, Redacted.make("a-secret-of-post"))
      const body = { error: "invalid_client", error_description: "a-secret-of-post is wrong" }
      expect(yield* failureOf(400, body, { clientAuthentication })).toMatchObject({
        description: "<redacted> is wrong"
      })
    })
  )

  it.effect("S21 redacts nothing for a public client, which has no secret", () =>
    Effect.gen(function* () {
      const clientAuthentication = ClientAuthentication.none(clientId)
      const body = { error: "invalid_client", error_description: `${clientId} is no public client` }
      expect(yield* failureOf(400, body, { clientAuthentication })).toMatchObject({
        code: "invalid_client",
        description: `${clientId} is no public client`
      })
      expect(ClientAuthentication.apply(clientAuthentication)).toEqual({
        parameters: { client_id: clientId },
        authorization: undefined,
        secrets: []
      })
    })
  )

  it.effect("S21 secrets are redacted from the scopes and from the members that a token keeps", () =>
    Effect.gen(function* () {
      const keeping = ResponseProfile.make({ keep: ["instance_url", "authed_user.id"] })
      for (const [, echo] of echoes) {
        const text = `{"client_secret":"${echo}"}`
        for (const scope of [text, `a,${text}`, `a ${text} b`, [text], ["a", ...text.split(",")]]) {
          const body = { access_token: "a-token", scope, instance_url: text, authed_user: { id: text } }
          const answer = { status: 200, headers: {}, body: JSON.stringify(body) }
          const { parameters, scopes } = Either.getOrThrow(yield* outcomeOf(answer, { profile: keeping }))
          const shown = squeezed(JSON.stringify([scopes, parameters]))
          expect(traces.filter((trace) => shown.includes(trace))).toEqual([])
        }
      }
    })
  )

  it.effect("S21 a long list of scopes is truncated, and the scopes that remain are whole", () =>
    Effect.gen(function* () {
      const all = Array.from({ length: 20_000 }, (_, n) => `scope-${n}`)
      for (const [count, size] of [
        [20_000, 2_000],
        [5_000, 100_000]
      ] as const) {
        const scopes = all.slice(0, count)
        for (const scope of [scopes, scopes.join(" "), scopes.join(",")]) {
          const body = JSON.stringify({ access_token: "a".repeat(size), scope })
          const issued = Either.getOrThrow(yield* outcomeOf({ status: 200, headers: {}, body }))
          expect(issued.scopes).toEqual(scopes.slice(0, issued.scopes?.length))
          expect(issued.scopes?.length).toBeGreaterThan(1000)
        }
      }
    })
  )

  it("S21 sanitize leaves no encoding of a secret in a text, whatever surrounds it", () => {
    const secret = FastCheck.oneof(
      FastCheck.string({ unit: "grapheme", minLength: 8, maxLength: 60 }),
      FastCheck.string({ unit: "binary", minLength: 8, maxLength: 60 }),
      FastCheck.base64String({ minLength: 8, maxLength: 60 })
    )
    const around = FastCheck.string({ unit: "binary", maxLength: 50 })
    const spelled = FastCheck.constantFrom(
      (secret: string) => secret,
      (secret: string) => encodeURIComponent(secret),
      (secret: string) => new URLSearchParams({ "": secret }).toString().slice(1),
      (secret: string) => JSON.stringify(secret).slice(1, -1),
      (secret: string) => Buffer.from(secret).toString("base64").replace(/=+$/, ""),
      (secret: string) => interspersed(secret, "\n")
    )
    FastCheck.assert(
      FastCheck.property(secret, around, around, spelled, (secret, before, after, spelled) => {
        const sanitized = sanitize(before + spelled(secret) + after, [Redacted.make(secret)], 300)
        expect(sanitized).not.toMatch(unprintable)
        expect(sanitized.length).toBeLessThanOrEqual(301)
        const rest = secret.replace(new RegExp(unprintable, "gu"), "")
        if (rest.length >= 8) expect(sanitized).not.toContain(rest)
      }),
      { numRuns: cases(1_000), seed }
    )
  })

  it("S21 sanitize redacts the base64 pair of a Basic header, with form-encoded and with raw credentials", () => {
    for (const encoding of ["form", "raw"] as const) {
      const basic = ClientAuthentication.basic(clientId, Redacted.make(clientSecret), encoding)
      const { authorization, secrets } = ClientAuthentication.apply(basic)
      const echo = `you sent ${Redacted.value(authorization!)}`
      expect(sanitize(echo, secrets, 300)).toBe("you sent Basic <redacted>")
    }
  })
})
