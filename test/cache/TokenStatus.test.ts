import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { inspect } from "node:util"
import { AccessToken, TokenError, TokenProvider } from "effect-oauth"
import { settle } from "../support/clock.js"
import type { UnderTest } from "../support/providerUnderTest.js"
import { begin, pass, passTo, since } from "../support/providerUnderTest.js"
import { fail, issue, noToken, reauthorization, rejection } from "../support/scriptedGrant.js"

const second = 1000
const minute = 60 * second

/** The status, with instants since the beginning of the test, and without what is none. */
const statusOf = ({ provider }: UnderTest) =>
  Effect.map(provider.status, ({ expiresAt, issuedAt, lastFailure, refreshAt, windowUntil, ...status }) => ({
    ...status,
    ...Option.match(issuedAt, { onNone: () => ({}), onSome: (at) => ({ issuedAt: since(at) }) }),
    ...Option.match(refreshAt, { onNone: () => ({}), onSome: (at) => ({ refreshAt: since(at) }) }),
    ...Option.match(expiresAt, { onNone: () => ({}), onSome: (at) => ({ expiresAt: since(at) }) }),
    ...Option.match(windowUntil, { onNone: () => ({}), onSome: (at) => ({ windowUntil: since(at) }) }),
    ...Option.match(lastFailure, {
      onNone: () => ({}),
      onSome: ({ at, error }) => ({ lastFailure: [since(at), error._tag] })
    })
  }))

const nothing = {
  provider: "test/Api",
  isConfigured: true,
  state: "Empty",
  isRefreshing: false,
  remainingSeconds: 0,
  scopes: []
}

describe("status", () => {
  it.scoped("status reports an empty, a refreshing, a fresh, a due and an expired token", () =>
    Effect.gen(function* () {
      const test = yield* begin({
        script: [issue({ lifetime: "10 minutes", refreshIn: "9 minutes", takes: "2 seconds" })]
      })
      expect(yield* statusOf(test)).toEqual(nothing)
      yield* Effect.fork(test.provider.get)
      yield* settle
      expect(yield* statusOf(test)).toEqual({ ...nothing, isRefreshing: true })
      yield* passTo(2 * second)
      const token = { issuedAt: 0, refreshAt: 9 * minute, expiresAt: 10 * minute }
      expect(yield* statusOf(test)).toEqual({ ...nothing, ...token, state: "Fresh", remainingSeconds: 598 })
      yield* passTo(9 * minute - 1)
      expect((yield* test.provider.status).state).toBe("Fresh")
      yield* passTo(9 * minute)
      expect(yield* statusOf(test)).toEqual({ ...nothing, ...token, state: "Due", remainingSeconds: 60 })
      yield* test.provider.get
      yield* settle
      expect(yield* statusOf(test)).toEqual({
        ...nothing,
        ...token,
        state: "Due",
        isRefreshing: true,
        remainingSeconds: 60
      })
      yield* passTo(9 * minute + 2 * second)
      expect(yield* statusOf(test)).toMatchObject({
        state: "Fresh",
        isRefreshing: false,
        issuedAt: 9 * minute
      })
      yield* passTo(19 * minute - 1)
      expect(yield* statusOf(test)).toMatchObject({ state: "Due", remainingSeconds: 0.001 })
      yield* passTo(19 * minute)
      expect(yield* statusOf(test)).toEqual(nothing)
    })
  )

  it.scoped("status reports a window while it is open, and the last failure for good", () =>
    Effect.gen(function* () {
      const test = yield* begin({ script: [issue(), fail(noToken), fail(rejection), issue()] })
      yield* test.provider.get
      yield* passTo(5 * second)
      yield* Effect.flip(test.provider.refresh)
      expect(yield* statusOf(test)).toMatchObject({
        state: "Fresh",
        windowUntil: 6 * second,
        lastFailure: [5 * second, "InvalidTokenResponse"]
      })
      yield* passTo(6 * second)
      expect(yield* statusOf(test)).not.toHaveProperty("windowUntil")
      yield* Effect.flip(test.provider.refresh)
      expect(yield* statusOf(test)).toMatchObject({
        windowUntil: 66 * second,
        lastFailure: [6 * second, "CredentialRejected"]
      })
      yield* test.provider.refresh
      const status = yield* statusOf(test)
      expect(status).not.toHaveProperty("windowUntil")
      expect(status).toMatchObject({ lastFailure: [6 * second, "CredentialRejected"] })
    })
  )

  it.scoped("status reports a window without end for a lost grant", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({ script: [fail(reauthorization)] })
      yield* Effect.flip(provider.get)
      expect((yield* provider.status).windowUntil).toEqual(Option.some(AccessToken.never))
    })
  )

  it.scoped("status reports no token after invalidate, clear, and the end of the scope", () =>
    Effect.gen(function* () {
      const test = yield* begin({ script: [issue()] })
      const { closeAtOnce, provider } = test
      yield* provider.invalidate(yield* provider.get)
      expect(yield* statusOf(test)).toEqual(nothing)
      yield* provider.get
      yield* provider.clear
      expect(yield* statusOf(test)).toEqual(nothing)
      yield* provider.get
      yield* closeAtOnce
      expect(yield* statusOf(test)).toMatchObject({ state: "Fresh", isRefreshing: false })
      yield* pass("1 hour")
      expect(yield* statusOf(test)).toEqual(nothing)
    })
  )

  it.scoped("status reports a token that does not expire", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({ script: [issue({ lifetime: Duration.infinity })] })
      yield* provider.get
      const status = yield* provider.status
      expect(status.state).toBe("Fresh")
      expect(status.expiresAt).toEqual(Option.some(AccessToken.never))
      expect(status.refreshAt).toEqual(Option.some(AccessToken.never))
      expect(() => JSON.stringify(status)).not.toThrow()
    })
  )

  it.scoped("status contains no secret in any state", () =>
    Effect.gen(function* () {
      const test = yield* begin({
        script: [issue({ value: "canary-value", refreshToken: "canary-refresh" }), fail(rejection)]
      })
      const shown: Array<string> = []
      const show = Effect.map(test.provider.status, (status) => {
        shown.push(JSON.stringify(status), inspect(status, { depth: 10, showHidden: true }))
      })
      yield* show
      const token = yield* test.provider.get
      yield* show
      yield* Effect.flip(test.provider.refresh)
      yield* show
      yield* test.provider.invalidate(token)
      yield* show
      expect(shown).toHaveLength(8)
      expect(shown.join("\n")).not.toContain("canary")
      expect(inspect(test.provider, { depth: 10 }) + JSON.stringify(test.provider)).not.toContain("canary")
    })
  )

  it.effect("status of a provider with incomplete settings says what is missing", () =>
    Effect.gen(function* () {
      const error = new TokenError.InvalidConfiguration({
        provider: "test/Api",
        reason: "Missing",
        issues: [new TokenError.ConfigurationIssue({ path: "CLIENT_ID", expected: "a value; it is not set" })]
      })
      const provider = TokenProvider.unconfigured("test/Api", error)
      const status = yield* provider.status
      expect(status).toMatchObject({ isConfigured: false, state: "Empty", isRefreshing: false, scopes: [] })
      expect(Option.map(status.lastFailure, ({ error }) => error)).toEqual(Option.some(error))
      expect((yield* Effect.flip(provider.get))._tag).toBe("InvalidConfiguration")
      expect((yield* Effect.flip(provider.refresh))._tag).toBe("InvalidConfiguration")
      expect((yield* Effect.flip(provider.headers))._tag).toBe("InvalidConfiguration")
      expect(yield* provider.clear).toBeUndefined()
    })
  )
})

describe("invalid settings", () => {
  const bad = {
    margin: ["soon", Duration.infinity, -1, NaN],
    marginFraction: [-0.1, 1.1, NaN],
    marginJitter: [-1, 2, Infinity],
    defaultLifetime: [0, "forever", Duration.infinity, -5],
    deadline: [0, Duration.infinity, -1],
    attempts: [0, 1.5, -3, NaN, Infinity],
    retryDelay: ["later", Infinity, -1],
    retryAfterWait: [Duration.infinity, -1],
    retryAfterMax: [Duration.infinity, -1],
    window: [0, "", -1],
    windowMax: [0, Duration.infinity],
    rejectedWindow: [0, -1],
    rejectedWindowMax: [0, Infinity],
    refusalGuard: [Infinity, -1, NaN]
  }

  const make = (policy: object) =>
    Effect.scoped(TokenProvider.make({ name: "test/Api", grant: grant.grant, policy }))
  const grant = {
    grant: { name: "never", replay: "safe", request: () => Effect.dieMessage("asked") }
  } as const

  for (const [name, values] of Object.entries(bad)) {
    it.effect(`${name}: ${values.map((value) => String(value)).join(", ")}`, () =>
      Effect.gen(function* () {
        for (const value of values) {
          const error = yield* Effect.flip(make({ [name]: value }))
          expect([error._tag, error.reason]).toEqual(["InvalidConfiguration", "Malformed"])
          expect(error.issues.map(({ path }) => path)).toEqual([`policy.${name}`])
        }
      })
    )
  }

  it.effect("invalid settings are all reported, by path and without their values", () =>
    Effect.gen(function* () {
      const policy = Object.fromEntries(Object.entries(bad).map(([name, values]) => [name, values[0]]))
      const exit = yield* Effect.exit(make({ ...policy, margin: "canary" }))
      const error = yield* Effect.flip(exit)
      expect(error.issues.map(({ path }) => path).sort()).toEqual(
        Object.keys(bad)
          .map((name) => `policy.${name}`)
          .sort()
      )
      expect(exit._tag === "Failure" ? Cause.pretty(exit.cause) : "").not.toContain("canary")
      expect(inspect(error, { depth: 10 }) + JSON.stringify(error) + error.message).not.toContain("canary")
    })
  )

  it.scoped("missing and undefined settings mean the defaults", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({
        script: [issue()],
        policy: { margin: undefined, attempts: undefined }
      })
      yield* provider.get
      expect(since(Option.getOrThrow((yield* provider.status).refreshAt))).toBe(60 * minute - 285 * second)
    })
  )
})
