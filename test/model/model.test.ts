import { describe, expect, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { schedule } from "./commands.js"
import { Coverage } from "./coverage.js"
import { Disagreement, play } from "./play.js"

const number = (name: string): number | undefined => {
  const value = process.env[name]
  return value === undefined || value === "" ? undefined : Number(value)
}

const runs = number("MODEL_RUNS") ?? 3_000
const seed = number("MODEL_SEED") ?? (Date.now() ^ (Math.random() * 0x100000000)) | 0

describe("the token cache, against the model of its laws", () => {
  it(`agrees on ${runs} random schedules`, () => {
    const coverage = new Coverage()
    const result = fc.check(
      fc.property(schedule, (schedule) => play(schedule, coverage)),
      { numRuns: runs, seed }
    )
    if (result.failed) {
      const error = result.errorInstance
      throw new Disagreement(
        `MODEL_SEED=${seed} MODEL_RUNS=${runs}, schedule ${result.numRuns}, shrunk ${result.numShrinks} times\n` +
          (error instanceof Error ? error.message : String(error))
      )
    }
    console.log(coverage.kinds.map(([k, n]) => `${String(n).padStart(8)} ${k}`).join("\n"))
    expect(true).toBe(true)
  })
})
