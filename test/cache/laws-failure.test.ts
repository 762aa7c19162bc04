import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { AccessToken, TokenError } from "effect-oauth"
import { settle } from "../support/clock.js"
import type { UnderTest } from "../support/providerUnderTest.js"
import {
  begin,
  elapsed,
  epoch,
  outcome,
  pass,
  passTo,
  passUntilDone,
  requestsAt,
  seeded,
  since,
  tags,
  transientFailure,
  valueOf
} from "../support/providerUnderTest.js"
import type { Attempt } from "../support/scriptedGrant.js"
import {
  die,
  fail,
  hang,
  issue,
  noToken,
  reauthorization,
  rejection,
  transient
} from "../support/scriptedGrant.js"

const second = 1000
const minute = 60 * second

/** Asks in vain until the flight has failed, however long its attempts and delays take. */
const failOnce = ({ provider }: UnderTest, how: "get" | "refresh" = "get") =>
  Effect.flatMap(Effect.fork(Effect.flip(provider[how])), passUntilDone)

const retryAtOf = (error: TokenError.TokenError): number | undefined =>
  error._tag === "TransientFailure" ? since(error.retryAt) : undefined

const storeFailure = new TokenError.StoreFailure({ provider: "test/Api", reason: "Unavailable" })

describe("transient failures", () => {
  for (const replay of ["safe", "once"] as const) {
    it.scoped(`L7 transient, ${replay}: a request times out after 10 s`, () =>
      Effect.gen(function* () {
        const test = yield* begin({ replay, script: [hang], policy: { attempts: 1 } })
        const caller = yield* Effect.fork(transientFailure(test.provider.get))
        yield* pass("9999 millis")
        expect(yield* outcome(caller)).toBeUndefined()
        yield* pass(1)
        expect((yield* Fiber.join(caller)).reason).toBe("Timeout")
        expect(test.server.abandoned).toBe(1)
        expect(retryAtOf(yield* Effect.flip(test.provider.get))).toBe(11 * second)
      })
    )

    it.scoped(
      `L7 transient, ${replay}: a flight makes at most three attempts, after 250 and 500 ms, if a retry is allowed`,
      () =>
        Effect.gen(function* () {
          const test = yield* begin({ replay, script: [transient({ status: 503 })] })
          const error = yield* failOnce(test)
          expect(requestsAt(test.server)).toEqual([0, 250, 750])
          expect(retryAtOf(error)).toBe(1750)
          expect(tags(test.events)).toEqual(["RefreshFailed"])
        })
    )

    it.scoped(`L7 transient, ${replay}: an attempt that succeeds ends the flight with its token`, () =>
      Effect.gen(function* () {
        const { provider, server } = yield* begin({
          replay,
          script: [
            transient({ reason: "NotSent" }),
            transient({ reason: "RateLimited", status: 429 }),
            issue()
          ]
        })
        const caller = yield* Effect.fork(valueOf(provider.get))
        yield* pass("750 millis")
        expect(yield* Fiber.join(caller)).toBe("token-3")
        expect((yield* provider.status).windowUntil).toEqual(Option.none())
        expect(server.requests).toBe(3)
      })
    )

    it.scoped(`L7 transient, ${replay}: the delays are jittered by up to a fifth`, () =>
      Effect.gen(function* () {
        const delays: Array<readonly [number, number]> = []
        for (let seed = 0; seed < 20; seed++) {
          const test = yield* begin({
            replay,
            script: [transient({ reason: "NotSent" })],
            random: seeded(seed)
          })
          yield* failOnce(test)
          const [first = 0, second = 0, third = 0] = requestsAt(test.server)
          delays.push([second - first, third - second])
        }
        for (const [first, second] of delays) {
          expect(first).toBeGreaterThanOrEqual(200)
          expect(first).toBeLessThanOrEqual(300)
          expect(second).toBeGreaterThanOrEqual(400)
          expect(second).toBeLessThanOrEqual(600)
        }
        expect(new Set(delays.map(([first]) => first)).size).toBeGreaterThan(3)
        expect(new Set(delays.map(([, second]) => second)).size).toBeGreaterThan(3)
      })
    )

    it.scoped(
      `L7 transient, ${replay}: a flight waits for a Retry-After of 5 s to the millisecond, instead of the delay`,
      () =>
        Effect.gen(function* () {
          const { provider, server } = yield* begin({
            replay,
            script: [
              transient({ status: 429, retryAfter: "5 seconds" }),
              transient({ status: 503, retryAfter: "100 millis" }),
              issue()
            ]
          })
          const caller = yield* Effect.fork(valueOf(provider.get))
          yield* passTo(4999)
          expect(server.requests).toBe(1)
          yield* passTo(5000)
          expect(server.requests).toBe(2)
          yield* passTo(5099)
          expect(server.requests).toBe(2)
          yield* passTo(5100)
          expect(yield* Fiber.join(caller)).toBe("token-3")
        })
    )

    it.scoped(`L7 transient, ${replay}: a longer Retry-After ends the flight and sets the window`, () =>
      Effect.gen(function* () {
        const { provider, server } = yield* begin({
          replay,
          script: [transient({ status: 503, retryAfter: 5001 }), issue()]
        })
        expect(retryAtOf(yield* Effect.flip(provider.get))).toBe(5001)
        yield* passTo(5000)
        expect(retryAtOf(yield* Effect.flip(provider.get))).toBe(5001)
        expect(server.requests).toBe(1)
        yield* passTo(5001)
        expect(yield* valueOf(provider.get)).toBe("token-2")
      })
    )

    it.scoped(
      `L7 transient, ${replay}: an invalid token response is not retried and opens the same window`,
      () =>
        Effect.gen(function* () {
          const { events, provider, server } = yield* begin({ replay, script: [fail(noToken)] })
          const error = yield* Effect.flip(provider.get)
          expect(error._tag).toBe("InvalidTokenResponse")
          expect(Object.is(yield* Effect.flip(provider.refresh), error)).toBe(true)
          yield* passTo(999)
          expect(Object.is(yield* Effect.flip(provider.get), error)).toBe(true)
          expect(server.requests).toBe(1)
          yield* passTo(1000)
          yield* Effect.flip(provider.get)
          expect(server.requests).toBe(2)
          yield* passTo(2999)
          yield* Effect.flip(provider.get)
          expect(server.requests).toBe(2)
          expect(tags(events)).toEqual(["RefreshFailed", "RefreshFailed"])
        })
    )
  }

  it.scoped("L7 transient: no request is made in the window, whatever the callers call", () =>
    Effect.gen(function* () {
      const test = yield* begin({ script: [transient()] })
      const first = yield* failOnce(test)
      const errors = yield* Effect.all(
        Array.from({ length: 1000 }, (_, i) =>
          Effect.flip(i % 2 === 0 ? test.provider.get : test.provider.refresh)
        ),
        { concurrency: "unbounded" }
      )
      expect(errors.every((error) => Object.is(error, errors[0]))).toBe(true)
      expect(retryAtOf(errors[0] ?? rejection)).toBe(retryAtOf(first))
      yield* pass("999 millis")
      expect(yield* outcome(yield* Effect.fork(Effect.flip(test.provider.get)))).toBeDefined()
      expect(test.server.requests).toBe(3)
    })
  )

  it.scoped("L7 transient: the windows are 1, 2, 4, 8, 16, 30, 30 s", () =>
    Effect.gen(function* () {
      const test = yield* begin({ script: [transient()] })
      const windows: Array<number> = []
      for (let i = 0; i < 7; i++) {
        const end = retryAtOf(yield* failOnce(test)) ?? NaN
        windows.push(end - (yield* elapsed))
        yield* passTo(end)
      }
      expect(windows).toEqual([1, 2, 4, 8, 16, 30, 30].map((seconds) => seconds * second))
      expect(test.server.requests).toBe(21)
    })
  )

  it.scoped("L7 transient: a Retry-After counts up to 10 min, and its failure counts as consecutive", () =>
    Effect.gen(function* () {
      const test = yield* begin({
        script: [transient({ retryAfter: "1 hour" }), transient({ retryAfter: "10 seconds" }), fail(noToken)]
      })
      expect(retryAtOf(yield* Effect.flip(test.provider.get))).toBe(10 * minute)
      yield* passTo(10 * minute)
      expect(retryAtOf(yield* Effect.flip(test.provider.get))).toBe(10 * minute + 10 * second)
      yield* passTo(10 * minute + 10 * second)
      yield* Effect.flip(test.provider.get)
      expect((yield* test.provider.status).windowUntil).toEqual(
        Option.some(DateTime.unsafeMake(epoch + 10 * minute + 14 * second))
      )
    })
  )

  it.scoped("L7 transient: the Retry-After of the last attempt sets the window, even a short one", () =>
    Effect.gen(function* () {
      const test = yield* begin({
        script: [transient(), transient(), transient({ status: 503, retryAfter: "3 seconds" })]
      })
      expect(retryAtOf(yield* failOnce(test))).toBe(750 + 3 * second)
    })
  )

  it.scoped("L7 transient: a success closes the window and resets the count", () =>
    Effect.gen(function* () {
      const test = yield* begin({
        script: [fail(noToken), fail(noToken), issue({ lifetime: "1 second" }), fail(noToken)]
      })
      const { provider } = test
      yield* Effect.flip(provider.get)
      yield* passTo(1 * second)
      yield* Effect.flip(provider.get)
      yield* passTo(3 * second)
      yield* provider.get
      expect((yield* provider.status).windowUntil).toEqual(Option.none())
      yield* passTo(4 * second)
      yield* Effect.flip(provider.get)
      expect((yield* provider.status).windowUntil).toEqual(
        Option.some(DateTime.unsafeMake(epoch + 5 * second))
      )
    })
  )

  it.scoped("L7 transient: no background flight starts in the window", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({
        script: [issue({ lifetime: "10 minutes" }), transient({ retryAfter: "30 seconds" })]
      })
      yield* provider.get
      yield* passTo(9 * minute)
      yield* provider.get
      yield* settle
      expect(server.requests).toBe(2)
      yield* passTo(9 * minute + 29_999)
      yield* provider.get
      yield* settle
      expect(server.requests).toBe(2)
      yield* passTo(9 * minute + 30_000)
      yield* provider.get
      yield* settle
      expect(server.requests).toBe(3)
    })
  )

  it.scoped("L7 transient: invalidate and clear leave the window open", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({
        script: [issue(), transient({ retryAfter: "30 seconds" })]
      })
      const token = yield* provider.get
      expect((yield* Effect.flip(provider.refresh))._tag).toBe("TransientFailure")
      expect(yield* provider.get).toBe(token)
      expect(yield* provider.invalidate(token)).toBe("Invalidated")
      expect(retryAtOf(yield* Effect.flip(provider.get))).toBe(30 * second)
      yield* provider.clear
      expect(retryAtOf(yield* Effect.flip(provider.get))).toBe(30 * second)
      expect(server.requests).toBe(2)
    })
  )

  it.scoped("L7 transient: an unavailable store opens the same window", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [fail(storeFailure), issue()] })
      const error = yield* Effect.flip(provider.get)
      expect(error._tag).toBe("StoreFailure")
      yield* passTo(999)
      expect(Object.is(yield* Effect.flip(provider.get), error)).toBe(true)
      expect(server.requests).toBe(1)
      yield* passTo(1000)
      expect(yield* valueOf(provider.get)).toBe("token-2")
    })
  )

  it.scoped(
    "L7 transient, once: a flight retries only a request that was never sent, or a real 429 or 503",
    () =>
      Effect.gen(function* () {
        const again = [
          transient({ reason: "NotSent" }),
          transient({ reason: "RateLimited", status: 429 }),
          transient({ status: 503 })
        ]
        const never = [
          transient({ reason: "NoAnswer" }),
          transient({ reason: "Timeout" }),
          transient({ reason: "ServerError", status: 500 }),
          transient({ reason: "ServerError", status: 502 }),
          transient({ reason: "ServerError", status: 200 }),
          transient({ reason: "RateLimited", status: 400 }),
          transient({ reason: "ServerError" }),
          transient({ status: 500, retryAfter: "1 second" }),
          issue({ lifetime: "1 second", takes: "2 seconds" })
        ]
        const requests = (failure: (typeof again)[number], replay: "safe" | "once") =>
          Effect.gen(function* () {
            const test = yield* begin({ replay, script: [failure] })
            yield* failOnce(test)
            return test.server.requests
          })
        for (const failure of again) expect(yield* requests(failure, "once")).toBe(3)
        for (const failure of never) expect(yield* requests(failure, "once")).toBe(1)
        for (const failure of never) expect(yield* requests(failure, "safe")).toBe(3)
      })
  )
})

describe("the options of the windows", () => {
  const failing = transient({ status: 503 })
  const options: ReadonlyArray<
    readonly [
      name: string,
      policy: NonNullable<Parameters<typeof begin>[0]["policy"]>,
      script: Parameters<typeof begin>[0]["script"],
      requests: ReadonlyArray<number>,
      retryAt: number
    ]
  > = [
    ["deadline", { deadline: "2 seconds", attempts: 1 }, [hang], [0], 3 * second],
    ["attempts", { attempts: 2 }, [failing], [0, 250], 1250],
    ["retryDelay", { retryDelay: "1 second" }, [failing], [0, 1000, 3000], 4000],
    ["retryAfterWait", { retryAfterWait: "1 second" }, [transient({ retryAfter: "2 seconds" })], [0], 2000],
    [
      "retryAfterWait",
      { retryAfterWait: "10 seconds", attempts: 2 },
      [transient({ retryAfter: "6 seconds" })],
      [0, 6000],
      12_000
    ],
    ["retryAfterMax", { retryAfterMax: "20 seconds" }, [transient({ retryAfter: "1 hour" })], [0], 20_000],
    ["window", { window: "5 seconds" }, [failing], [0, 250, 750], 5750],
    ["windowMax", { windowMax: "500 millis" }, [failing], [0, 250, 750], 1250]
  ]
  for (const [name, policy, script, requests, retryAt] of options) {
    it.scoped(`L7 transient: ${name} is an option: ${JSON.stringify(policy)}`, () =>
      Effect.gen(function* () {
        const test = yield* begin({ policy, script })
        expect(retryAtOf(yield* failOnce(test))).toBe(retryAt)
        expect(requestsAt(test.server)).toEqual(requests)
      })
    )
  }

  it.scoped("L8 rejected: rejectedWindow and rejectedWindowMax are options", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({
        policy: { rejectedWindow: "10 seconds", rejectedWindowMax: "15 seconds" },
        script: [fail(rejection)]
      })
      yield* Effect.flip(provider.get)
      for (const window of [10 * second, 15 * second, 15 * second]) {
        const { requests } = server
        yield* pass(window - 1)
        yield* Effect.flip(provider.get)
        expect(server.requests).toBe(requests)
        yield* pass(1)
        yield* Effect.flip(provider.get)
        expect(server.requests).toBe(requests + 1)
      }
    })
  )
})

describe("rejections", () => {
  it.scoped(
    "L8 rejected: a rejection costs one request and answers the same error at once for a minute",
    () =>
      Effect.gen(function* () {
        const { events, provider, server } = yield* begin({ script: [fail(rejection), issue()] })
        const first = yield* Effect.flip(provider.get)
        expect(first._tag).toBe("CredentialRejected")
        for (let i = 0; i < 59; i++) {
          yield* pass("1 second")
          expect(Object.is(yield* Effect.flip(provider.get), first)).toBe(true)
        }
        yield* pass("999 millis")
        expect(Object.is(yield* Effect.flip(provider.get), first)).toBe(true)
        expect(server.requests).toBe(1)
        expect(tags(events)).toEqual(["Rejected"])
        yield* pass(1)
        expect(yield* valueOf(provider.get)).toBe("token-2")
      })
  )

  it.scoped("L8 rejected: the windows are 1, 2, 4, 8, 10, 10 min", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [fail(rejection)] })
      const windows: Array<number> = []
      for (let i = 0; i < 6; i++) {
        yield* Effect.flip(provider.get)
        expect(server.requests).toBe(i + 1)
        const end = since(Option.getOrThrow((yield* provider.status).windowUntil))
        windows.push((end - (yield* elapsed)) / minute)
        yield* passTo(end)
      }
      expect(windows).toEqual([1, 2, 4, 8, 10, 10])
    })
  )

  it.scoped("L8 rejected: refresh ignores the window, and another rejection lengthens it", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [fail(rejection), fail(rejection), issue()] })
      yield* Effect.flip(provider.get)
      yield* passTo(10 * second)
      expect((yield* Effect.flip(provider.refresh))._tag).toBe("CredentialRejected")
      expect(server.requests).toBe(2)
      expect((yield* provider.status).windowUntil).toEqual(
        Option.some(DateTime.unsafeMake(epoch + 10 * second + 2 * minute))
      )
      expect(yield* valueOf(provider.refresh)).toBe("token-3")
      expect(yield* valueOf(provider.get)).toBe("token-3")
    })
  )

  it.scoped("L8 rejected: while such a refresh runs, get still fails at once and refresh joins", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [fail(rejection), issue({ takes: "2 seconds" })] })
      const first = yield* Effect.flip(provider.get)
      const refresh = yield* Effect.fork(provider.refresh)
      yield* pass("1 second")
      expect(Object.is(yield* Effect.flip(provider.get), first)).toBe(true)
      const joined = yield* Effect.fork(provider.refresh)
      yield* pass("1 second")
      expect(yield* Fiber.join(joined)).toBe(yield* Fiber.join(refresh))
      expect(server.requests).toBe(2)
    })
  )

  it.scoped("L8 rejected: a success resets the window", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({
        script: [fail(rejection), fail(rejection), issue({ lifetime: "1 second" }), fail(rejection), issue()]
      })
      yield* Effect.flip(provider.get)
      yield* Effect.flip(provider.refresh)
      yield* provider.refresh
      expect((yield* provider.status).windowUntil).toEqual(Option.none())
      yield* passTo(1 * second)
      yield* Effect.flip(provider.get)
      yield* passTo(1 * second + minute)
      expect(yield* valueOf(provider.get)).toBe("token-5")
      expect(server.requests).toBe(5)
    })
  )

  it.scoped(
    "L8 rejected: no background flight starts in the window, and no get fails while the token is valid",
    () =>
      Effect.gen(function* () {
        const { provider, server } = yield* begin({
          script: [issue({ lifetime: "10 minutes" }), fail(rejection)]
        })
        yield* provider.get
        yield* passTo(8.5 * minute)
        yield* provider.get
        yield* passTo(9.5 * minute - 1)
        yield* provider.get
        yield* settle
        expect(server.requests).toBe(2)
        yield* passTo(9.5 * minute)
        yield* provider.get
        yield* settle
        expect(server.requests).toBe(3)
      })
  )

  for (const error of [
    new TokenError.InvalidConfiguration({ provider: "test/Api", reason: "Missing", issues: [] }),
    new TokenError.LoginFailed({ provider: "test/Api", reason: "Denied" })
  ]) {
    it.scoped(`L8 rejected: ${error._tag} from a grant is a rejection too`, () =>
      Effect.gen(function* () {
        const { events, provider, server } = yield* begin({ script: [fail(error), issue()] })
        const first = yield* Effect.flip(provider.get)
        yield* passTo(minute - 1)
        expect(Object.is(yield* Effect.flip(provider.get), first)).toBe(true)
        expect(first._tag).toBe(error._tag)
        expect(server.requests).toBe(1)
        expect(tags(events)).toEqual(["Rejected"])
      })
    )
  }

  it.scoped("L8 rejected: a lost grant stays lost for get and for refresh", () =>
    Effect.gen(function* () {
      const { events, provider, server } = yield* begin({ script: [fail(reauthorization), issue()] })
      const first = yield* Effect.flip(provider.get)
      expect(first._tag).toBe("ReauthorizationRequired")
      yield* pass("365 days")
      expect(Object.is(yield* Effect.flip(provider.get), first)).toBe(true)
      expect(Object.is(yield* Effect.flip(provider.refresh), first)).toBe(true)
      expect(server.requests).toBe(1)
      expect(tags(events)).toEqual(["Rejected"])
      expect((yield* provider.status).windowUntil).toEqual(Option.some(AccessToken.never))
    })
  )

  it.scoped(
    "L8 rejected: rejections have a count and a window of their own; the transient window answers first",
    () =>
      Effect.gen(function* () {
        const { provider, server } = yield* begin({
          script: [fail(rejection), transient({ retryAfter: "10 seconds" }), fail(rejection), issue()]
        })
        const rejected = yield* Effect.flip(provider.get)
        expect((yield* Effect.flip(provider.refresh))._tag).toBe("TransientFailure")
        expect((yield* Effect.flip(provider.get))._tag).toBe("TransientFailure")
        expect((yield* Effect.flip(provider.refresh))._tag).toBe("TransientFailure")
        expect(server.requests).toBe(2)
        yield* passTo(10 * second)
        expect(Object.is(yield* Effect.flip(provider.get), rejected)).toBe(true)
        yield* Effect.flip(provider.refresh)
        expect((yield* provider.status).windowUntil).toEqual(
          Option.some(DateTime.unsafeMake(epoch + 10 * second + 2 * minute))
        )
        expect(yield* valueOf(provider.refresh)).toBe("token-4")
      })
  )
})

describe("single-use refresh tokens", () => {
  const presentedAt = ({ previous }: Attempt): number | undefined =>
    Option.match(
      Option.flatMap(previous, (held) => held.presentedAt),
      { onNone: () => undefined, onSome: since }
    )
  const refreshToken = ({ previous }: Attempt): string | undefined =>
    Option.match(
      Option.flatMap(previous, (held) => held.refreshToken),
      {
        onNone: () => undefined,
        onSome: Redacted.value
      }
    )

  const lost = {
    NoAnswer: transient({ reason: "NoAnswer", takes: "3 seconds" }),
    "status 500": transient({ status: 500, takes: "3 seconds" }),
    "an error under status 200": transient({ status: 200, takes: "3 seconds" }),
    InvalidTokenResponse: fail(noToken, "3 seconds"),
    "a bug in the grant": die(new Error("a bug"), "3 seconds")
  }
  for (const [name, failure] of Object.entries(lost)) {
    it.scoped(`L9 once only: after ${name} the next request knows when the refresh token was sent`, () =>
      Effect.gen(function* () {
        const { provider, server } = yield* begin({ replay: "once", script: [failure, issue()] })
        const caller = yield* Effect.fork(Effect.exit(provider.get))
        yield* pass("3 seconds")
        expect(Exit.isFailure(yield* Fiber.join(caller))).toBe(true)
        expect(requestsAt(server)).toEqual([0])
        yield* pass("1 second")
        expect(yield* valueOf(provider.get)).toBe("token-2")
        expect(server.attempts.map(presentedAt)).toEqual([undefined, 0])
      })
    )
  }

  it.scoped("L9 once only: the instant is that of the attempt that got no response", () =>
    Effect.gen(function* () {
      const test = yield* begin({
        replay: "once",
        script: [
          transient({ reason: "NotSent" }),
          transient({ reason: "NoAnswer", takes: "2 seconds" }),
          issue()
        ]
      })
      yield* failOnce(test)
      yield* pass("1 second")
      yield* test.provider.get
      expect(requestsAt(test.server)).toEqual([0, 250, 3250])
      expect(test.server.attempts.map(presentedAt)).toEqual([undefined, undefined, 250])
    })
  )

  it.scoped("L9 once only: a request that timed out counts as sent", () =>
    Effect.gen(function* () {
      const test = yield* begin({ replay: "once", script: [hang, issue()] })
      expect((yield* failOnce(test))._tag).toBe("TransientFailure")
      yield* pass("1 second")
      yield* test.provider.get
      expect(test.server.attempts.map(presentedAt)).toEqual([undefined, 0])
    })
  )

  it.scoped(
    "L9 once only: no background flight sends the token again; after expiry a flight does, and knows it",
    () =>
      Effect.gen(function* () {
        const { provider, server } = yield* begin({
          replay: "once",
          script: [
            issue({ lifetime: "10 minutes", refreshToken: "first" }),
            transient({ reason: "NoAnswer" }),
            issue()
          ]
        })
        const token = yield* provider.get
        yield* passTo(9 * minute)
        for (let i = 0; i < 12; i++) {
          expect(yield* provider.get).toBe(token)
          yield* pass("5 seconds")
        }
        expect(requestsAt(server)).toEqual([0, 9 * minute])
        expect(yield* valueOf(provider.get)).toBe("token-3")
        expect(server.attempts.map(presentedAt)).toEqual([undefined, undefined, 9 * minute])
        expect(server.attempts.map(refreshToken)).toEqual([undefined, "first", "first"])
      })
  )

  it.scoped("L9 once only: a safe grant marks nothing and retries in the background", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({
        script: [issue({ lifetime: "10 minutes" }), fail(noToken), issue()]
      })
      yield* provider.get
      yield* passTo(9 * minute)
      yield* provider.get
      yield* pass("1 second")
      yield* provider.get
      yield* settle
      expect(server.attempts.map(presentedAt)).toEqual([undefined, undefined, undefined])
      expect(yield* valueOf(provider.get)).toBe("token-3")
    })
  )

  const conclusive = {
    "a request that never left": transient({ reason: "NotSent" }),
    "a real 429": transient({ reason: "RateLimited", status: 429 }),
    "a real 503": transient({ status: 503 }),
    "a rejection": fail(rejection)
  }
  for (const [name, failure] of Object.entries(conclusive)) {
    it.scoped(`L9 once only: ${name} does not count as sent`, () =>
      Effect.gen(function* () {
        const test = yield* begin({
          replay: "once",
          script: [issue({ lifetime: "10 minutes", refreshToken: "first" }), failure]
        })
        yield* test.provider.get
        yield* failOnce(test, "refresh")
        yield* passTo(9 * minute)
        const before = test.server.requests
        yield* test.provider.get
        yield* settle
        expect(test.server.requests).toBe(before + 1)
        expect(new Set(test.server.attempts.map(presentedAt))).toEqual(new Set([undefined]))
        expect(refreshToken(test.server.attempts[before]!)).toBe("first")
      })
    )
  }

  it.scoped("L9 once only: a success resets the mark", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({
        replay: "once",
        script: [fail(noToken), issue({ lifetime: "10 minutes" }), issue()]
      })
      yield* Effect.flip(provider.get)
      yield* passTo(1 * second)
      yield* provider.get
      yield* passTo(9 * minute)
      yield* provider.get
      yield* settle
      expect(server.attempts.map(presentedAt)).toEqual([undefined, 0, undefined])
    })
  )

  it.scoped("L9 once only: refresh may send the refresh token again after the window, and not in it", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ replay: "once", script: [issue(), fail(noToken), issue()] })
      yield* provider.get
      yield* Effect.flip(provider.refresh)
      yield* Effect.flip(provider.refresh)
      expect(server.requests).toBe(2)
      yield* passTo(1 * second)
      expect(yield* valueOf(provider.refresh)).toBe("token-3")
      expect(server.attempts.map(presentedAt)).toEqual([undefined, undefined, 0])
    })
  )

  it.scoped(
    "L9 once only: a flight sends the refresh token of the last response; one left out stays in force",
    () =>
      Effect.gen(function* () {
        const { provider, server } = yield* begin({
          replay: "once",
          script: [issue({ refreshToken: "first" }), issue({ refreshToken: "second" }), issue(), issue()]
        })
        yield* provider.get
        yield* provider.refresh
        yield* provider.refresh
        yield* provider.refresh
        expect(server.attempts.map(refreshToken)).toEqual([undefined, "first", "second", "second"])
        const accessTokens = server.attempts.map(({ previous }) =>
          Option.match(
            Option.flatMap(previous, (held) => held.accessToken),
            {
              onNone: () => undefined,
              onSome: ({ value }) => Redacted.value(value)
            }
          )
        )
        expect(accessTokens).toEqual([undefined, "token-1", "token-2", "token-3"])
      })
  )

  it.scoped("L9 once only: a rotated refresh token is remembered even if its access token is unusable", () =>
    Effect.gen(function* () {
      const onArrival = yield* begin({
        replay: "once",
        script: [issue({ refreshToken: "rotated", lifetime: "1 second", takes: "2 seconds" }), issue()]
      })
      yield* failOnce(onArrival)
      yield* pass("1 second")
      yield* onArrival.provider.get
      expect(onArrival.server.attempts.map(refreshToken)).toEqual([undefined, "rotated"])
      expect(onArrival.server.attempts.map(presentedAt)).toEqual([undefined, undefined])

      const malformed = yield* begin({
        replay: "once",
        script: [issue({ refreshToken: "rotated", value: "two\nlines" }), issue()]
      })
      expect((yield* Effect.flip(malformed.provider.get))._tag).toBe("InvalidTokenResponse")
      yield* pass("1 second")
      yield* malformed.provider.get
      expect(malformed.server.attempts.map(refreshToken)).toEqual([undefined, "rotated"])
      expect(malformed.server.attempts.map(presentedAt)).toEqual([undefined, undefined])

      const unwanted = yield* begin({
        replay: "once",
        script: [issue({ refreshToken: "rotated", takes: "2 seconds" }), issue()]
      })
      const caller = yield* Effect.fork(unwanted.provider.get)
      yield* settle
      yield* unwanted.provider.clear
      yield* pass("2 seconds")
      expect(yield* valueOf(Fiber.join(caller))).toBe("token-2")
      expect(unwanted.server.attempts.map(refreshToken)).toEqual([undefined, "rotated"])
    })
  )

  it.scoped("L9 once only: clear keeps the refresh token", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({
        replay: "once",
        script: [issue({ refreshToken: "first" }), issue()]
      })
      yield* provider.get
      yield* provider.clear
      yield* provider.get
      expect(server.attempts.map(refreshToken)).toEqual([undefined, "first"])
    })
  )
})
