import { describe, expect, it } from "@effect/vitest"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { Answer } from "effect-oauth/testing"
import { settle } from "../support/clock.js"
import type { ClientUnderTest } from "../support/clientUnderTest.js"
import { beginClient } from "../support/clientUnderTest.js"
import { elapsed, outcome, pass, passTo, since } from "../support/providerUnderTest.js"

const second = 1000
const minute = 60 * second

/** A thousand gets, one every two milliseconds; the tags of what they failed with. */
const thousandGets = ({ provider }: ClientUnderTest) =>
  Effect.gen(function* () {
    const callers = yield* Effect.replicateEffect(
      Effect.tap(Effect.fork(Effect.flip(provider.get)), () =>
        Effect.zipRight(TestClock.adjust("2 millis"), settle)
      ),
      1000
    )
    expect(yield* elapsed).toBe(2 * second)
    yield* pass("10 seconds")
    return Array.dedupe((yield* Fiber.join(Fiber.all(callers))).map(({ _tag }) => _tag))
  })

describe("a thousand gets over two seconds", () => {
  it.scoped("against a server that answers 401 cost one token request", () =>
    Effect.gen(function* () {
      const client = yield* beginClient()
      yield* client.server.respondAlways(Answer.status(401))
      expect(yield* thousandGets(client)).toEqual(["CredentialRejected"])
      expect(yield* client.requestsAt).toEqual([0])
    })
  )

  it.scoped("against one that answers 503 with Retry-After: 30 cost one", () =>
    Effect.gen(function* () {
      const client = yield* beginClient()
      yield* client.server.respondAlways(Answer.status(503, { retryAfter: 30 }))
      expect(yield* thousandGets(client)).toEqual(["TransientFailure"])
      expect(yield* client.requestsAt).toEqual([0])
      yield* client.server.up
      yield* passTo(30 * second - 1)
      expect((yield* Effect.flip(client.provider.get))._tag).toBe("TransientFailure")
      yield* passTo(30 * second)
      yield* client.provider.get
      expect(yield* client.requestsAt).toEqual([0, 30 * second])
    })
  )

  for (const seed of [1, 2, 3]) {
    it.scoped(
      `against one that answers 503 cost three in a flight, and none inside a window (seed ${seed})`,
      () =>
        Effect.gen(function* () {
          const client = yield* beginClient({}, seed)
          yield* client.server.respondAlways(Answer.status(503))
          expect(yield* thousandGets(client)).toEqual(["TransientFailure"])
          const requests = yield* client.requestsAt
          const flights = client.events.flatMap((event) => (event._tag === "RefreshFailed" ? [event] : []))
          expect(flights.map(({ attempts }) => attempts.length)).toEqual([3, 3])
          expect(requests).toHaveLength(6)
          for (const { at, retryAt } of flights) {
            expect(since(retryAt) - since(at)).toBeGreaterThanOrEqual(second)
            expect(requests.filter((request) => request > since(at) && request < since(retryAt))).toEqual([])
          }
        })
    )
  }
})

describe("a server that is down from the refresh to the expiry", () => {
  for (const [how, answer] of [
    ["refuses connections", Answer.connectionRefused],
    ["answers 503", Answer.status(503)],
    ["rejects the credential", Answer.status(401)],
    ["answers with a page", Answer.html(200)]
  ] as const) {
    it.scoped(`and ${how} fails no caller before the expiry`, () =>
      Effect.gen(function* () {
        const { provider, requestsAt, server } = yield* beginClient({ lifetime: "10 minutes" })
        const token = yield* provider.get
        yield* passTo(7.9 * minute)
        yield* server.respondAlways(answer)
        while ((yield* elapsed) < 10 * minute) {
          const caller = yield* Effect.fork(provider.get)
          expect(yield* outcome(caller)).toEqual(Exit.succeed(token))
          yield* pass("1 second")
        }
        const late = yield* Effect.fork(Effect.exit(provider.get))
        yield* pass("5 seconds")
        expect(Exit.isFailure(yield* Fiber.join(late))).toBe(true)
        expect((yield* requestsAt).length).toBeGreaterThan(2)
        yield* server.up
        yield* pass("10 minutes")
        expect((yield* provider.get).expiresAt.epochMillis).toBeGreaterThan(token.expiresAt.epochMillis)
      })
    )
  }
})
