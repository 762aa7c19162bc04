import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as TestClock from "effect/TestClock"
import { outcomeOf, plainError, plainToken } from "../support/outcome.js"
import { providerAnswers } from "../support/providerAnswers.js"
import { renderings } from "../support/renderings.js"

const epoch = Date.UTC(2030, 0, 1)

describe("the decoder reads the responses of real servers:", () => {
  it.effect.each(providerAnswers)("$name", ({ expected, ...answer }) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(epoch)
      const outcome = yield* outcomeOf(answer, answer)
      expect(
        Either.match(outcome, { onLeft: (error) => plainError(error, epoch), onRight: plainToken })
      ).toEqual(expected)
      if (Either.isLeft(outcome)) {
        expect(outcome.left.provider).toBe("test/Api")
        for (const text of renderings(outcome.left)) expect(text).not.toContain("canary-")
      }
    })
  )

  it("each response has a unique name", () => {
    expect(new Set(providerAnswers.map(({ name }) => name)).size).toBe(providerAnswers.length)
  })
})
