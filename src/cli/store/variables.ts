/** The variables that tell of a token store, and what to say where they are missing. */
import * as Effect from "effect/Effect"
import * as ExitCode from "../ExitCode.js"
import { Stop } from "../ExitCode.js"
import { variableLines } from "../configured.js"
import { Output } from "../Output.js"
import type * as Problem from "../Problem.js"
import { expected } from "./place.js"

/** A variable, and what it holds. */
export interface Variable {
  readonly name: string
  readonly meaning: string
}

/** Where the store is. */
export const storeVariable: Variable = { name: "OAUTH_STORE", meaning: `where the tokens are: ${expected}` }

/** What opens it. */
export const keysVariable: Variable = {
  name: "OAUTH_STORE_KEYS",
  meaning:
    "the keys that seal them, as id:key,id:key with the newest first, each of 32 bytes in base64url; if the store keeps plain text, OAUTH_STORE_PLAIN_TEXT=true instead"
}

/** That nothing is sealed in it. */
export const plainTextVariable = "OAUTH_STORE_PLAIN_TEXT"

/** Names what is missing, and ends the command. */
export const nothingConfigured = (
  missing: ReadonlyArray<Variable>,
  { json }: { readonly json: boolean }
): Effect.Effect<never, Stop, Output> =>
  Effect.gen(function* () {
    const output = yield* Output
    const error: Problem.Problem = {
      tag: "InvalidConfiguration",
      reason: "NothingConfigured",
      message: "the token store is not configured",
      remedy: whereToGet,
      issues: missing.map(({ meaning, name }) => ({ path: name, expected: meaning }))
    }
    if (json) yield* output.json({ error })
    const lines = [
      "The token store is not configured. Set what is missing, in the environment or in .env:",
      "",
      ...variableLines(missing),
      "",
      whereToGet,
      ...(missing.includes(keysVariable) ? [newKey] : [])
    ]
    yield* Effect.forEach(lines, output.note, { discard: true })
    return yield* new Stop({ code: ExitCode.nothingConfigured })
  })

const whereToGet = "Where to get them: they are those of the application whose store it is."

const newKey = "A new key: node -e 'console.log(`key-1:${crypto.randomBytes(32).toString(\"base64url\")}`)'"
