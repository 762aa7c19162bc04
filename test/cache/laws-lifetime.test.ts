import { describe, expect, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import { readdirSync, readFileSync } from "node:fs"
import { AccessToken, AzureAd } from "effect-oauth"
import { settle } from "../support/clock.js"
import {
  begin,
  elapsed,
  epoch,
  pass,
  passTo,
  passUntilDone,
  requestsAt,
  seeded,
  since,
  tags,
  transientFailure
} from "../support/providerUnderTest.js"
import type { Options } from "../support/providerUnderTest.js"
import { hang, issue, transient } from "../support/scriptedGrant.js"

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** When the first token is due and when it expires, in milliseconds since it was asked for. */
const instantsOf = (options: Options) =>
  Effect.gen(function* () {
    const { provider } = yield* begin(options)
    const caller = yield* Effect.fork(provider.get)
    yield* passUntilDone(caller)
    const { expiresAt, issuedAt, refreshAt } = yield* provider.status
    return {
      issuedAt: since(Option.getOrThrow(issuedAt)),
      refreshAt: since(Option.getOrThrow(refreshAt)),
      expiresAt: since(Option.getOrThrow(expiresAt))
    }
  })

/** The margin as it is, the margin a tenth shorter. */
const shortest = Random.fixed([1])
const longest = Random.fixed([0])

describe("the lifetime of a token", () => {
  it.scoped("L12 lifetime: the lifetime counts from before the request was sent", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({
        script: [issue({ lifetime: "1 minute", takes: "7 seconds" })]
      })
      const caller = yield* Effect.fork(provider.get)
      yield* pass("7 seconds")
      const token = yield* Fiber.join(caller)
      expect([since(token.issuedAt), since(token.expiresAt)]).toEqual([0, minute])
      expect((yield* provider.status).remainingSeconds).toBe(53)
      yield* passTo(minute)
      yield* Effect.fork(provider.get)
      yield* settle
      expect(requestsAt(server)).toEqual([0, minute])
    })
  )

  it.scoped("L12 lifetime: the lifetime counts from before the attempt that succeeded", () =>
    Effect.gen(function* () {
      const instants = yield* instantsOf({
        script: [
          transient({ takes: "3 seconds", retryAfter: "2 seconds" }),
          issue({ lifetime: "1 minute", takes: "1 second" })
        ],
        random: longest
      })
      expect(instants).toEqual({ issuedAt: 5 * second, refreshAt: 53 * second, expiresAt: 65 * second })
    })
  )

  it.scoped("L12 lifetime: a token with a lifetime of 60 s is due after 48.0 to 49.2 s", () =>
    Effect.gen(function* () {
      const script = [issue({ lifetime: "1 minute" })] as const
      expect((yield* instantsOf({ script, random: longest })).refreshAt).toBe(48_000)
      expect((yield* instantsOf({ script, random: shortest })).refreshAt).toBe(49_200)
      const all: Array<number> = []
      for (let seed = 0; seed < 50; seed++) {
        all.push((yield* instantsOf({ script, random: seeded(seed) })).refreshAt)
      }
      expect(Math.min(...all)).toBeGreaterThanOrEqual(48_000)
      expect(Math.max(...all)).toBeLessThanOrEqual(49_200)
      // they lie apart, and all over
      expect(new Set(all).size).toBeGreaterThan(45)
      expect(Math.max(...all) - Math.min(...all)).toBeGreaterThan(900)
    })
  )

  it.scoped("L12 lifetime: the margin is 300 s, and never more than a fifth of the lifetime", () =>
    Effect.gen(function* () {
      const due = (lifetime: Duration.DurationInput, random: Random.Random) =>
        Effect.map(instantsOf({ script: [issue({ lifetime })], random }), ({ refreshAt }) => refreshAt)
      expect(yield* due("1 hour", longest)).toBe(hour - 300 * second)
      expect(yield* due("1 hour", shortest)).toBe(hour - 270 * second)
      expect(yield* due("25 minutes", longest)).toBe(20 * minute)
      expect(yield* due("20 minutes", longest)).toBe(16 * minute)
      expect(yield* due("5 seconds", longest)).toBe(4 * second)
    })
  )

  it.scoped(
    "L12 lifetime: refresh_in wins if it is over zero and below the lifetime, to the millisecond",
    () =>
      Effect.gen(function* () {
        const due = (refreshIn: Duration.DurationInput) =>
          Effect.map(
            instantsOf({ script: [issue({ lifetime: "1 hour", refreshIn })], random: longest }),
            ({ refreshAt }) => refreshAt
          )
        expect(yield* due(1)).toBe(1)
        expect(yield* due("30 minutes")).toBe(30 * minute)
        expect(yield* due(hour - 1)).toBe(hour - 1)
        expect(yield* due("1 hour")).toBe(55 * minute)
        expect(yield* due("2 hours")).toBe(55 * minute)
        expect(yield* due(0)).toBe(55 * minute)
        expect(yield* due(Duration.infinity)).toBe(55 * minute)
      })
  )

  it.scoped("L12 lifetime: a missing lifetime means 3600 s, or the provider's default", () =>
    Effect.gen(function* () {
      for (const lifetime of [undefined, 0]) {
        expect((yield* instantsOf({ script: [issue({ lifetime })] })).expiresAt).toBe(hour)
        expect(
          (yield* instantsOf({ script: [issue({ lifetime })], policy: { defaultLifetime: "10 minutes" } }))
            .expiresAt
        ).toBe(10 * minute)
      }
    })
  )

  for (const [expiresIn, seconds] of [
    ["60", 60],
    ['"60"', 60],
    ["60.5", 60.5],
    [undefined, 3600],
    ["null", 3600],
    ["0", 3600],
    ["-1", 3600],
    ['""', 3600],
    ['"soon"', 3600],
    ['"1e9999"', 3600],
    ["1e9999", 3600],
    ["[]", 3600],
    ["true", 3600]
  ] as const) {
    it.scoped(`L12 lifetime: expires_in ${expiresIn ?? "nothing"} means a lifetime of ${seconds} s`, () =>
      Effect.gen(function* () {
        const member = expiresIn === undefined ? "" : `,"expires_in":${expiresIn}`
        const body = `{"access_token":"a-token","token_type":"Bearer"${member}}`
        const provider = yield* AzureAd.make("test/Api", {
          tenantId: "tenant",
          clientId: "client",
          clientSecret: Redacted.make("a-secret"),
          scopes: "https://api.example.com/.default"
        }).pipe(
          Effect.provideService(
            HttpClient.HttpClient,
            HttpClient.make((request) =>
              Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body, { status: 200 })))
            )
          )
        )
        const token = yield* provider.get
        expect(Duration.toSeconds(AccessToken.remainingAt(token, token.issuedAt.epochMillis))).toBe(seconds)
      })
    )
  }

  it.scoped("L12 lifetime: a token that does not expire is never due", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [issue({ lifetime: Duration.infinity })] })
      const token = yield* provider.get
      expect(token.expiresAt).toEqual(AccessToken.never)
      yield* pass("36500 days")
      expect(yield* provider.get).toBe(token)
      yield* settle
      expect(server.requests).toBe(1)
      expect((yield* provider.status).state).toBe("Fresh")
    })
  )

  it.scoped("L12 lifetime: a token that does not expire is due when its server says so", () =>
    Effect.gen(function* () {
      const script = [issue({ lifetime: Duration.infinity, refreshIn: "30 minutes" })] as const
      expect((yield* instantsOf({ script })).refreshAt).toBe(30 * minute)
    })
  )

  it.scoped("L12 lifetime: a token that has expired on arrival is a transient failure, not a loop", () =>
    Effect.gen(function* () {
      const { events, provider, server } = yield* begin({
        script: [issue({ lifetime: "2 seconds", takes: "2 seconds" })]
      })
      const caller = yield* Effect.fork(transientFailure(provider.get))
      const error = yield* passUntilDone(caller)
      expect(error.reason).toBe("ExpiredOnArrival")
      expect(requestsAt(server)).toEqual([0, 2250, 4750])
      expect(since(error.retryAt)).toBe(7750)
      expect((yield* transientFailure(provider.get)).reason).toBe("ExpiredOnArrival")
      expect(server.requests).toBe(3)
      expect(tags(events)).toEqual(["RefreshFailed"])
      expect((yield* provider.status).state).toBe("Empty")
    })
  )

  it.scoped("L12 lifetime: a token that expires a millisecond after its arrival is accepted", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({ script: [issue({ lifetime: 2001, takes: "2 seconds" }), hang] })
      const caller = yield* Effect.fork(provider.get)
      expect(since((yield* passUntilDone(caller)).expiresAt)).toBe(2001)
      expect(yield* elapsed).toBe(2000)
      expect((yield* provider.status).state).toBe("Due")
    })
  )

  const numbers: ReadonlyArray<
    readonly [policy: Options["policy"] & object, random: Random.Random, refreshAt: number]
  > = [
    [{ margin: "10 minutes" }, longest, 50 * minute],
    [{ margin: 0 }, longest, hour],
    [{ margin: "1 hour", marginFraction: 0.5 }, longest, 30 * minute],
    [{ margin: "2 hours", marginFraction: 1 }, longest, 0],
    [{ marginFraction: 0 }, longest, hour],
    [{ marginFraction: 0.01 }, longest, hour - 36 * second],
    [{ marginJitter: 0.5 }, shortest, hour - 150 * second],
    [{ marginJitter: 1 }, shortest, hour],
    [{ marginJitter: 0 }, shortest, hour - 300 * second]
  ]
  for (const [policy, random, refreshAt] of numbers) {
    it.scoped(
      `L12 lifetime: ${Object.keys(policy).join(" and ")} are options: ${JSON.stringify(policy)}`,
      () =>
        Effect.gen(function* () {
          const instants = yield* instantsOf({ script: [issue({ lifetime: "1 hour" })], policy, random })
          expect(instants.refreshAt).toBe(refreshAt)
        })
    )
  }
})

describe("time and chance", () => {
  it.scoped("L13 time and chance: the same seed gives the same instants, another seed other ones", () =>
    Effect.gen(function* () {
      const run = (seed: number) =>
        Effect.gen(function* () {
          const { provider, server } = yield* begin({
            script: [transient(), transient(), issue(), transient(), issue()],
            random: seeded(seed)
          })
          yield* passUntilDone(yield* Effect.fork(provider.get))
          const first = (yield* provider.status).refreshAt
          yield* passUntilDone(yield* Effect.fork(provider.refresh))
          return [first, (yield* provider.status).refreshAt, requestsAt(server)]
        })
      expect(yield* run(1)).toEqual(yield* run(1))
      expect(yield* run(2)).toEqual(yield* run(2))
      expect(yield* run(1)).not.toEqual(yield* run(2))
    })
  )

  it.scoped("L13 time and chance: a provider uses Effect's clock, whatever time that says", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [issue({ lifetime: "1 minute" })] })
      const token = yield* provider.get
      expect(token.issuedAt.epochMillis).toBe(epoch)
      yield* pass("59 seconds")
      expect(yield* AccessToken.isExpired(token)).toBe(false)
      yield* pass("1 second")
      expect(yield* AccessToken.isExpired(token)).toBe(true)
      yield* provider.get
      expect(requestsAt(server)).toEqual([0, minute])
    })
  )

  it("L13 time and chance: no file of src reads the system clock or the system random", () => {
    const src = new URL("../../src/", import.meta.url)
    const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".ts")
    )
    expect(files.length).toBeGreaterThan(20)
    const system = /Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|\bsetTimeout\(|\bsetInterval\(/
    expect(files.filter((file) => system.test(readFileSync(new URL(file, src), "utf8")))).toEqual([])
  })
})
