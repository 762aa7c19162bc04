import { describe, expect, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { cases, rerun, seed } from "../support/cases.js"
import { schedule } from "./commands.js"
import { Coverage } from "./coverage.js"
import { found } from "./found.js"
import { kinds } from "./kinds.js"
import { Disagreement, play } from "./play.js"

/** Fewer are for those who look for something; they are not asked for coverage. */
const enough = 400
const runs = cases(enough)

describe("the token cache", () => {
  it(`does what the model of its laws says, on ${runs} random schedules`, async () => {
    const coverage = new Coverage()
    let played = 0
    const result = await fc.check(
      fc.asyncProperty(schedule, async (schedule) => {
        // the test runner has to hear from this process now and then
        if (++played % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
        play(schedule, coverage)
      }),
      { numRuns: runs, seed, examples: found.map((schedule) => [schedule]) }
    )
    if (result.failed) {
      const { errorInstance: error } = result
      throw new Disagreement(
        `${rerun}; schedule ${result.numRuns}, shrunk ${result.numShrinks} times, ` +
          (error instanceof Error ? error.message : String(error))
      )
    }
    const missed = runs < enough ? [] : kinds.filter((kind) => coverage.of(kind) === 0)
    expect(missed, `never exercised with ${rerun}`).toEqual([])
    const unknown = coverage.kinds.map(([kind]) => kind).filter((kind) => !kinds.includes(kind))
    expect(unknown, "exercised, but not asked for").toEqual([])
  })
})
