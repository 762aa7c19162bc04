/** A checklist: steps that run in order, and the lines that report them. `check` and `store check` share it. */
import * as Effect from "effect/Effect"
import * as Problem from "./Problem.js"
import type { Style } from "./render/style.js"
import { column, wrap } from "./render/text.js"

/** A step that did not run, and why. */
export interface Skipped<Name extends string> {
  readonly step: Name
  readonly outcome: "skipped"
  readonly reason: string
}

/** What a passed step found, for people and for programs. It is a warning if it comes with advice. */
export interface Finding {
  readonly text: string
  readonly advice?: string
  readonly facts?: Readonly<Record<string, unknown>>
}

/** Why a step failed, and what it found out before. */
export interface Failed extends Pick<Finding, "facts"> {
  readonly error: Problem.Problem
}

/**
 * Runs the steps and returns their results in order. `run` reports each result as it comes, and succeeds with the reason
 * why the steps that it did not report were skipped.
 */
export const runChecklist = <Name extends string, Result extends { readonly step: Name }, R>(
  names: ReadonlyArray<Name>,
  onResult: (result: Result | Skipped<Name>) => Effect.Effect<void>,
  run: (report: (result: Result) => Effect.Effect<void>) => Effect.Effect<string, never, R>
): Effect.Effect<ReadonlyArray<Result | Skipped<Name>>, never, R> =>
  Effect.gen(function* () {
    const results: Array<Result | Skipped<Name>> = []
    const report = (result: Result | Skipped<Name>) =>
      Effect.zipRight(
        Effect.sync(() => results.push(result)),
        onResult(result)
      )
    const reason = yield* run(report)
    for (const step of names) {
      const hasRun = results.some((result) => result.step === step)
      if (!hasRun) yield* report({ step, outcome: "skipped", reason })
    }
    return results
  })

/** The result of a step as text: what follows its name, and what goes below it. */
export type Entry =
  | { readonly outcome: "passed"; readonly text: string }
  | { readonly outcome: "warning"; readonly text: string; readonly advice: string }
  | { readonly outcome: "failed"; readonly error: Problem.Problem; readonly note: string }
  | { readonly outcome: "skipped"; readonly reason: string }

/** The lines of a step's result: one line, and more if there is something to do. */
export const stepLines = <Name extends string>(
  names: ReadonlyArray<Name>,
  step: Name,
  entry: Entry,
  style: Style
): ReadonlyArray<string> => {
  const stepWidth = Math.max(...names.map(({ length }) => length)) + 2
  const indent = 2 + outcomeWidth + stepWidth
  const textWidth = 100 - indent
  const line = (outcome: string, rest: string) => `  ${outcome}${column(step, stepWidth)}${rest}`.trimEnd()
  const below = (texts: ReadonlyArray<string>) =>
    texts.flatMap((text) => wrap(text, textWidth)).map((text) => " ".repeat(indent) + text)
  switch (entry.outcome) {
    case "passed":
      return [line(style.good(column("ok", outcomeWidth)), entry.text)]
    case "warning": {
      const [first = "", ...others] = wrap(entry.text, textWidth)
      return [
        line(style.notable(column("warning", outcomeWidth)), first),
        ...below([...others, entry.advice])
      ]
    }
    case "failed": {
      const [first = "", ...others] = Problem.lines(entry.error)
      return [line(style.bad(column("failed", outcomeWidth)), first + entry.note), ...below(others)]
    }
    case "skipped":
      return [line(style.faint(column("skipped", outcomeWidth)), style.faint(entry.reason))]
  }
}

/** The line of a step while it runs. */
export const runningLine = (step: string, style: Style): string =>
  style.faint(`  ${column("...", outcomeWidth)}${step}`)

const outcomeWidth = "skipped".length + 2
