/** The steps as people read them, and as programs do. */
import type { ConfiguredProvider } from "../../config/ConfiguredProvider.js"
import * as Checklist from "../checklist.js"
import type { Style } from "../render/style.js"
import { count, printable, span } from "../render/text.js"
import type { StepResult, TokenFacts } from "./steps.js"
import { stepNames } from "./steps.js"

/** One provider and what came of it. */
export interface ProviderReport {
  readonly name: string
  readonly type: string
  readonly source: string
  readonly settings: Readonly<Record<string, string>>
  /** No step failed. */
  readonly passed: boolean
  readonly steps: ReadonlyArray<StepResult>
}

/** Of a provider and its steps. */
export const reportOf = (
  { name, settings, source, type }: ConfiguredProvider,
  steps: ReadonlyArray<StepResult>
): ProviderReport => ({
  name: printable(name),
  type: printable(type),
  source: printable(source),
  settings: printableSettings(settings),
  passed: steps.every(({ outcome }) => outcome !== "failed"),
  steps
})

/** Whose steps follow. */
export const heading = ({ name, source, type }: ConfiguredProvider, style: Style): string =>
  `${style.strong(printable(name))}  ${printable(type)}, from ${sourceText(source)}`

/** Where settings come from, in a sentence. */
export const sourceText = (source: string): string =>
  source === "environment" ? "the environment" : printable(source)

/** The lines of a step's result. */
export const stepLines = (
  result: StepResult,
  { settings }: ConfiguredProvider,
  style: Style
): ReadonlyArray<string> => Checklist.stepLines(stepNames, result.step, entryOf(result, settings), style)

const entryOf = (result: StepResult, settings: ConfiguredProvider["settings"]): Checklist.Entry => {
  switch (result.outcome) {
    case "passed":
      return { outcome: "passed", text: passedText(result, settings) }
    case "failed":
      return { outcome: "failed", error: result.error, note: effort(result) }
    case "skipped":
      return result
  }
}

const passedText = (
  result: Extract<StepResult, { readonly outcome: "passed" }>,
  settings: ConfiguredProvider["settings"]
): string => {
  switch (result.step) {
    case "settings":
      return settingsText(settings)
    case "token":
    case "refresh":
      return `${result.token === undefined ? "" : tokenText(result.token)}${effort(result)}`
    case "cache":
      return "the same token, no request"
  }
}

/** Settings with their names and values made printable. */
export const printableSettings = (
  settings: ConfiguredProvider["settings"]
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [printable(name), printable(value)]))

/** Settings that are no secret, on one line. */
export const settingsText = (settings: ConfiguredProvider["settings"]): string =>
  Object.entries(settings)
    .map(([name, value]) => `${printable(name)}=${printable(value)}`)
    .join("  ")

const tokenText = ({ fingerprint, lifetimeSeconds, scopes }: TokenFacts): string =>
  [
    `fingerprint ${fingerprint}`,
    lifetimeSeconds === null ? "does not expire" : `lives ${span(lifetimeSeconds * 1000)}`,
    ...(scopes.length === 0 ? [] : [`scopes ${scopes.join(" ")}`])
  ].join(", ")

const effort = ({ milliseconds, requests }: { readonly milliseconds: number; readonly requests: number }) =>
  requests === 0 ? "" : ` (${count(requests, "request")}, ${span(milliseconds)})`

/** What all of it comes to. */
export const summary = (reports: ReadonlyArray<ProviderReport>, style: Style): string => {
  const bad = reports.filter(({ passed }) => !passed)
  return bad.length === 0
    ? style.good(`${count(reports.length, "provider")}, all steps passed`)
    : style.bad(
        `${bad.length} of ${count(reports.length, "provider")} failed: ${bad.map(({ name }) => printable(name)).join(", ")}`
      )
}
