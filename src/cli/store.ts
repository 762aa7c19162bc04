/** `effect-oauth store`: the command line of it. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { loadStoreCommands } from "./loadStoreCommands.js"
import { argument } from "./options.js"
import { ownerOptions, storeOptions } from "./store/options.js"

const list = Command.make("list", { ...storeOptions, ...ownerOptions }, (options) =>
  Effect.flatMap(loadStoreCommands, ({ list }) => list(options))
).pipe(
  Command.withDescription(
    "What is in the store: whose, how it is, until when, sealed with which key. No content, and no key is needed."
  )
)

const id = argument("id").pipe(
  Args.withDescription("The id of a record, whole or as `store list` shows it."),
  Args.optional
)

const yes = Options.boolean("yes").pipe(
  Options.withDescription("Removes without asking. Needed where there is no terminal.")
)

const remove = Command.make("remove", { ...storeOptions, ...ownerOptions, yes, id }, (options) =>
  Effect.flatMap(loadStoreCommands, ({ remove }) => remove(options))
).pipe(
  Command.withDescription(
    "Takes a record out of the store, or all of an owner. What others change meanwhile stays."
  )
)

const rekey = Command.make("rekey", storeOptions, (options) =>
  Effect.flatMap(loadStoreCommands, ({ rekey }) => rekey(options))
).pipe(
  Command.withDescription(
    "Seals every record with the first key of OAUTH_STORE_KEYS, while processes run. It can be stopped, and run again."
  )
)

const check = Command.make("check", storeOptions, (options) =>
  Effect.flatMap(loadStoreCommands, ({ check }) => check(options))
).pipe(
  Command.withDescription(
    "Whether the store works: reached, read, opened with the keys that are set, leased, written. Leaves a version behind, and no record."
  )
)

/** What an operator does with a token store. */
export const store = Command.make("store").pipe(
  Command.withDescription("The token store that OAUTH_STORE names: list, remove, rekey, check."),
  Command.withSubcommands([list, remove, rekey, check])
)
