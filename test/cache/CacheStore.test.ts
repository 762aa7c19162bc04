import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { CacheStore, MemoryTokenStore, TokenStore } from "effect-oauth"

const settings = (options?: CacheStore.Options) =>
  Effect.flatMap(MemoryTokenStore.make, (store) =>
    Effect.provideService(CacheStore.settings(options), TokenStore.LeasedTokenStore, store)
  )

describe("CacheStore settings", () => {
  it.effect("settings default to a lease of 15 s, a timeout of 3 s and no refresh without a lease", () =>
    Effect.gen(function* () {
      expect(yield* settings()).toMatchObject({ lease: 15_000, timeout: 3_000, refreshWithoutLease: false })
    })
  )

  it.effect("settings report every duration that is not finite or not over zero", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(settings({ lease: 0, timeout: Duration.infinity }))
      expect(error.message).toBe(
        "token store: settings are wrong: lease: expected a finite duration over zero; " +
          "timeout: expected a finite duration over zero"
      )
    })
  )
})
