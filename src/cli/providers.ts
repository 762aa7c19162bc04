/** `effect-oauth providers`: what is configured, and where. */
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import type { ConfiguredProvider } from "../config/ConfiguredProvider.js"
import { heading, printableSettings } from "./check/report.js"
import { configured } from "./configured.js"
import { common } from "./options.js"
import { Output } from "./Output.js"
import type { Style } from "./render/style.js"
import { column, printable, widthOf } from "./render/text.js"

/** Lists providers, and sends nothing. */
export const providers = Command.make("providers", common, (options) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { providers, warnings } = yield* configured(options)
    yield* options.json
      ? output.json({ providers: providers.map(describe), warnings: warnings.map(printable) })
      : output.line(providers.map((one) => block(one, output.style)).join("\n\n"))
  })
).pipe(Command.withDescription("What is configured, from where, without secrets. Nothing is sent."))

const describe = ({ name, settings, source, type }: ConfiguredProvider) => ({
  name: printable(name),
  type: printable(type),
  source: printable(source),
  settings: printableSettings(settings)
})

/** A provider, its source, and a line for each setting. */
export const block = (provider: ConfiguredProvider, style: Style): string => {
  const settings = Object.entries(provider.settings)
  const width = Math.max(0, ...settings.map(([name]) => widthOf(printable(name)))) + 2
  return [
    heading(provider, style),
    ...settings.map(([name, value]) => `  ${style.faint(column(printable(name), width))}${printable(value)}`)
  ].join("\n")
}
