import { describe, expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Kind } from "./support/emptyPlaces.js"
import { emptyPlaces } from "./support/emptyPlaces.js"
import { breaches, failures, wastes } from "./support/judge.js"
import { Ground, login } from "./support/login.js"

const processes = 8
const fibers = 100
const lifetime = 2

interface Load {
  readonly kind: Kind
  /** How often a token expires, or is due rather, while all of them ask. */
  readonly expiries: number
  readonly isMachine?: boolean
}

const loads: ReadonlyArray<Load> = [
  { kind: "PostgreSQL", expiries: 50 },
  { kind: "SQLite", expiries: 8 },
  { kind: "files", expiries: 8 },
  { kind: "SQLite", expiries: 4, isMachine: true }
]

describe.concurrent("eight processes of a hundred fibers each", () => {
  layer(Ground.layer, { excludeTestServices: true })((it) => {
    for (const { expiries, isMachine = false, kind } of loads) {
      const shared = isMachine ? "a machine's token" : "one rotating grant"
      it.scoped(
        `S27 make one request an expiry, ${expiries} times, and fail nobody, with ${shared} on ${kind}`,
        () =>
          Effect.gen(function* () {
            const place = yield* emptyPlaces[kind]
            const grant = yield* login({ lifetime, grace: 0 })
            const orders = isMachine ? { seed: undefined } : {}
            const start = grant.start(place, { ...orders, fibers, pause: 40 })
            const workers = yield* Effect.replicateEffect(start, processes)
            yield* grant.issued(1 + expiries)
            const done = yield* Effect.forEach(workers, ({ stop }) => stop, { concurrency: "unbounded" })

            const evidence = { requests: yield* grant.requests, workers, lifetime: lifetime * 1000 }
            expect(breaches(evidence)).toStrictEqual([])
            expect(wastes(evidence)).toStrictEqual([])
            expect(failures(workers)).toStrictEqual([])
            for (const { failures, gets } of done) {
              expect(failures).toBe(0)
              expect(gets).toBeGreaterThan(fibers * expiries)
            }

            // one more process finds the grant alive
            yield* grant.start(place, orders)
            yield* grant.issued(evidence.requests.length + 1)
            expect((yield* grant.requests).map(({ status }) => status)).not.toContain(400)
          }),
        240_000
      )
    }
  })
})
