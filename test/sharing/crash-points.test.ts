import { describe, expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { emptyPlaces } from "./support/emptyPlaces.js"
import { breaches } from "./support/judge.js"
import type { Login } from "./support/login.js"
import { Ground, login } from "./support/login.js"
import type { CrashPoint } from "./support/orders.js"
import type { Place } from "./support/places.js"
import type { Worker } from "./support/workers.js"
import * as Workers from "./support/workers.js"

/** In seconds. The one who crashes refreshes early in it; whoever comes after it has a valid token for the rest. */
const lifetime = 4
const early = 0.8
const midway = 0.5

/** In milliseconds, short enough to wait for. */
const turn = { lease: 1000, deadline: 1500 }

/** Lets a process die at a point of its second flight, and ends when it has. */
type Die = (holder: Worker, grant: Login, place: Place) => Effect.Effect<void>

const killsItself =
  (at: CrashPoint, requests: number): Die =>
  (holder, grant, place) =>
    Effect.gen(function* () {
      yield* holder.begin(grant.orders(place, { ...turn, marginFraction: early, crash: { at, requests } }))
      expect(yield* holder.ended).toBe("SIGKILL")
      expect(holder.words.at(-1)).toStrictEqual({ told: "crash", at })
    })

const isKilledWhile =
  (at: "arrived" | "handled"): Die =>
  (holder, grant, place) =>
    Effect.gen(function* () {
      yield* holder.begin(grant.orders(place, { ...turn, marginFraction: early }))
      yield* grant.issued(1)
      const held = yield* grant.hold(at)
      yield* held
      yield* holder.kill
      yield* grant.lose
    })

/** How many requests have reached the server by then, and what has become of the answer to the last one. */
interface Point {
  readonly die: Die
  readonly requests: number
  readonly isAnswerLost?: boolean
  readonly isSaved?: boolean
}

const points: Readonly<Record<string, Point>> = {
  "before the mark": { die: killsItself("before the mark", 1), requests: 1 },
  "before the request leaves": { die: killsItself("before the request leaves", 1), requests: 1 },
  "after it left, and nobody handles it": { die: isKilledWhile("arrived"), requests: 2 },
  "after it left, and was handled": { die: isKilledWhile("handled"), requests: 2, isAnswerLost: true },
  "after the answer came": { die: killsItself("after the answer came", 2), requests: 2, isAnswerLost: true },
  "after the save": { die: killsItself("after the save", 2), requests: 2, isSaved: true },
  "before the release": { die: killsItself("before the release", 2), requests: 2, isSaved: true }
}

/** The token that a successor found in the store, and what became of it when that one had expired. */
const outcomeOf = (successor: Worker) =>
  Effect.gen(function* () {
    const first = yield* successor.tells("token")
    const next = yield* Effect.raceFirst(
      successor.tells("failure"),
      successor.tells("token", ({ digest }) => digest !== first.digest)
    )
    return { first, next }
  })

describe.concurrent("a process that is killed in the middle of a refresh", () => {
  layer(Ground.layer, { excludeTestServices: true })((it) => {
    for (const [name, { die, isAnswerLost = false, isSaved = false, requests }] of Object.entries(points)) {
      for (const server of ["strict", "grace"] as const) {
        const grace = server === "grace" ? 60_000 : 0
        const isGrantLost = isAnswerLost && grace === 0
        it.scoped(
          `S27 ${name}: at a ${server} server its successor ${isGrantLost ? "says what was lost" : "goes on"}`,
          () =>
            Effect.gen(function* () {
              const place = yield* emptyPlaces.PostgreSQL
              const grant = yield* login({ lifetime, grace })
              const gracePeriod = grace === 0 ? undefined : grace
              const { program } = yield* Ground
              // both are there before anything has a lifetime: to start a process may take longer than a token lives
              const [holder, successor] = yield* Effect.all([Workers.idle(program), Workers.idle(program)])
              yield* Effect.all([holder.tells("ready"), successor.tells("ready")])
              yield* die(holder, grant, place)
              const before = yield* grant.requests
              expect(before).toHaveLength(requests)

              // where there is a time of grace, nobody waits until the one who has died could not be at work any more
              const wait = grace === 0 ? turn : { ...turn, deadline: 300_000 }
              yield* successor.begin(grant.orders(place, { ...wait, gracePeriod, marginFraction: midway }))
              const { first, next } = yield* outcomeOf(successor)
              const after = yield* grant.requests
              // what was in the store was found without a request, and one more was made when it had expired
              expect(first.digest).toBe(before[isSaved ? 1 : 0]?.issued?.digest)
              expect(after.slice(0, requests)).toStrictEqual(before)
              expect(after).toHaveLength(requests + 1)
              const last = after[requests]

              if (!isGrantLost) {
                expect(next).toMatchObject({ told: "token", digest: last?.issued?.digest })
              } else {
                const lost = { told: "failure", tag: "ReauthorizationRequired", reason: "AnswerLost" }
                expect(next).toMatchObject(lost)
                expect(next.at).toBeGreaterThanOrEqual(first.expiresAt)
                // whoever comes then knows it without asking, and one who has a new login begins anew
                const third = yield* grant.start(place, turn)
                expect(yield* third.tells("failure")).toMatchObject(lost)
                expect(yield* grant.requests).toStrictEqual(after)
                const seed = yield* grant.again
                yield* (yield* grant.start(place, { ...turn, seed })).tells("token")
              }
              if (requests === 2 && !isSaved && grace === 0) {
                // presented again only when there is no other token, and no answer can come any more
                expect(last?.at).toBeGreaterThanOrEqual(first.expiresAt)
              }
              expect(
                breaches({ requests: after, workers: [successor], lifetime: lifetime * 1000 })
              ).toStrictEqual([])
            })
        )
      }
    }
  })
})
