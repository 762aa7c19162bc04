/** `effect-oauth store check`: does the store work? */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Checklist from "../checklist.js"
import { failed, Stop } from "../ExitCode.js"
import { Output } from "../Output.js"
import type { Style } from "../render/style.js"
import type { StepResult } from "./checkSteps.js"
import { stepNames, takeSteps } from "./checkSteps.js"
import type { StoreOptions } from "./options.js"
import { configuredStoreAndKeys } from "./settings.js"

/** Takes the store through its steps. */
export const check = (
  options: StoreOptions
): Effect.Effect<void, Stop, Output | FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const output = yield* Output
    const { cipher, location } = yield* configuredStoreAndKeys(options)
    if (!options.json) yield* output.line(output.style.strong(location.shown))
    const steps = yield* takeSteps(location, cipher, (result) =>
      options.json
        ? Effect.void
        : Effect.forEach(stepLines(result, output.style), output.line, { discard: true })
    )
    const passed = steps.every(({ outcome }) => outcome !== "failed" && outcome !== "skipped")
    if (options.json) yield* output.json({ store: location.shown, passed, steps })
    if (!passed) return yield* new Stop({ code: failed })
  }).pipe(Effect.scoped)

/** The lines of a step's result. */
export const stepLines = (result: StepResult, style: Style): ReadonlyArray<string> =>
  Checklist.stepLines(stepNames, result.step, entryOf(result), style)

const entryOf = (result: StepResult): Checklist.Entry => {
  switch (result.outcome) {
    case "failed":
      return { outcome: "failed", error: result.error, note: "" }
    case "warning":
      return { outcome: "warning", text: result.text, advice: result.advice ?? "" }
    case "passed":
      return { outcome: "passed", text: result.text }
    case "skipped":
      return result
  }
}
