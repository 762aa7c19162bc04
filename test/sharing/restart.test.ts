import { describe, expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { emptyLocations } from "../store/support/emptyLocations.js"
import { Fixture, makeGrant } from "./support/grant.js"
import { breaches, failures } from "./support/judge.js"

/** In seconds: nothing is due while the test runs. */
const lifetime = 3600

describe("a process that starts with a live token in the store", () => {
  layer(Fixture.layer, { excludeTestServices: true })((it) => {
    for (const [kind, empty] of Object.entries(emptyLocations)) {
      for (const [grantType, changes] of [
        ["a rotating grant", {}],
        ["client credentials", { refreshToken: undefined }]
      ] as const) {
        it.scoped(`has it without a token request: ${grantType}, on ${kind}`, () =>
          Effect.gen(function* () {
            const location = yield* empty
            const grant = yield* makeGrant({ lifetime, grace: 0 })
            const before = yield* grant.start(location, changes)
            const { digest, expiresAt } = yield* before.tells("token")
            yield* before.stop

            const after = yield* grant.start(location, { ...changes, fibers: 100 })
            expect(yield* after.tells("token")).toMatchObject({ digest, expiresAt })
            yield* after.stop
            const requests = yield* grant.requests
            expect(requests).toHaveLength(1)
            const workers = [before, after]
            expect(breaches({ requests, workers, lifetime: lifetime * 1000 })).toStrictEqual([])
            expect(failures(workers)).toStrictEqual([])
          })
        )
      }
    }
  })
})
