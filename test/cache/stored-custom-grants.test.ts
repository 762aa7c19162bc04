import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import {
  CacheStore,
  Grant,
  MemoryTokenStore,
  StaticToken,
  TenantProvider,
  TokenError,
  TokenKey,
  TokenProvider,
  TokenStore
} from "effect-oauth"
import { advance } from "../support/clock.js"
import { fail, hang, issue, rejection, ScriptedGrant } from "../support/scriptedGrant.js"

/** Makes a provider on a store. */
const on =
  (store: TokenStore.LeasedService, options?: CacheStore.Options) =>
  <A, R>(effect: Effect.Effect<A, TokenError.InvalidConfiguration, R>) =>
    effect.pipe(
      Effect.provide(CacheStore.layer(options)),
      Effect.provideService(TokenStore.LeasedTokenStore, store),
      Effect.orDie
    )

const provider = (grant: Grant.Grant, policy?: { readonly deadline: Duration.DurationInput }) =>
  TokenProvider.make({ name: "test/Api", grant, policy })

const value = (get: TokenProvider.TokenProvider["get"]) =>
  Effect.map(get, (token) => Redacted.value(token.value))

const recordsOf = (store: TokenStore.LeasedService) =>
  Effect.map(Stream.runCollect(store.list), (summaries) => summaries.length)

/** The clock of a test, ahead of itself or behind. Sleeps last as long as ever. */
const shifted = Effect.gen(function* () {
  const clock = yield* Effect.clock
  const shift = { millis: 0 }
  const millis = () => clock.unsafeCurrentTimeMillis() + shift.millis
  const nanos = () => clock.unsafeCurrentTimeNanos() + BigInt(shift.millis) * 1_000_000n
  const set: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: millis,
    currentTimeMillis: Effect.sync(millis),
    unsafeCurrentTimeNanos: nanos,
    currentTimeNanos: Effect.sync(nanos),
    sleep: (duration) => clock.sleep(duration)
  }
  return { set, shift }
})

describe("grants that are not stored", () => {
  it.scoped("StaticToken stores nothing, so that a changed key takes effect", () =>
    Effect.gen(function* () {
      const store = yield* MemoryTokenStore.make
      for (const key of ["old-key", "new-key"]) {
        const made = yield* StaticToken.make("test/Api", { value: Redacted.make(key) }).pipe(on(store))
        expect(yield* value(made.get)).toBe(key)
      }
      expect(yield* recordsOf(store)).toBe(0)
    })
  )

  it.scoped(
    "L14 a token that was obtained with a key's secret is not stored, so a wrong secret reaches the server",
    () =>
      Effect.gen(function* () {
        const store = yield* MemoryTokenStore.make
        const right = new ScriptedGrant("safe", issue())
        const wrong = new ScriptedGrant("safe", fail(rejection))
        const tenants = yield* TenantProvider.make("test/Tenants", {
          grant: (key) =>
            Effect.succeed(
              Option.exists(TokenKey.secretOf(key), (secret) => Redacted.value(secret) === "right")
                ? right.grant
                : wrong.grant
            )
        }).pipe(on(store))
        const keyWith = (secret: string) => TokenKey.withSecret({ tenant: "acme" }, Redacted.make(secret))

        expect(yield* value(tenants.get(yield* keyWith("right")))).toBe("token-1")
        expect(yield* Effect.flip(tenants.get(yield* keyWith("wrong")))).toEqual(rejection)
        expect([right.requests, wrong.requests]).toEqual([1, 1])
        expect(yield* recordsOf(store)).toBe(0)

        // whoever brings none shares what the store has, as ever
        const open = yield* TenantProvider.make("test/Tenants", {
          grant: () => Effect.succeed(right.grant)
        }).pipe(on(store))
        yield* open.get({ tenant: "acme" })
        expect(yield* recordsOf(store)).toBe(1)
      })
  )
})

describe("a custom grant on a store", () => {
  it.scoped(
    "L9 a once grant gets no previous state at first, as in memory, and its own result after that",
    () =>
      Effect.gen(function* () {
        const grant = new ScriptedGrant("once", issue({ refreshToken: "refresh-1", lifetime: "1 minute" }))
        const { get } = yield* provider(grant.grant).pipe(on(yield* MemoryTokenStore.make))
        yield* get
        yield* TestClock.adjust("61 seconds")
        yield* get
        const held = grant.attempts.map(({ previous }) =>
          Option.map(previous, ({ presentedAt, refreshToken }) => ({
            refreshToken: Option.map(refreshToken, Redacted.value),
            presentedAt
          }))
        )
        expect(held).toEqual([
          Option.none(),
          Option.some({ refreshToken: Option.some("refresh-1"), presentedAt: Option.none() })
        ])
      })
  )

  it.scoped("L12 a record with an infinite refresh_in can be read back", () =>
    Effect.gen(function* () {
      const store = yield* MemoryTokenStore.make
      const grant = new ScriptedGrant("safe", issue({ refreshIn: Duration.infinity, lifetime: "1 minute" }))
      const first = yield* provider(grant.grant).pipe(on(store))
      const second = yield* provider(grant.grant).pipe(on(store))
      expect(yield* value(first.get)).toBe("token-1")
      expect(yield* value(second.get)).toBe("token-1")
      yield* TestClock.adjust("61 seconds")
      expect(yield* value(second.get)).toBe("token-2")
      expect(yield* value(first.get)).toBe("token-2")
    })
  )

  it.scoped("a new login is found while memory is newer than a store that was unavailable", () =>
    Effect.gen(function* () {
      const store = yield* MemoryTokenStore.make
      const down = new TokenError.StoreFailure({ provider: "test/Tenants", reason: "Unavailable" })
      let isUp = true
      let login = "login-1"
      const presented: Array<string> = []
      const tenants = yield* TenantProvider.make("test/Tenants", {
        grant: () =>
          Effect.sync(() => {
            const seed = login
            return Grant.make({
              name: "refresh_token",
              replay: "once",
              seed: Redacted.make(seed),
              request: (previous) =>
                Effect.sync(() => {
                  const refreshToken = Option.match(previous, {
                    onNone: () => Option.some(seed),
                    onSome: (held) => Option.map(held.refreshToken, Redacted.value)
                  })
                  const number = presented.push(Option.getOrElse(refreshToken, () => "nothing"))
                  return {
                    value: Redacted.make(`token-${number}`),
                    expiresIn: Duration.minutes(1),
                    refreshToken: Redacted.make(`refresh-${number + 1}`)
                  }
                })
            })
          })
      }).pipe(
        on(
          { ...store, load: (key) => Effect.suspend(() => (isUp ? store.load(key) : Effect.fail(down))) },
          { refreshWithoutLease: true }
        )
      )
      const askAnew = Effect.zipRight(TestClock.adjust("61 seconds"), tenants.get({ tenant: "acme" }))

      yield* askAnew
      isUp = false
      yield* askAnew
      login = "login-2"
      isUp = true
      yield* askAnew
      yield* askAnew
      expect(presented).toEqual(["login-1", "refresh-2", "login-2", "refresh-4"])
    })
  )
})

describe("a flight that has to wait on its store", () => {
  it.scoped("L5 a flight ends although an uninterruptible renewal hangs", () =>
    Effect.gen(function* () {
      const store = yield* MemoryTokenStore.make
      const grant = new ScriptedGrant("safe", fail(rejection, "2 seconds"))
      const renewed = yield* Deferred.make<Option.Option<never>>()
      const renew = () => Effect.uninterruptible(Deferred.await(renewed))
      const { get } = yield* provider(grant.grant).pipe(on({ ...store, renew }, { lease: "3 seconds" }))
      const call = yield* Effect.fork(Effect.flip(get))
      yield* advance("2 seconds", "500 millis")
      const ended = yield* Fiber.poll(call)
      yield* Deferred.succeed(renewed, Option.none())
      expect(ended).toEqual(Option.some(Exit.succeed(rejection)))
    })
  )

  const patience = { lease: "1 second", deadline: "1 second" } as const

  it.scoped("L7 a flight waits no longer for the lease if its clock is set back", () =>
    Effect.gen(function* () {
      const { set, shift } = yield* shifted
      yield* TestClock.setTime(Duration.toMillis("1 day"))
      const store = yield* MemoryTokenStore.make
      const acquire = () => Effect.succeedNone
      const { get } = yield* provider(new ScriptedGrant("safe", issue()).grant, patience).pipe(
        on({ ...store, acquire }, patience),
        Effect.withClock(set)
      )
      const call = yield* Effect.fork(Effect.flip(Effect.withClock(get, set)))
      yield* advance("2 seconds", "250 millis")
      expect(Option.isNone(yield* Fiber.poll(call))).toBe(true)
      shift.millis = -Duration.toMillis("1 hour")
      yield* advance("3 seconds", "250 millis")
      const exit = Option.getOrUndefined(yield* Fiber.poll(call))
      expect(exit).toMatchObject({ value: { _tag: "TransientFailure", reason: "Timeout" } })
    })
  )

  it.scoped("S27 a flight waits no longer for a dead holder if its clock is set back", () =>
    Effect.gen(function* () {
      const { set, shift } = yield* shifted
      yield* TestClock.setTime(Duration.toMillis("1 day"))
      const store = yield* MemoryTokenStore.make
      const lost = yield* provider(new ScriptedGrant("once", hang).grant, patience).pipe(on(store, patience))
      const its = yield* Effect.fork(Effect.flip(lost.get))
      yield* advance("1 second", "250 millis")
      expect((yield* Fiber.join(its)).reason).toBe("Timeout")

      const grant = new ScriptedGrant("once", issue())
      const { get } = yield* provider(grant.grant, patience).pipe(on(store, patience), Effect.withClock(set))
      const call = yield* Effect.fork(value(Effect.withClock(get, set)))
      yield* advance("500 millis", "250 millis")
      expect(grant.requests).toBe(0)
      shift.millis = -Duration.toMillis("1 hour")
      yield* advance("1 second", "250 millis")
      expect(yield* Fiber.poll(call)).toEqual(Option.some(Exit.succeed("token-1")))
      const wasPresented = grant.attempts.map(({ previous }) =>
        Option.isSome(Option.flatMap(previous, ({ presentedAt }) => presentedAt))
      )
      expect(wasPresented).toEqual([true])
    })
  )
})
