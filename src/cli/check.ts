/** `effect-oauth check`: do these credentials work? */
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import type { ConfiguredProvider } from "../config/ConfiguredProvider.js"
import { runningLine } from "./checklist.js"
import { heading, reportOf, stepLines, summary } from "./check/report.js"
import type { ProviderReport } from "./check/report.js"
import type { Observer } from "./check/steps.js"
import { takeSteps } from "./check/steps.js"
import { configured, selected } from "./configured.js"
import { failed, Stop } from "./ExitCode.js"
import { common, providerNames } from "./options.js"
import type { Writer } from "./Output.js"
import { Output } from "./Output.js"
import { printable } from "./render/text.js"

/** Runs the steps for the named providers, or for all. */
export const check = Command.make("check", { ...common, names: providerNames }, (options) =>
  Effect.gen(function* () {
    const output = yield* Output
    const configuration = yield* configured(options)
    const chosen = yield* selected(configuration, options.names, options)
    const reports: Array<ProviderReport> = []
    for (const one of chosen) {
      if (!options.json) yield* output.line(heading(one, output.style))
      const steps = yield* takeSteps(one, options.json ? silent : live(output, one))
      reports.push(reportOf(one, steps))
      if (!options.json) yield* output.line("")
    }
    const passed = reports.every((report) => report.passed)
    yield* options.json
      ? output.json({ passed, providers: reports, warnings: configuration.warnings.map(printable) })
      : output.line(summary(reports, output.style))
    if (!passed) return yield* new Stop({ code: failed })
  })
).pipe(
  Command.withDescription(
    "Whether credentials work: complete settings, a token, the cache, a forced refresh. Shows no secret and no token."
  )
)

const silent: Observer = { begun: () => Effect.void, ended: () => Effect.void }

/** On a terminal, the result of a step replaces the line of the running step. */
const live = (output: Writer, provider: ConfiguredProvider): Observer => ({
  begun: (step) => (output.isTerminal ? output.write(runningLine(step, output.style)) : Effect.void),
  ended: (result) =>
    output.write(
      [
        output.isTerminal ? eraseLine : "",
        ...stepLines(result, provider, output.style).map((line) => `${line}\n`)
      ].join("")
    )
})

const eraseLine = "\r\u001b[2K"
