import * as Headers from "@effect/platform/Headers"
import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberRefs from "effect/FiberRefs"
import * as Inspectable from "effect/Inspectable"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { AccessToken, Grant } from "effect-oauth"
import { inspect } from "node:util"

const tokenWith = (changes: {
  readonly value?: string
  readonly presentation?: AccessToken.Presentation
  readonly expiresAt?: number
}): AccessToken.AccessToken =>
  new AccessToken.AccessToken({
    value: Redacted.make(changes.value ?? "canary-token"),
    presentation: changes.presentation ?? AccessToken.bearer,
    scopes: [],
    issuedAt: DateTime.unsafeMake(0),
    expiresAt: DateTime.unsafeMake(changes.expiresAt ?? 60_000),
    parameters: {}
  })

const apiKey: AccessToken.Presentation = { header: "x-api-key", scheme: undefined }

describe("the header of a token", () => {
  it.each([
    { presentation: AccessToken.bearer, name: "authorization", value: "Bearer canary-token" },
    {
      presentation: { header: "authorization", scheme: "DPoP" },
      name: "authorization",
      value: "DPoP canary-token"
    },
    { presentation: apiKey, name: "x-api-key", value: "canary-token" }
  ])("is $name for $presentation.scheme, in `header` and in `headers`", ({ name, presentation, value }) => {
    const token = tokenWith({ presentation })
    const [headerName, headerValue] = AccessToken.header(token)
    expect([headerName, Redacted.value(headerValue)]).toEqual([name, value])
    const headers = AccessToken.headers(token)
    expect(Object.entries(headers)).toEqual([[name, value]])
    expect(Headers.isHeaders(headers)).toBe(true)
  })

  it("S22 is redacted wherever `headers` is printed, and only there", () => {
    const headers = AccessToken.headers(tokenWith({ presentation: apiKey }))
    const redacted = { "x-api-key": "<redacted>" }
    expect(JSON.stringify(headers)).toBe(JSON.stringify(redacted))
    expect(inspect(headers)).toBe(inspect(redacted))
    expect(Inspectable.withRedactableContext(FiberRefs.empty(), () => Inspectable.redact(headers))).toEqual(
      redacted
    )
    expect(headers["x-api-key"]).toBe("canary-token")
  })

  it("is that of a bearer token where the server names no presentation", () => {
    const value = Redacted.make("canary-token")
    expect(Grant.presentation({ value })).toEqual({ header: "authorization", scheme: "Bearer" })
    expect(Grant.presentation({ value, presentation: apiKey })).toBe(apiKey)
  })
})

describe("the lifetime of a token", () => {
  it("ends at `expiresAt`", () => {
    const token = tokenWith({ expiresAt: 60_000 })
    expect([59_999, 60_000, 60_001].map((now) => AccessToken.isExpiredAt(token, now))).toEqual([
      false,
      true,
      true
    ])
    expect(
      [0, 59_999, 60_000, 90_000].map((now) => Duration.toMillis(AccessToken.remainingAt(token, now)))
    ).toEqual([60_000, 1, 0, 0])
  })

  it.effect("is told by Effect's clock", () =>
    Effect.gen(function* () {
      const token = tokenWith({ expiresAt: 60_000 })
      yield* TestClock.setTime(59_000)
      expect(yield* AccessToken.isExpired(token)).toBe(false)
      expect(yield* AccessToken.remaining(token)).toEqual(Duration.seconds(1))
      yield* TestClock.setTime(60_000)
      expect(yield* AccessToken.isExpired(token)).toBe(true)
      expect(yield* AccessToken.remaining(token)).toEqual(Duration.zero)
    })
  )

  it("does not end for `never`", () => {
    expect(DateTime.toEpochMillis(AccessToken.never)).toBe(8_640_000_000_000_000)
  })
})

it("isSameValue compares the values alone", () => {
  const token = tokenWith({})
  expect(AccessToken.isSameValue(token, token)).toBe(true)
  expect(AccessToken.isSameValue(token, tokenWith({ expiresAt: 1, presentation: apiKey }))).toBe(true)
  expect(AccessToken.isSameValue(token, tokenWith({ value: "another-token" }))).toBe(false)
})

describe("Grant.make", () => {
  const request = () => Effect.succeed({ value: Redacted.make("canary-token") })

  it("takes a grant for safe to repeat unless it says otherwise", () => {
    expect(Grant.make({ name: "vault", request })).toEqual({ name: "vault", request, replay: "safe" })
    expect(Grant.make({ name: "vault", request, replay: "once" }).replay).toBe("once")
  })

  it("keeps the identity, the seed and the grace period", () => {
    const options = {
      name: "vault",
      request,
      identity: "an-identity",
      seed: Redacted.make("a-seed"),
      gracePeriod: Duration.minutes(1)
    }
    expect(Grant.make(options)).toMatchObject(options)
  })
})
