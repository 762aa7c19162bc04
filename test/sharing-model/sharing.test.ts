import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { cases, factor, rerun, seed } from "../support/cases.js"
import { Breach } from "./judge.js"
import type { Tally } from "./play.js"
import { play } from "./play.js"
import type { Hazards, Schedule } from "./schedule.js"
import { schedule, show } from "./schedule.js"

const none: Hazards = { death: false, stops: false, outages: false, trouble: false, skew: false }

const worlds = {
  "with nothing in the way": { hazards: none, runs: 30 },
  "where clocks differ": { hazards: { ...none, skew: true }, runs: 30 },
  "where processes die": { hazards: { ...none, death: true }, runs: 50 },
  "where processes are stopped and go on": { hazards: { ...none, stops: true }, runs: 50 },
  "where the store is away at times": { hazards: { ...none, outages: true }, runs: 40 },
  "where the server is in trouble at times": { hazards: { ...none, trouble: true }, runs: 30 },
  "where all of this happens": {
    hazards: { death: true, stops: true, outages: true, trouble: true, skew: true },
    runs: 100
  }
} satisfies Record<string, { hazards: Hazards; runs: number }>

// nobody looks at the stack of an error of a schedule that goes well
const { stackTraceLimit } = Error
beforeAll(() => {
  Error.stackTraceLimit = 0
})
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit
})

const tally: Tally = new Map()

describe("one process or fifty behave as one", () => {
  for (const [name, { hazards, runs }] of Object.entries(worlds)) {
    it(`S26 S27 S28 on random schedules ${name}`, async () => {
      let failed: Schedule | undefined
      let played = 0
      const result = await fc.check(
        fc.asyncProperty(schedule(hazards), async (schedule) => {
          // the test runner has to hear from this process now and then
          if (++played % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
          try {
            await play(schedule, hazards, tally)
          } catch (error) {
            failed = schedule
            throw error
          }
        }),
        { numRuns: cases(runs), seed }
      )
      if (result.failed) {
        const { errorInstance: error } = result
        throw new Breach(
          `${rerun}; schedule ${result.numRuns}, shrunk ${result.numShrinks} times: ` +
            (error instanceof Error ? error.message : String(error)) +
            (failed === undefined ? "" : `\n${show(failed)}`),
          { cause: error }
        )
      }
    })
  }

  it("and everything that these schedules are for has come about", () => {
    if (factor < 1) return
    const missed = kinds.filter((kind) => !tally.has(kind))
    expect(missed, `never exercised with ${rerun}`).toEqual([])
  })
})

const kinds: ReadonlyArray<string> = [
  "Acquired",
  "Refreshed",
  "Adopted",
  "Discarded",
  "Rejected",
  "RefreshFailed",
  "StoreUnavailable",
  "StoreFailure Unavailable",
  "ReauthorizationRequired AnswerLost",
  "presented again",
  "presented for the first time, though marked before",
  "a grant was lost",
  "a new login was found",
  ...(["kill", "stop"] as const).flatMap((what) =>
    (["load", "acquire", "intent", "request", "save", "release"] as const).map(
      (operation) => `${what}: ${operation}`
    )
  )
]
