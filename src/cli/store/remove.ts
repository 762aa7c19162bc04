/** `effect-oauth store remove`: takes records out of the store. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import type * as Terminal from "@effect/platform/Terminal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Array from "effect/Array"
import * as Either from "effect/Either"
import type { LeasedService } from "../../store/TokenStore.js"
import type { StoreFailure } from "../../token/TokenError.js"
import { stopWith } from "../configured.js"
import { failed, Stop } from "../ExitCode.js"
import { Output } from "../Output.js"
import * as Problem from "../Problem.js"
import { count } from "../render/text.js"
import { ask, canAsk } from "../prompt.js"
import { describeName, nameText, table, namesText } from "./describe.js"
import { openOrExit, orStop } from "./open.js"
import type { StoreOptions, Owner } from "./options.js"
import type { Named } from "./records.js"
import { inspect, list } from "./records.js"
import { configuredStore } from "./settings.js"
import { isOf } from "./options.js"

/** Which records, and whether it may go without asking. */
export interface RemoveOptions extends StoreOptions, Target {
  readonly yes: boolean
}

/** Removes records as they were when the question was asked: a record that has changed since stays. */
export const remove = (
  options: RemoveOptions
): Effect.Effect<void, Stop, Output | FileSystem.FileSystem | Path.Path | Terminal.Terminal> =>
  Effect.gen(function* () {
    const output = yield* Output
    const location = yield* configuredStore(options)
    const store = yield* openOrExit(location, options)
    const records = yield* orStop(list(store), options)
    const meant = yield* Effect.catchAll(targets(records, options), (problem) => stopWith(problem, options))
    if (!options.yes) yield* confirm(store, meant, options)
    const removals = yield* Effect.forEach(meant, (record) => removeOne(store, record))
    yield* options.json
      ? output.json({ store: location.shown, records: removals.map(describe) })
      : Effect.forEach(removals.flatMap(lines), output.line, { discard: true })
    if (removals.some(({ outcome }) => outcome === "changed" || outcome === "failed")) {
      return yield* new Stop({ code: failed })
    }
  }).pipe(Effect.scoped)

const confirm = (
  store: LeasedService,
  meant: ReadonlyArray<Named>,
  options: RemoveOptions
): Effect.Effect<void, Stop, Output | Terminal.Terminal> =>
  Effect.gen(function* () {
    const output = yield* Output
    if (options.json || !canAsk(output)) return yield* stopWith(nobodyToAsk, options)
    const found = yield* orStop(inspect(store, meant), options)
    yield* Effect.forEach(table(found, yield* DateTime.now, output.style), output.line, { discard: true })
    yield* output.line("")
    yield* output.line("A login that is kept in a record is lost with it: somebody has to log in again then.")
    if (yield* ask(`Remove ${count(meant.length, "record")}?`)) return
    yield* output.line("nothing was removed")
    return yield* new Stop({ code: failed })
  })

const nobodyToAsk: Problem.Problem = {
  tag: "NotConfirmed",
  reason: "NoTerminal",
  message: "nothing was removed: there is no terminal to ask on",
  remedy: "Say --yes to remove without being asked."
}

/**
 * The record is gone by this; somebody else has removed it, or saved it anew, so that it stays; the store failed.
 */
export type Removal = { readonly record: Named } & (
  | { readonly outcome: "removed" | "gone" | "changed" }
  | { readonly outcome: "failed"; readonly error: Problem.Problem }
)

/** Removes a record unless it has changed since it was listed. */
export const removeOne = (store: LeasedService, record: Named): Effect.Effect<Removal> =>
  outcomeOf(store, record).pipe(
    Effect.map((outcome) => ({ record, outcome })),
    Effect.catchAll((error) =>
      Effect.succeed({ record, outcome: "failed" as const, error: Problem.fromTokenError(error) })
    )
  )

const outcomeOf = (
  store: LeasedService,
  { key, version }: Named
): Effect.Effect<"removed" | "gone" | "changed", StoreFailure> =>
  Effect.gen(function* () {
    if (yield* store.remove(key, version)) return "removed"
    const { record } = yield* store.load(key)
    return Option.isNone(record) ? "gone" : "changed"
  })

const describe = (removal: Removal) => ({
  ...describeName(removal.record),
  outcome: removal.outcome,
  ...(removal.outcome === "failed" ? { error: removal.error } : {})
})

const lines = (removal: Removal): ReadonlyArray<string> => {
  const name = nameText(removal.record)
  switch (removal.outcome) {
    case "removed":
      return [`removed  ${name}`]
    case "gone":
      return [`gone     ${name}: somebody else has removed it`]
    case "changed":
      return [`changed  ${name}: somebody has saved it anew meanwhile, so it stays; look again`]
    case "failed":
      return [`failed   ${name}`, ...Problem.lines(removal.error).map((line) => `         ${line}`)]
  }
}

/** Records by an id, whole or as a list shows it, by their owner, or by both. */
export interface Target extends Owner {
  readonly id: Option.Option<string>
}

/** The records that are meant; at least one. An id means one record and no more. */
export const targets = (
  records: ReadonlyArray<Named>,
  target: Target
): Either.Either<Array.NonEmptyReadonlyArray<Named>, Problem.Problem> => {
  if (Option.isNone(target.id) && Option.isNone(target.provider) && Option.isNone(target.tenant)) {
    return Either.left(nothingNamed)
  }
  const meant = Option.match(target.id, { onNone: () => records, onSome: (id) => byId(records, id) })
  const found = meant.filter(({ key }) => isOf(target)(key))
  if (!Array.isNonEmptyReadonlyArray(found)) return Either.left(notFound)
  return Option.isSome(target.id) && found.length > 1 ? Either.left(ambiguous(found)) : Either.right(found)
}

/** A record's whole id comes before the beginning of another one's digest. */
const byId = (records: ReadonlyArray<Named>, id: string): ReadonlyArray<Named> => {
  const exact = records.filter(({ key }) => key.id === id)
  return exact.length > 0 || !/^[0-9a-f]{4,64}$/.test(id)
    ? exact
    : records.filter(({ digest }) => digest.startsWith(id))
}

const nothingNamed: Problem.Problem = {
  tag: "InvalidTarget",
  reason: "Missing",
  message: "no record is named",
  remedy: "Name one by its id, as `effect-oauth store list` shows it, or several by --provider and --tenant."
}

const notFound: Problem.Problem = {
  tag: "InvalidTarget",
  reason: "NotFound",
  message: "there is no such record",
  remedy: "`effect-oauth store list` shows those that there are, with their ids."
}

const ambiguous = (found: ReadonlyArray<Named>): Problem.Problem => ({
  tag: "InvalidTarget",
  reason: "Ambiguous",
  message: `more than one record begins so: ${namesText(found)}`,
  remedy: "Give more of the id."
})
