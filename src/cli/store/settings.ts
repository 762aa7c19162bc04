/** Which token store a command is about, and the keys that open it. */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Cipher } from "../../store/TokenCipher.js"
import * as TokenCipher from "../../store/TokenCipher.js"
import type { InvalidConfiguration } from "../../token/TokenError.js"
import { stopWith, dotEnv, setting, variableLines } from "../configured.js"
import * as Problem from "../Problem.js"
import type { Location } from "./location.js"
import * as Locations from "./location.js"
import type { StoreOptions } from "./options.js"
import * as ExitCode from "../ExitCode.js"
import { Stop } from "../ExitCode.js"
import { Output } from "../Output.js"
import { expected } from "./location.js"

/** The store. Ends the command where none is configured. */
export const configuredStore = (
  options: StoreOptions
): Effect.Effect<Location, Stop, Output | FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const { location } = yield* read(options)
    return Option.isNone(location) ? yield* nothingConfigured([storeVariable], options) : location.value
  })

/** The store and what opens its contents. Ends the command where one of them is not configured. */
export const configuredStoreAndKeys = (
  options: StoreOptions
): Effect.Effect<
  { readonly location: Location; readonly cipher: Cipher },
  Stop,
  Output | FileSystem.FileSystem
> =>
  Effect.gen(function* () {
    const { cipher, location } = yield* read(options)
    const missing = [
      ...(Option.isNone(location) ? [storeVariable] : []),
      ...(Option.isNone(cipher) ? [keysVariable] : [])
    ]
    if (Option.isNone(location) || Option.isNone(cipher)) return yield* nothingConfigured(missing, options)
    return {
      location: location.value,
      cipher: yield* Effect.catchAll(cipher.value, (error) =>
        stopWith(Problem.fromTokenError(error), options)
      )
    }
  })

interface Settings {
  readonly location: Option.Option<Location>
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
      location: yield* Option.match(stores, {
        onNone: () => Effect.succeedNone,
        onSome: (text) => Effect.map(locationIn(text, options), Option.some)
      }),
      cipher: yield* cipherFor(keys, plainText, options)
    }
  })

const locationIn = (
  text: Redacted.Redacted,
  options: StoreOptions
): Effect.Effect<Location, Stop, Output> => {
  const location = Locations.parse(text)
  const isOption = Option.isSome(options.store)
  const isAllowed = Option.exists(location, ({ _tag }) => !isOption || _tag !== "Postgres")
  return isAllowed && Option.isSome(location)
    ? Effect.succeed(location.value)
    : stopWith(
        isOption
          ? malformed("--store", "files:/a/folder or sqlite:/a/file", onCommandLine)
          : malformed(storeVariable.name, Locations.expected, correct),
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
