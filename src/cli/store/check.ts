/** `effect-oauth store check`: does the store work? */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import { failed, Stop } from "../ExitCode.js"
import { Output } from "../Output.js"
import * as Problem from "../Problem.js"
import type { Style } from "../render/style.js"
import { column, wrap } from "../render/text.js"
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
    const { cipher, place } = yield* configuredStoreAndKeys(options)
    if (!options.json) yield* output.line(output.style.strong(place.shown))
    const steps = yield* takeSteps(place, cipher, (result) =>
      options.json
        ? Effect.void
        : Effect.forEach(stepLines(result, output.style), output.line, { discard: true })
    )
    const passed = steps.every(({ outcome }) => outcome !== "failed" && outcome !== "skipped")
    if (options.json) yield* output.json({ store: place.shown, passed, steps })
    if (!passed) return yield* new Stop({ code: failed })
  }).pipe(Effect.scoped)

/** A step that was taken, or not: one line, and more where there is something to do. */
export const stepLines = (result: StepResult, style: Style): ReadonlyArray<string> => {
  const line = (outcome: string, rest: string) =>
    `  ${outcome}${column(result.step, stepWidth)}${rest}`.trimEnd()
  const below = (texts: ReadonlyArray<string>) =>
    texts.flatMap((text) => wrap(text, textWidth)).map((text) => " ".repeat(margin) + text)
  switch (result.outcome) {
    case "skipped":
      return [line(style.faint(column("skipped", outcomeWidth)), style.faint(result.reason))]
    case "failed": {
      const [first, ...others] = Problem.lines(result.error)
      return [line(style.bad(column("failed", outcomeWidth)), first ?? ""), ...below(others)]
    }
    case "warning": {
      const [first, ...others] = wrap(result.text, textWidth)
      return [
        line(style.notable(column("warning", outcomeWidth)), first ?? ""),
        ...below([...others, ...(result.advice === undefined ? [] : [result.advice])])
      ]
    }
    case "passed":
      return [line(style.good(column("ok", outcomeWidth)), result.text)]
  }
}

const outcomeWidth = "warning".length + 2

const stepWidth = Math.max(...stepNames.map(({ length }) => length)) + 2

const margin = 2 + outcomeWidth + stepWidth

const textWidth = 100 - margin
