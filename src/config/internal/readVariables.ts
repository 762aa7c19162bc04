/**
 * Reads variables through `ConfigProvider`, whatever stands behind it. An empty one is as one that is not set, and white
 * space around a value is none of it.
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"

/** What came of reading a variable: a text, nothing, or no answer from where variables are kept. */
export type Reading =
  | { readonly _tag: "Set"; readonly value: string }
  | { readonly _tag: "NotSet" }
  | { readonly _tag: "Unreadable" }

export const readVariable = (name: string): Effect.Effect<Reading> =>
  Effect.match(Config.string(name), {
    onFailure: (error): Reading => ({ _tag: ConfigError.isMissingDataOnly(error) ? "NotSet" : "Unreadable" }),
    onSuccess: (text): Reading => {
      const value = text.trim()
      return value === "" ? { _tag: "NotSet" } : { _tag: "Set", value }
    }
  })

/** Each variable once. */
export const readVariables = (names: Iterable<string>): Effect.Effect<ReadonlyMap<string, Reading>> =>
  Effect.map(
    Effect.forEach(
      new Set(names),
      (name) => Effect.map(readVariable(name), (reading) => [name, reading] as const),
      {
        concurrency: 16
      }
    ),
    (readings) => new Map(readings)
  )
