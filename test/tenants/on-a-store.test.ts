import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type { TokenStore } from "effect-oauth"
import { CacheStore, Grant, MemoryTokenStore, TenantProvider, TokenError, TokenEvent } from "effect-oauth"
import { settle } from "../support/clock.js"

interface World {
  readonly store: TokenStore.LeasedService
  /** The refresh tokens that were presented, by tenant. */
  readonly presented: Array<string>
  readonly events: Array<string>
  isStoreAway: boolean
}

/** Tenants with a refresh token that rotates each, on one store; each call stands for another process. */
const tenants = (world: World, options: Partial<TenantProvider.Options<never>> = {}) =>
  Effect.gen(function* () {
    const unavailable = new TokenError.StoreFailure({ provider: "test", reason: "Unavailable" })
    const save: TokenStore.LeasedService["save"] = (entry, expected) =>
      Effect.suspend(() =>
        // the mark comes about, and what is brought cannot be saved
        world.isStoreAway && Option.isNone(entry.presentedAt)
          ? Effect.fail(unavailable)
          : world.store.save(entry, expected)
      )
    const settings = yield* CacheStore.settings().pipe(
      Effect.provide(MemoryTokenStore.layer),
      Effect.map((settings) => {
        const store = { ...world.store, save }
        return { ...settings, store, leases: store }
      })
    )
    return yield* TenantProvider.make("test/Tenants", {
      grant: (key) =>
        Effect.succeed(
          Grant.make({
            name: "refresh_token",
            replay: "once",
            seed: Redacted.make(`${key.tenant ?? ""}-1`),
            request: (previous) =>
              Effect.sync(() => {
                const held = Option.flatMap(previous, ({ refreshToken }) => refreshToken)
                const refreshToken = Option.match(held, { onNone: () => "nothing", onSome: Redacted.value })
                world.presented.push(refreshToken)
                const next = refreshToken.replace(/\d+$/, (number) => String(Number(number) + 1))
                return {
                  value: Redacted.make(`token of ${refreshToken}`),
                  refreshToken: Redacted.make(next),
                  expiresIn: Duration.hours(1)
                }
              })
          })
        ),
      ...options
    }).pipe(
      Effect.provideService(CacheStore.CacheStore, Option.some(settings)),
      Effect.provideService(TokenEvent.TokenEventSink, {
        emit: ({ _tag, tenant }) => void world.events.push(`${tenant ?? ""}: ${_tag}`)
      })
    )
  })

const begin = Effect.map(MemoryTokenStore.make, (store): World => ({
  store,
  presented: [],
  events: [],
  isStoreAway: false
}))

const valueOf = ({ value }: { readonly value: Redacted.Redacted }): string => Redacted.value(value)

describe("tenants on a token store", () => {
  it.scoped("L14 a key that was forgotten finds its token again, without a request", () =>
    Effect.gen(function* () {
      const world = yield* begin
      const many = yield* tenants(world, { capacity: 1 })
      const first = yield* many.get({ tenant: "a" })
      yield* many.get({ tenant: "b" })
      expect(yield* many.size).toBe(1)
      expect(valueOf(yield* many.get({ tenant: "a" }))).toBe(valueOf(first))
      expect(world.presented).toEqual(["a-1", "b-1"])
      expect(world.events).toEqual(["a: Acquired", "a: Evicted", "b: Acquired", "b: Evicted", "a: Adopted"])
    })
  )

  it.scoped("L14 another process finds it too, and each tenant's record is its own", () =>
    Effect.gen(function* () {
      const world = yield* begin
      const one = yield* tenants(world)
      const another = yield* tenants(world)
      yield* one.get({ tenant: "a" })
      expect(valueOf(yield* another.get({ tenant: "b" }))).toBe("token of b-1")
      expect(valueOf(yield* another.get({ tenant: "a" }))).toBe("token of a-1")
      expect(valueOf(yield* one.provider({ tenant: "a" }).refresh)).toBe("token of a-2")
      expect(world.presented).toEqual(["a-1", "b-1", "a-2"])
      const records = yield* Stream.runCollect(world.store.list)
      expect([...records].map(({ key }) => [key.provider, key.tenant]).sort()).toEqual([
        ["test/Tenants", "a"],
        ["test/Tenants", "b"]
      ])
    })
  )

  it.scoped("L14 a grant that could not be saved is not forgotten", () =>
    Effect.gen(function* () {
      const world = yield* begin
      const many = yield* tenants(world, { capacity: 1 })
      world.isStoreAway = true
      yield* many.get({ tenant: "a" })
      yield* settle
      world.isStoreAway = false
      yield* many.get({ tenant: "b" })
      yield* many.get({ tenant: "c" })
      const evictions = () => world.events.filter((event) => event.endsWith("Evicted"))
      expect(evictions()).toEqual(["b: Evicted"])
      // its save is tried again, and it can be spared
      yield* TestClock.adjust("10 seconds")
      yield* many.get({ tenant: "d" })
      expect(evictions()).toEqual(["b: Evicted", "a: Evicted", "c: Evicted"])
    })
  )
})
