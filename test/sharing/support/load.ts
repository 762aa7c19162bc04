/** Many fibers of some processes ask for one token again and again, and one request is made each time it is due. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Kind } from "../../store/support/emptyLocations.js"
import { emptyLocations } from "../../store/support/emptyLocations.js"
import { makeGrant } from "./grant.js"
import { breaches, failures, wastes } from "./judge.js"

export interface Load {
  readonly kind: Kind
  readonly processes: number
  readonly fibers: number
  /** How often the token is due while all of them ask. */
  readonly times: number
  /** With client credentials instead of a rotating grant. */
  readonly isMachine?: boolean
}

/** In milliseconds. Nothing expires while a test runs: a token is due half a second after it was issued. */
const lifetime = 3_600_000
const margin = lifetime - 500

/** Every process has the token of each refresh in the end, no get has failed, and no request was made in vain. */
export const oneRequestEachTime = ({ fibers, isMachine = false, kind, processes, times }: Load) =>
  Effect.gen(function* () {
    const location = yield* emptyLocations[kind]
    const grant = yield* makeGrant({ lifetime: lifetime / 1000, grace: 0 })
    const changes = { margin, ...(isMachine ? { refreshToken: undefined } : {}) }
    const start = grant.start(location, { ...changes, fibers, pause: 40 })
    const workers = yield* Effect.replicateEffect(start, processes)
    const together = { concurrency: "unbounded" } as const
    yield* Effect.forEach(workers, ({ tells }) => tells("token"), together)
    const before = yield* grant.requests
    yield* grant.issued(before.length + times)
    const since = Date.now()
    yield* Effect.forEach(workers, ({ tells }) => tells("token", ({ at }) => at > since), together)
    const done = yield* Effect.forEach(workers, ({ stop }) => stop, together)

    const evidence = { requests: yield* grant.requests, workers, lifetime }
    expect(breaches(evidence)).toStrictEqual([])
    expect(wastes(evidence, margin)).toStrictEqual([])
    expect(failures(workers)).toStrictEqual([])
    for (const { failures, gets } of done) {
      expect(failures).toBe(0)
      expect(gets).toBeGreaterThan(fibers)
    }

    // one more process finds the grant alive
    yield* grant.start(location, changes)
    yield* grant.issued(evidence.requests.length + 1)
    expect((yield* grant.requests).map(({ status }) => status)).not.toContain(400)
  })
