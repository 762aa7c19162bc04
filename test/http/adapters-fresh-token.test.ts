import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import type { TokenProvider } from "effect-oauth"
import { TokenCredential, TokenFunction } from "effect-oauth"
import { advance, settle } from "../support/clock.js"
import { begin, epoch } from "../support/providerUnderTest.js"
import { fail, issue, rejection } from "../support/scriptedGrant.js"

describe("L1 hit: a promise adapter", () => {
  it.scoped("returns a fresh token without a fiber, and a due one by a get, which starts the refresh", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [issue({ lifetime: "10 minutes" })] })
      let gets = 0
      const counted = Effect.suspend(() => {
        gets++
        return provider.get
      })
      const token = yield* TokenFunction.make(Effect.succeed(provider))
      const viaGet = yield* TokenFunction.make(Effect.succeed({ ...provider, get: counted }))
      expect(yield* Effect.promise(token)).toBe("token-1")
      expect(yield* Effect.promise(viaGet)).toBe("token-1")
      expect(gets).toBe(1)
      yield* TestClock.setTime(epoch + 9 * 60_000)
      expect(yield* Effect.promise(token)).toBe("token-1")
      yield* settle
      expect(server.requests).toBe(2)
      expect(yield* Effect.promise(token)).toBe("token-2")
      yield* TestClock.setTime(epoch + 60 * 60_000)
      expect(yield* Effect.promise(token)).toBe("token-3")
    })
  )

  it.scoped(
    "L3 single flight: requests one token for concurrent callers, and another for later callers",
    () =>
      Effect.gen(function* () {
        const { provider } = yield* begin({
          script: [fail(rejection, "1 second"), issue({ takes: "1 second" })],
          policy: { rejectedWindow: "1 second" }
        })
        let gets = 0
        const get = Effect.suspend(() => {
          gets++
          return provider.get
        })
        const token = yield* TokenFunction.make(Effect.succeed({ ...provider, get }))
        const callers = (count: number) =>
          Effect.gen(function* () {
            const all = Promise.allSettled(Array.from({ length: count }, () => token()))
            yield* advance("3 seconds", "500 millis")
            return yield* Effect.promise(() => all)
          })
        expect(
          new Set((yield* callers(1000)).map((one): unknown => one.status === "rejected" && one.reason))
        ).toEqual(new Set([rejection]))
        expect(gets).toBe(1)
        expect((yield* callers(1000)).every((one) => one.status === "fulfilled")).toBe(true)
        expect(gets).toBe(2)
      })
  )

  it.scoped("uses the get of a copied provider, if the copy has its own", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({ script: [issue()] })
      const other = yield* begin({ script: [issue({ value: "another" })] })
      yield* provider.get
      const copy: TokenProvider.TokenProvider = { ...provider, get: other.provider.get }
      const token = yield* TokenFunction.make(Effect.succeed(copy))
      expect(yield* Effect.promise(token)).toBe("another")
    })
  )

  it.scoped("makes a separate provider for each set of scopes and each tenant", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({ script: [issue()] })
      const asked: Array<string> = []
      const credential = yield* TokenCredential.make((scopes, { tenantId }) => {
        asked.push(`${scopes.join()} ${tenantId ?? "home"}`)
        return scopes[0] === "slow" ? Effect.never : Effect.succeed(provider)
      })
      const abort = new AbortController()
      const slow = credential.getToken("slow", { abortSignal: abort.signal })
      const tokens = yield* Effect.promise(() =>
        Promise.all([
          credential.getToken("quick"),
          credential.getToken("quick"),
          credential.getToken("quick", { tenantId: "other" })
        ])
      )
      expect(tokens.map(({ token }) => token)).toEqual(["token-1", "token-1", "token-1"])
      expect(asked).toEqual(["slow home", "quick home", "quick other"])
      abort.abort()
      expect(yield* Effect.flip(Effect.tryPromise({ try: () => slow, catch: String }))).toContain("Abort")
    })
  )

  it.scoped("gives an SDK a fresh token at once, and a new one if it passes claims", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [issue()] })
      const credential = yield* TokenCredential.fromProvider(Effect.succeed(provider), "read write")
      const ask = (options?: TokenCredential.GetTokenOptions) =>
        Effect.map(
          Effect.promise(() => credential.getToken(["write"], options)),
          ({ token }) => token
        )
      expect([yield* ask(), yield* ask(), yield* ask({ claims: "{}" }), yield* ask()]).toEqual([
        ...["token-1", "token-1"],
        ...["token-2", "token-2"]
      ])
      expect(server.requests).toBe(2)
    })
  )
})
