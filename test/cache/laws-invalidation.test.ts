import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { AccessToken } from "effect-oauth"
import { settle } from "../support/clock.js"
import { begin, outcome, pass, passTo, since, tags, valueOf } from "../support/providerUnderTest.js"
import { fail, issue, rejection, transient } from "../support/scriptedGrant.js"

const second = 1000
const minute = 60 * second

describe("invalidation", () => {
  it.scoped("L10 conditional invalidation: a hundred concurrent refusals of one token cost one refresh", () =>
    Effect.gen(function* () {
      const { events, provider, server } = yield* begin({ script: [issue(), issue({ takes: "2 seconds" })] })
      const refused = yield* provider.get
      const retries = yield* Effect.all(
        Array.from({ length: 100 }, () =>
          Effect.fork(Effect.zip(provider.invalidate(refused), valueOf(provider.get)))
        )
      )
      yield* pass("2 seconds")
      const results = yield* Fiber.join(Fiber.all(retries))
      expect(results.filter(([outcome]) => outcome === "Invalidated")).toHaveLength(1)
      expect(results.filter(([outcome]) => outcome === "Superseded")).toHaveLength(99)
      expect(new Set(results.map(([, value]) => value))).toEqual(new Set(["token-2"]))
      expect(server.requests).toBe(2)
      expect(tags(events)).toEqual(["Acquired", "Invalidated", "Acquired"])
    })
  )

  it.scoped(
    "L10 conditional invalidation: invalidating a token that is not the current one changes nothing",
    () =>
      Effect.gen(function* () {
        const { events, provider, server } = yield* begin({ script: [issue()] })
        const old = yield* provider.get
        const current = yield* provider.refresh
        expect(yield* provider.invalidate(old)).toBe("Superseded")
        expect(yield* provider.get).toBe(current)
        expect(server.requests).toBe(2)
        expect(tags(events)).toEqual(["Acquired", "Refreshed"])
      })
  )

  it.scoped("L10 conditional invalidation: invalidate compares tokens by value", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [issue()] })
      const current = yield* provider.get
      const copy = new AccessToken.AccessToken({
        ...current,
        value: Redacted.make("token-1"),
        scopes: ["other"]
      })
      expect(yield* provider.invalidate(copy)).toBe("Invalidated")
      expect(yield* valueOf(provider.get)).toBe("token-2")
      expect(server.requests).toBe(2)
    })
  )

  it.scoped("L10 conditional invalidation: an expired token is not current", () =>
    Effect.gen(function* () {
      const { events, provider } = yield* begin({ script: [issue({ lifetime: "1 minute" })] })
      const token = yield* provider.get
      yield* passTo(minute)
      expect(yield* provider.invalidate(token)).toBe("Superseded")
      expect(tags(events)).toEqual(["Acquired"])
    })
  )

  it.scoped("L10 conditional invalidation: invalidating gives up the token and keeps the windows", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({
        script: [issue(), transient({ retryAfter: "30 seconds" }), issue()]
      })
      const token = yield* provider.get
      yield* Effect.flip(provider.refresh)
      expect(yield* provider.invalidate(token)).toBe("Invalidated")
      expect((yield* Effect.flip(provider.get))._tag).toBe("TransientFailure")
      expect(yield* provider.invalidate(token)).toBe("Superseded")
      expect(server.requests).toBe(2)
      yield* pass("30 seconds")
      expect(yield* valueOf(provider.get)).toBe("token-3")
    })
  )

  it.scoped(
    "L10 conditional invalidation: invalidating leaves a running flight alone, and its token is put in hand",
    () =>
      Effect.gen(function* () {
        const { events, provider, server } = yield* begin({
          script: [issue(), issue({ takes: "2 seconds" })]
        })
        const token = yield* provider.get
        const refresh = yield* Effect.fork(valueOf(provider.refresh))
        yield* pass("1 second")
        expect(yield* provider.invalidate(token)).toBe("Invalidated")
        const get = yield* Effect.fork(valueOf(provider.get))
        expect(yield* outcome(get)).toBeUndefined()
        yield* pass("1 second")
        expect([yield* Fiber.join(refresh), yield* Fiber.join(get)]).toEqual(["token-2", "token-2"])
        expect(server.requests).toBe(2)
        expect(tags(events)).toEqual(["Acquired", "Invalidated", "Refreshed"])
      })
  )

  it.scoped("L11 refusal guard: a server that refuses brand-new tokens costs one refresh in 30 s", () =>
    Effect.gen(function* () {
      const { events, provider, server } = yield* begin({ script: [issue()] })
      const outcomes: Array<string> = []
      // what a client does with a 401, once a second for 91 s
      for (let seconds = 0; seconds <= 90; seconds++) {
        yield* passTo(seconds * second)
        const refused = yield* provider.get
        outcomes.push(yield* provider.invalidate(refused))
        yield* provider.get
      }
      expect(server.requests).toBe(1 + 4)
      expect(outcomes.filter((outcome) => outcome === "Invalidated")).toHaveLength(4)
      expect(outcomes.filter((outcome) => outcome === "Guarded")).toHaveLength(87)
      expect(tags(events).filter((tag) => tag === "Invalidated")).toHaveLength(4)
    })
  )

  it.scoped("L11 refusal guard: the guard counts from the start of the flight, to the millisecond", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({ script: [issue(), issue({ takes: "5 seconds" })] })
      yield* provider.invalidate(yield* provider.get)
      yield* passTo(10 * second)
      const flight = yield* Effect.fork(provider.get)
      yield* passTo(15 * second)
      const token = yield* Fiber.join(flight)
      expect(yield* provider.invalidate(token)).toBe("Guarded")
      yield* passTo(40 * second - 1)
      expect(yield* provider.invalidate(token)).toBe("Guarded")
      expect(yield* provider.get).toBe(token)
      yield* passTo(40 * second)
      expect(yield* provider.invalidate(token)).toBe("Invalidated")
    })
  )

  it.scoped("L11 refusal guard: a refresh that an invalidation caused starts the guard", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({ script: [issue()] })
      yield* provider.invalidate(yield* provider.get)
      const token = yield* provider.refresh
      expect(yield* provider.invalidate(token)).toBe("Guarded")
    })
  )

  it.scoped("L11 refusal guard: other flights do not start the guard", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [issue()] })
      yield* provider.get
      expect(yield* provider.invalidate(yield* provider.refresh)).toBe("Invalidated")
      const cleared = yield* begin({ script: [issue()] })
      yield* cleared.provider.get
      yield* cleared.provider.clear
      expect(yield* cleared.provider.invalidate(yield* cleared.provider.get)).toBe("Invalidated")
      expect(server.requests).toBe(2)
    })
  )

  it.scoped("L11 refusal guard: an old token is superseded, not guarded", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({ script: [issue()] })
      const old = yield* provider.get
      yield* provider.invalidate(old)
      yield* provider.get
      expect(yield* provider.invalidate(old)).toBe("Superseded")
    })
  )

  it.scoped(
    "L11 refusal guard: a failed flight starts the guard too, and so does the next one for the invalidation",
    () =>
      Effect.gen(function* () {
        const { provider } = yield* begin({ script: [issue(), fail(rejection), issue()] })
        yield* provider.invalidate(yield* provider.get)
        yield* Effect.flip(provider.get)
        yield* passTo(29 * second)
        const token = yield* provider.refresh
        yield* passTo(59 * second - 1)
        expect(yield* provider.invalidate(token)).toBe("Guarded")
        yield* passTo(59 * second)
        expect(yield* provider.invalidate(token)).toBe("Invalidated")
      })
  )

  it.scoped("L11 refusal guard: refusalGuard sets its duration", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({ policy: { refusalGuard: "2 seconds" }, script: [issue()] })
      yield* provider.invalidate(yield* provider.get)
      const token = yield* provider.get
      yield* passTo(2 * second - 1)
      expect(yield* provider.invalidate(token)).toBe("Guarded")
      yield* passTo(2 * second)
      expect(yield* provider.invalidate(token)).toBe("Invalidated")
      const without = yield* begin({ policy: { refusalGuard: 0 }, script: [issue()] })
      for (let i = 0; i < 3; i++) {
        expect(yield* without.provider.invalidate(yield* without.provider.get)).toBe("Invalidated")
      }
    })
  )
})

describe("clear", () => {
  it.scoped("clear gives up the token in hand, and the next caller waits for another", () =>
    Effect.gen(function* () {
      const { events, provider, server } = yield* begin({ script: [issue(), issue({ takes: "1 second" })] })
      yield* provider.get
      yield* provider.clear
      expect((yield* provider.status).state).toBe("Empty")
      const caller = yield* Effect.fork(valueOf(provider.get))
      yield* pass("1 second")
      expect(yield* Fiber.join(caller)).toBe("token-2")
      expect(server.requests).toBe(2)
      expect(tags(events)).toEqual(["Acquired", "Cleared", "Acquired"])
    })
  )

  it.scoped("clear discards the token of a running flight, and its callers share another flight", () =>
    Effect.gen(function* () {
      const { events, provider, server } = yield* begin({ script: [issue({ takes: "2 seconds" })] })
      const before = yield* Effect.fork(valueOf(provider.get))
      const refresher = yield* Effect.fork(valueOf(provider.refresh))
      yield* pass("1 second")
      yield* provider.clear
      const after = yield* Effect.all(Array.from({ length: 10 }, () => Effect.fork(valueOf(provider.get))))
      yield* pass("1 second")
      expect(tags(events)).toEqual(["Cleared", "Discarded"])
      for (const fiber of [before, refresher, ...after]) expect(yield* outcome(fiber)).toBeUndefined()
      yield* pass("2 seconds")
      expect(new Set(yield* Fiber.join(Fiber.all([before, refresher, ...after])))).toEqual(
        new Set(["token-2"])
      )
      expect(server.requests).toBe(2)
      expect(tags(events)).toEqual(["Cleared", "Discarded", "Acquired"])
    })
  )

  it.scoped("clear discards the token of a background refresh", () =>
    Effect.gen(function* () {
      const { events, provider, server } = yield* begin({
        script: [issue({ refreshIn: "50 minutes" }), issue({ takes: "2 seconds" }), issue()]
      })
      yield* provider.get
      yield* passTo(50 * minute)
      yield* provider.get
      yield* pass("1 second")
      yield* provider.clear
      yield* pass("1 second")
      expect((yield* provider.status).state).toBe("Empty")
      expect(yield* valueOf(provider.get)).toBe("token-3")
      expect(server.requests).toBe(3)
      expect(tags(events)).toEqual(["Acquired", "Cleared", "Discarded", "Acquired"])
    })
  )

  it.scoped(
    "clear does not change a failure that is under way, and a discarded token closes the windows",
    () =>
      Effect.gen(function* () {
        const failing = yield* begin({ script: [fail(rejection, "2 seconds")] })
        const waiter = yield* Effect.fork(Effect.flip(failing.provider.get))
        yield* settle
        yield* failing.provider.clear
        yield* pass("2 seconds")
        expect((yield* Fiber.join(waiter))._tag).toBe("CredentialRejected")
        expect(yield* outcome(yield* Effect.fork(failing.provider.get))).toSatisfy(Exit.isExit)
        expect(failing.server.requests).toBe(1)

        const { provider } = yield* begin({
          script: [fail(rejection), issue({ takes: "2 seconds" }), fail(rejection)]
        })
        yield* Effect.flip(provider.get)
        yield* Effect.fork(Effect.exit(provider.refresh))
        yield* pass("1 second")
        expect((yield* provider.status).windowUntil._tag).toBe("Some")
        yield* provider.clear
        expect((yield* provider.status).windowUntil._tag).toBe("Some")
        yield* pass("1 second")
        // the refresher has asked again and been refused: a first rejection, not a second
        expect(since(Option.getOrThrow((yield* provider.status).windowUntil))).toBe(2 * second + minute)
      })
  )

  it.scoped("clear of a provider without a token emits an event and starts nothing", () =>
    Effect.gen(function* () {
      const { events, provider, server } = yield* begin({ script: [issue()] })
      yield* provider.clear
      yield* provider.clear
      yield* settle
      expect(tags(events)).toEqual(["Cleared", "Cleared"])
      expect(server.requests).toBe(0)
    })
  )
})
