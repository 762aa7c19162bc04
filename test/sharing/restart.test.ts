import { describe, expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { emptyPlaces } from "./support/emptyPlaces.js"
import { breaches, failures } from "./support/judge.js"
import { Ground, login } from "./support/login.js"

/** In seconds: nothing is due while the test runs. */
const lifetime = 600

describe.concurrent("a process that starts with a live token in the store", () => {
  layer(Ground.layer, { excludeTestServices: true })((it) => {
    for (const [kind, empty] of Object.entries(emptyPlaces)) {
      for (const [grantType, seed] of [
        ["a rotating grant", {}],
        ["client credentials", { seed: undefined }]
      ] as const) {
        it.scoped(`has it without a token request: ${grantType}, on ${kind}`, () =>
          Effect.gen(function* () {
            const place = yield* empty
            const grant = yield* login({ lifetime, grace: 0 })
            const before = yield* grant.start(place, seed)
            const token = yield* before.tells("token")
            yield* before.stop

            const after = yield* grant.start(place, { ...seed, fibers: 100 })
            expect(yield* after.tells("token")).toMatchObject({
              digest: token.digest,
              expiresAt: token.expiresAt
            })
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
