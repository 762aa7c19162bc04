import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as TestClock from "effect/TestClock"
import { begin, elapsed, pass, requestsAt, seeded } from "../support/providerUnderTest.js"
import { issue } from "../support/scriptedGrant.js"

const second = 1000
const minute = 60 * second

describe("a hundred gets a second for ten minutes, of a token that lives a minute and takes two seconds", () => {
  const chances = {
    "always the earliest refresh": Random.fixed([0]),
    "always the latest": Random.fixed([1]),
    "some seed": seeded(1),
    another: seeded(2)
  }
  for (const [chance, random] of Object.entries(chances)) {
    it.scoped(`cost 13 token requests, and no caller but the first waits (${chance})`, () =>
      Effect.gen(function* () {
        const { events, provider, server } = yield* begin({
          script: [issue({ lifetime: "1 minute", takes: "2 seconds" })],
          random
        })
        yield* Effect.fork(provider.get)
        yield* pass("2 seconds")
        let gets = 0
        let waited = 0
        while ((yield* elapsed) < 10 * minute) {
          const callers = yield* Effect.replicateEffect(Effect.fork(provider.get), 20)
          // the clock stands still: whoever is done by now has waited for nothing
          yield* Effect.repeatN(Effect.yieldNow(), 8)
          gets += callers.length
          waited += callers.filter((caller) => caller.unsafePoll()?._tag !== "Success").length
          yield* TestClock.adjust("200 millis")
        }
        expect(gets).toBe(100 * 598)
        expect(waited).toBe(0)
        expect(server.requests).toBe(1 + 12)
        expect(events.map(({ _tag }) => _tag)).toEqual([
          "Acquired",
          ...Array.from({ length: 12 }, () => "Refreshed")
        ])
        const instants = requestsAt(server)
        for (const [i, instant] of instants.slice(1).entries()) {
          const after = instant - instants[i]!
          expect(after).toBeGreaterThanOrEqual(48.0 * second)
          expect(after).toBeLessThanOrEqual(49.2 * second + 50)
        }
      })
    )
  }
})
