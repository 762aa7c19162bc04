import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { endAfter } from "../../src/token/deadline.js"

/** What the event loop brings in its next turns, as an answer that waits in a socket. */
const answer = Effect.async<string>((resume) => {
  setImmediate(() => setImmediate(() => resume(Effect.succeed("answer"))))
})

const askedThen = (pass: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const asking = Effect.zipRight(Effect.sleep("1 second"), answer)
    const fiber = yield* Effect.fork(Effect.either(endAfter(1_000, Effect.fail("too late"))(asking)))
    yield* Effect.yieldNow()
    yield* pass
    return yield* Fiber.join(fiber)
  })

describe("a deadline", () => {
  it.effect("S6 ends what takes longer", () =>
    Effect.gen(function* () {
      const ended = yield* askedThen(TestClock.adjust("1 second"))
      expect(ended).toMatchObject({ _tag: "Left", left: "too late" })
    })
  )

  it.effect(
    "S26 that is heard late, after the process was stopped, lets an answer that is there be read first",
    () =>
      Effect.gen(function* () {
        const ended = yield* askedThen(TestClock.adjust("1 minute"))
        expect(ended).toMatchObject({ _tag: "Right", right: "answer" })
      })
  )

  it.effect("S6 that is heard late ends all the same what has no answer", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.either(endAfter(1_000, Effect.fail("too late"))(Effect.never)))
      yield* Effect.yieldNow()
      yield* TestClock.adjust("1 minute")
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "Left", left: "too late" })
    })
  )
})
