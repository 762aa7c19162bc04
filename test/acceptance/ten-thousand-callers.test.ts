import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { settle } from "../support/clock.js"
import { beginClient } from "../support/clientUnderTest.js"
import { pass } from "../support/providerUnderTest.js"

describe("ten thousand callers on a cold cache", () => {
  it.scoped("cost one token request and get one token", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* beginClient({ delay: "2 seconds" })
      const callers = yield* Effect.replicateEffect(Effect.fork(provider.get), 10_000)
      yield* pass("2 seconds")
      const tokens = yield* Fiber.join(Fiber.all(callers))
      expect(tokens).toHaveLength(10_000)
      expect(new Set(tokens).size).toBe(1)
      expect(yield* server.tokenRequestCount).toBe(1)
    })
  )

  it.scoped("of a server that answers 401 cost one, and get one and the same CredentialRejected", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* beginClient({ delay: "2 seconds" })
      yield* server.rejectCredentials
      const callers = yield* Effect.replicateEffect(Effect.fork(Effect.flip(provider.get)), 10_000)
      yield* pass("2 seconds")
      const errors = yield* Fiber.join(Fiber.all(callers))
      expect(errors).toHaveLength(10_000)
      expect(new Set(errors).size).toBe(1)
      expect(errors[0]).toMatchObject({ _tag: "CredentialRejected", status: 401, code: "invalid_client" })
      expect(yield* server.tokenRequestCount).toBe(1)
    })
  )

  it.scoped("cost one when the first of them is interrupted, and the others get their token", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* beginClient({ delay: "2 seconds" })
      const first = yield* Effect.fork(provider.get)
      yield* settle
      const others = yield* Effect.replicateEffect(Effect.fork(provider.get), 9_999)
      yield* pass("1 second")
      yield* Fiber.interrupt(first)
      yield* pass("1 second")
      const tokens = yield* Fiber.join(Fiber.all(others))
      expect(tokens).toHaveLength(9_999)
      expect(new Set(tokens).size).toBe(1)
      expect(yield* server.tokenRequestCount).toBe(1)
    })
  )
})
