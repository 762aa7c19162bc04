import { describe, expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { emptyLocations } from "../store/support/emptyLocations.js"
import type { Grant, Worker } from "./support/grant.js"
import { Fixture, makeGrant } from "./support/grant.js"
import { breaches, isLoss } from "./support/judge.js"
import type { Job, Step } from "./support/messages.js"

/** Lets a process die at a point of its second refresh, and ends when it has. */
type Die = (holder: Worker, grant: Grant, job: Job) => Effect.Effect<void>

const killsItself =
  (step: Step, requests: number): Die =>
  (holder, _, job) =>
    Effect.gen(function* () {
      yield* holder.send({ type: "job", job: { ...job, crash: { step, requests } } })
      expect((yield* holder.ended).signal).toBe("SIGKILL")
      expect(holder.messages.at(-1)).toStrictEqual({ type: "crash", step })
    })

const isKilledWhile =
  (at: "arrived" | "handled"): Die =>
  (holder, grant, job) =>
    Effect.gen(function* () {
      const first = yield* grant.hold("handled")
      yield* holder.send({ type: "job", job })
      yield* first
      const second = yield* grant.hold(at)
      yield* grant.letGo
      yield* second
      yield* holder.kill
      yield* grant.lose
    })

interface Point {
  readonly die: Die
  /** How many requests have reached the server by then. */
  readonly requests: number
  /** What is left in the store: the record before the refresh, with an intent or without, or the one after it. */
  readonly left: "record" | "intent" | "successor"
  /** The server has handled the request, and the response is lost. */
  readonly isResponseLost?: boolean
}

const points: Readonly<Record<string, Point>> = {
  "before the intent": { die: killsItself("before the intent", 1), requests: 1, left: "record" },
  "before the request leaves": {
    die: killsItself("before the request leaves", 1),
    requests: 1,
    left: "intent"
  },
  "after it left, before it is handled": { die: isKilledWhile("arrived"), requests: 2, left: "intent" },
  "after it was handled": {
    die: isKilledWhile("handled"),
    requests: 2,
    left: "intent",
    isResponseLost: true
  },
  "after the response came": {
    die: killsItself("after the response came", 2),
    requests: 2,
    left: "intent",
    isResponseLost: true
  },
  "after the save": { die: killsItself("after the save", 2), requests: 2, left: "successor" },
  "before the release": { die: killsItself("before the release", 2), requests: 2, left: "successor" }
}

/** In milliseconds, short enough to wait for. */
const waits = { lease: 1000, deadline: 1500 }
const grace = 600_000

// a strict server has to be asked again only when the access token has expired; everywhere else nothing expires
const shortLife = 4000
const longLife = 600_000

describe("a process that is killed in the middle of a refresh", () => {
  layer(Fixture.layer, { excludeTestServices: true })((it) => {
    for (const [name, { die, isResponseLost = false, left, requests }] of Object.entries(points)) {
      for (const server of ["strict", "grace"] as const) {
        const isGrantLost = isResponseLost && server === "strict"
        const waitsForExpiry = left === "intent" && server === "strict"
        const lifetime = waitsForExpiry ? shortLife : longLife
        it.scoped(
          `S27 ${name}: at a ${server} server its successor ${isGrantLost ? "says what was lost" : "goes on"}`,
          () =>
            Effect.gen(function* () {
              const { idle } = yield* Fixture
              const location = yield* emptyLocations.PostgreSQL
              const grant = yield* makeGrant({
                lifetime: lifetime / 1000,
                grace: server === "grace" ? grace : 0
              })
              const job = grant.job(location, {
                lease: waits.lease,
                margin: 0,
                ...(server === "grace" ? { gracePeriod: grace } : {})
              })
              // both are there before anything has a lifetime
              const [holder, successor] = yield* Effect.all([idle, idle])
              yield* Effect.all([holder.tells("ready"), successor.tells("ready")])
              // its token is due as soon as it has one
              yield* die(holder, grant, { ...job, margin: lifetime })
              const before = yield* grant.requests
              expect(before).toHaveLength(requests)
              const stored = before[left === "successor" ? 1 : 0]?.issued?.digest
              const { expiresAt } = yield* holder.tells("token")

              if (waitsForExpiry) {
                yield* successor.send({ type: "job", job: { ...job, deadline: waits.deadline } })
              } else {
                yield* successor.send({ type: "job", job })
                yield* successor.tells("token", ({ digest }) => digest === stored)
                expect(yield* grant.requests).toStrictEqual(before)
                expect(yield* successor.refresh).toBeUndefined()
                expect(yield* grant.requests).toHaveLength(requests + 1)
              }
              const outcome = yield* Effect.raceFirst(
                successor.tells("failure"),
                successor.tells("token", ({ digest }) => digest !== stored)
              )
              const after = yield* grant.requests
              expect(after.slice(0, requests)).toStrictEqual(before)
              // the stored token is answered without a request as long as it lives
              const first = successor.messages.find(({ type }) => type === "token" || type === "failure")
              if (first === outcome) expect(outcome.at).toBeGreaterThanOrEqual(expiresAt)
              else expect(first).toMatchObject({ type: "token", digest: stored })
              const next = after[requests]
              if (waitsForExpiry) {
                // presented again only when there is no other token, and no response can come any more
                expect(next?.at).toBeGreaterThanOrEqual(expiresAt)
              }

              if (!isGrantLost) {
                expect(outcome).toMatchObject({ type: "token", digest: next?.issued?.digest })
              } else {
                expect(outcome).toSatisfy(
                  (message: typeof outcome) => message.type === "failure" && isLoss(message)
                )
                expect(after).toHaveLength(requests + 1)
                yield* successor.kill
                // a process that comes then knows it without asking, and one with a new login begins anew
                const third = yield* grant.start(location, waits)
                yield* third.tells("failure", isLoss)
                expect(yield* grant.requests).toStrictEqual(after)
                yield* third.kill
                const fourth = yield* grant.start(location, { ...waits, refreshToken: yield* grant.newLogin })
                yield* fourth.tells("token")
              }
              yield* successor.kill
              const workers = [holder, successor]
              expect(breaches({ requests: yield* grant.requests, workers, lifetime })).toStrictEqual([])
            })
        )
      }
    }
  })
})
