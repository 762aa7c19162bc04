import * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as ExitCode from "../../src/cli/ExitCode.js"

const secret = "canary-client-secret-5f1d0c7e9a42"
const interruption = Cause.interrupt(FiberId.none)
const usage = Cause.fail(ValidationError.missingValue(HelpDoc.p("a name is missing")))

describe("the end of the command", () => {
  it("maps each exit to an exit code", () => {
    const codes = [
      Exit.void,
      Exit.fail(new ExitCode.Stop({ code: 2 })),
      Exit.die(new ExitCode.Stop({ code: 141 })),
      Exit.failCause(interruption),
      Exit.failCause(Cause.parallel(interruption, Cause.fail(new ExitCode.Stop({ code: 2 })))),
      Exit.failCause(usage),
      Exit.die(new Error("a bug"))
    ].map((exit) => ExitCode.of(exit, ExitCode.terminated))
    expect(codes).toEqual([0, 2, 141, 143, 2, 1, 1])
  })

  it("S22 reports a bug by its kind and stack, without its message", () => {
    const message = `${secret}\n    at ${secret}`
    for (const cause of [Cause.die(new TypeError(message)), Cause.fail(new TypeError(message))]) {
      const [first, second] = ExitCode.unforeseen(cause)
      expect(first).toBe("This is a bug in effect-oauth: it ended by TypeError.")
      expect(second).toContain("exit-code.test.ts")
      expect(ExitCode.unforeseen(cause).join("")).not.toContain(secret)
    }
    expect(ExitCode.unforeseen(Cause.die(secret)).join("")).not.toContain(secret)
  })

  it("reports nothing for an exit that has been reported", () => {
    for (const cause of [interruption, usage, Cause.fail(new ExitCode.Stop({ code: 1 }))]) {
      expect(ExitCode.unforeseen(cause)).toEqual([])
    }
  })
})
