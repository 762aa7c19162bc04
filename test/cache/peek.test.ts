import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { peekOf } from "../../src/cache/peek.js"
import { TokenFunction } from "effect-oauth"
import { begin, epoch, pass, requestsAt } from "../support/providerUnderTest.js"
import { issue } from "../support/scriptedGrant.js"

const minute = 60_000

/** A token of an hour, which is due after 55 minutes. */
const bench = begin({ script: [issue({ lifetime: "1 hour" })], policy: { marginJitter: 0 } })

describe("peek", () => {
  it.scoped("L1 hit: peek answers the token in hand while it is fresh", () =>
    Effect.gen(function* () {
      const { provider } = yield* bench
      const fresh = peekOf(provider.get)
      expect(fresh(epoch)).toBeUndefined()
      const token = yield* provider.get
      expect(fresh(epoch)).toBe(token)
      expect(fresh(epoch + 55 * minute - 1)).toBe(token)
      yield* provider.clear
      expect(fresh(epoch)).toBeUndefined()
    })
  )

  it.scoped("L2 refresh-ahead: peek does not answer a due token, so that get runs and starts a flight", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* bench
      const value = yield* TokenFunction.make(Effect.succeed(provider))
      yield* provider.get
      expect(peekOf(provider.get)(epoch + 55 * minute)).toBeUndefined()
      yield* pass("55 minutes")
      expect(yield* Effect.promise(value)).toBe("token-1")
      yield* pass("1 second")
      expect(requestsAt(server)).toEqual([0, 55 * minute])
      expect(yield* Effect.promise(value)).toBe("token-2")
    })
  )

  it.scoped("L10 conditional invalidation: peek does not answer an invalidated token", () =>
    Effect.gen(function* () {
      const { provider } = yield* bench
      const token = yield* provider.get
      yield* provider.invalidate(token)
      expect(peekOf(provider.get)(yield* Clock.currentTimeMillis)).toBeUndefined()
    })
  )

  it.scoped("peek answers nothing for a get that is derived from another", () =>
    Effect.gen(function* () {
      const { provider } = yield* bench
      yield* provider.get
      const own = { ...provider, get: Effect.map(provider.get, (token) => token) }
      expect(peekOf(own.get)(epoch)).toBeUndefined()
    })
  )
})
