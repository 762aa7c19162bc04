/** Which token store a command is about, and the keys that open it. */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Cipher } from "../../store/TokenCipher.js"
import * as TokenCipher from "../../store/TokenCipher.js"
import type { InvalidConfiguration } from "../../token/TokenError.js"
import { stopWith, dotEnv, setting } from "../configured.js"
import type { Stop } from "../ExitCode.js"
import type { Output } from "../Output.js"
import * as Problem from "../Problem.js"
import type { Place } from "./place.js"
import * as Places from "./place.js"
import type { StoreOptions } from "./options.js"
import { keysVariable, nothingConfigured, plainTextVariable, storeVariable } from "./variables.js"

/** The store. Ends the command where none is configured. */
export const configuredStore = (
  options: StoreOptions
): Effect.Effect<Place, Stop, Output | FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const { place } = yield* read(options)
    return Option.isNone(place) ? yield* nothingConfigured([storeVariable], options) : place.value
  })

/** The store and what opens its contents. Ends the command where one of them is not configured. */
export const configuredStoreAndKeys = (
  options: StoreOptions
): Effect.Effect<{ readonly place: Place; readonly cipher: Cipher }, Stop, Output | FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const { cipher, place } = yield* read(options)
    const missing = [
      ...(Option.isNone(place) ? [storeVariable] : []),
      ...(Option.isNone(cipher) ? [keysVariable] : [])
    ]
    if (Option.isNone(place) || Option.isNone(cipher)) return yield* nothingConfigured(missing, options)
    return {
      place: place.value,
      cipher: yield* Effect.catchAll(cipher.value, (error) =>
        stopWith(Problem.fromTokenError(error), options)
      )
    }
  })

interface Settings {
  readonly place: Option.Option<Place>
  readonly cipher: Option.Option<Effect.Effect<Cipher, InvalidConfiguration>>
}

const read = (options: StoreOptions): Effect.Effect<Settings, Stop, Output | FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const [stores, keys, plainText] = yield* Effect.all([
      Option.match(options.store, {
        onNone: () => setting(storeVariable.name),
        onSome: (text) => Effect.succeedSome(Redacted.make(text))
      }),
      setting(keysVariable.name),
      setting(plainTextVariable)
    ]).pipe(
      Effect.provide(dotEnv(options)),
      Effect.catchAll((error) => stopWith(Problem.fromTokenError(error), options))
    )
    return {
      place: yield* Option.match(stores, {
        onNone: () => Effect.succeedNone,
        onSome: (text) => Effect.map(placeIn(text, options), Option.some)
      }),
      cipher: yield* cipherFor(keys, plainText, options)
    }
  })

const placeIn = (text: Redacted.Redacted, options: StoreOptions): Effect.Effect<Place, Stop, Output> => {
  const place = Places.parse(text)
  const isOption = Option.isSome(options.store)
  const isAllowed = Option.exists(place, ({ _tag }) => !isOption || _tag !== "Postgres")
  return isAllowed && Option.isSome(place)
    ? Effect.succeed(place.value)
    : stopWith(
        isOption
          ? malformed("--store", "files:/a/folder or sqlite:/a/file", onCommandLine)
          : malformed(storeVariable.name, Places.expected, correct),
        options
      )
}

const onCommandLine =
  "The URL of a database holds a password, which a command line would show to every process: set OAUTH_STORE to it, in the environment or in .env."

const cipherFor = (
  keys: Option.Option<Redacted.Redacted>,
  plainText: Option.Option<Redacted.Redacted>,
  options: StoreOptions
): Effect.Effect<Settings["cipher"], Stop, Output> => {
  const answer = Option.getOrElse(
    Option.map(plainText, (text) => Redacted.value(text).trim().toLowerCase()),
    () => "false"
  )
  if (answer === "true") {
    return Option.isNone(keys)
      ? Effect.succeedSome(Effect.succeed(TokenCipher.plainText))
      : stopWith(
          malformed(
            plainTextVariable,
            `nothing beside ${keysVariable.name}: it is one or the other`,
            correct
          ),
          options
        )
  }
  return answer === "false"
    ? Effect.succeed(Option.map(keys, cipherOf))
    : stopWith(malformed(plainTextVariable, "true or false", correct), options)
}

const cipherOf = (keys: Redacted.Redacted): Effect.Effect<Cipher, InvalidConfiguration> =>
  Effect.provide(TokenCipher.TokenCipher, TokenCipher.layerConfig(Config.succeed(keys)))

const malformed = (path: string, expected: string, remedy: string): Problem.Problem => ({
  tag: "InvalidConfiguration",
  reason: "Malformed",
  message: `${path}: expected ${expected}`,
  remedy,
  issues: [{ path, expected }]
})

const correct = "Correct what is named above, in the environment or in .env."
