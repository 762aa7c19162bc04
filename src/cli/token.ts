/** `effect-oauth token`: a valid token for a script. */
import * as Command from "@effect/cli/Command"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../token/AccessToken.js"
import { never } from "../token/AccessToken.js"
import { cached } from "./cached.js"
import { configured, selected, stopWith } from "./configured.js"
import { common, oneProviderName } from "./options.js"
import { Output } from "./Output.js"
import * as Problem from "./Problem.js"

/** Writes the token of one provider. */
export const token = Command.make("token", { ...common, name: oneProviderName }, (options) =>
  Effect.gen(function* () {
    const output = yield* Output
    const [chosen] = yield* selected(yield* configured(options), [options.name], options)
    if (chosen === undefined) return
    const token = yield* Effect.flatMap(chosen.make, (provider) => provider.get).pipe(
      Effect.catchAll((error) => stopWith(Problem.fromTokenError(error), options)),
      cached(options),
      Effect.scoped
    )
    yield* options.json
      ? output.json(describe(options.name, token))
      : output.line(Redacted.value(token.value))
  })
).pipe(
  Command.withDescription("A valid token on standard output, and nothing else; errors go to standard error.")
)

/** The one JSON object of this command that holds a token: that is what was asked for. */
const describe = (provider: string, { expiresAt, presentation, scopes, value }: AccessToken) => ({
  provider,
  token: Redacted.value(value),
  header: presentation.header,
  scheme: presentation.scheme ?? null,
  scopes,
  expiresAt: DateTime.Equivalence(expiresAt, never) ? null : DateTime.formatIso(expiresAt)
})
