import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { AccessToken, StaticToken, TokenProvider } from "effect-oauth"
import { staticGrant } from "../../src/provider/internal/staticGrant.js"

const headersOf = (value: string, options: Omit<StaticToken.Options, "value"> = {}) =>
  Effect.flatMap(StaticToken.make("app/Key", { value: Redacted.make(value), ...options }), ({ headers }) =>
    Effect.map(headers, (headers) => ({ ...headers }))
  )

const issuesOf = (value: string, options: Omit<StaticToken.Options, "value"> = {}) =>
  Effect.map(Effect.flip(headersOf(value, options)), (error) => {
    expect(error).toMatchObject({ _tag: "InvalidConfiguration", provider: "app/Key" })
    if (value !== "") expect(error.message).not.toContain(value)
    return error._tag === "InvalidConfiguration" ? error.issues.map(({ path }) => path) : []
  })

describe("StaticToken", () => {
  it.scoped("is a bearer token, unless it says otherwise", () =>
    Effect.gen(function* () {
      expect(yield* headersOf("a.b-c_d~e+f/g==")).toEqual({ authorization: "Bearer a.b-c_d~e+f/g==" })
      expect(yield* headersOf("key", { header: "Authorization" })).toEqual({ authorization: "Bearer key" })
      expect(yield* headersOf("key", { header: "X-Api-Key" })).toEqual({ "x-api-key": "key" })
      expect(yield* headersOf("key", { scheme: "ApiKey" })).toEqual({ authorization: "ApiKey key" })
      expect(yield* headersOf("key", { scheme: "" })).toEqual({ authorization: "key" })
      expect(yield* headersOf("key", { header: "x-auth", scheme: "Token" })).toEqual({
        "x-auth": "Token key"
      })
      expect(yield* headersOf('token="a b"', { scheme: "Token" })).toEqual({
        authorization: 'Token token="a b"'
      })
    })
  )

  it.scoped("never expires, and is never due", () =>
    Effect.gen(function* () {
      const provider = yield* StaticToken.make("app/Key", {
        value: Redacted.make("key"),
        origins: ["https://api.example.com"]
      })
      expect(provider.origins).toEqual(["https://api.example.com"])
      const token = yield* provider.get
      expect(token.expiresAt).toEqual(AccessToken.never)
      yield* TestClock.adjust("36500 days")
      expect(yield* provider.get).toBe(token)
      const status = yield* provider.status
      expect(status).toMatchObject({ state: "Fresh", isConfigured: true, provider: "app/Key" })
      expect(Option.map(status.expiresAt, DateTime.toEpochMillis)).toEqual(Option.some(8.64e15))
    })
  )

  it.scoped("stays the same when it is invalidated or refreshed", () =>
    Effect.gen(function* () {
      const provider = yield* StaticToken.make("app/Key", { value: Redacted.make("key") })
      const token = yield* provider.get
      expect(yield* provider.invalidate(token)).toBe("Invalidated")
      expect(AccessToken.isSameValue(yield* provider.get, token)).toBe(true)
      expect(yield* provider.invalidate(yield* provider.get)).toBe("Guarded")
      expect(AccessToken.isSameValue(yield* provider.refresh, token)).toBe(true)
    })
  )

  it.scoped.each(["a b", "a\nb", "a\r\nx-other: b", "key\n", " key", "ké", "a\u0000b", "Bearer key"])(
    "no value of a bearer token: %j",
    (value) => Effect.map(issuesOf(value), (paths) => expect(paths).toEqual(["value"]))
  )

  it.scoped.each(["a\nb", "a\r\nx-other: b", "key\n", " key", "ké", "a\u0000b", "a\tb"])(
    "no value of a header: %j",
    (value) =>
      Effect.map(issuesOf(value, { header: "x-api-key" }), (paths) => expect(paths).toEqual(["value"]))
  )

  it.scoped("every wrong setting is named at once", () =>
    Effect.gen(function* () {
      expect(yield* issuesOf("")).toEqual(["value"])
      expect(yield* issuesOf("", { header: "x key:", scheme: "Be arer" })).toEqual([
        "header",
        "scheme",
        "value"
      ])
      expect(yield* issuesOf("key", { header: "" })).toEqual(["header"])
      const empty = yield* Effect.flip(headersOf(""))
      expect(empty).toMatchObject({ reason: "Missing" })
    })
  )

  it.effect("its layer needs nothing", () =>
    Effect.gen(function* () {
      class Key extends TokenProvider.Tag("app/Key")<Key>() {}
      const live = StaticToken.layer(Key, { value: Redacted.make("key") })
      const token = yield* Effect.provide(
        Effect.flatMap(Key, ({ get }) => get),
        live
      )
      expect(Redacted.value(token.value)).toBe("key")
    })
  )
})

it.effect("the grant of a static token presents its value and never expires", () =>
  Effect.gen(function* () {
    const value = Redacted.make("a-key")
    const grant = staticGrant(value, AccessToken.bearer)
    expect(grant).toMatchObject({ name: "fixed", replay: "safe" })
    expect(yield* grant.request(Option.none())).toEqual({
      value,
      presentation: AccessToken.bearer,
      expiresIn: Duration.infinity
    })
  })
)
