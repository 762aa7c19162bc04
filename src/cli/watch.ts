/** `effect-oauth watch`: how the providers are, as it changes. */
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as TokenEvents from "../telemetry/TokenEvents.js"
import { configured, selected } from "./configured.js"
import { common, providerNames } from "./options.js"
import { Output } from "./Output.js"
import { writeEvents, drawProviders } from "./watch/run.js"

/** Runs until it is interrupted. */
export const watch = Command.make("watch", { ...common, names: providerNames }, (options) =>
  Effect.gen(function* () {
    const { isTerminal } = yield* Output
    const chosen = yield* selected(yield* configured(options), options.names, options)
    yield* isTerminal && !options.json ? drawProviders(chosen) : writeEvents(chosen, options)
  }).pipe(Effect.scoped, Effect.provide(TokenEvents.layer))
).pipe(
  Command.withDescription(
    "Keeps the providers' tokens alive and shows how they are; a line for each event where standard output is no terminal."
  )
)
