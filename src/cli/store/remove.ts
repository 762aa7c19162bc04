/** `effect-oauth store remove`: takes records out of the store. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import type * as Terminal from "@effect/platform/Terminal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { LeasedService } from "../../store/TokenStore.js"
import type { StoreFailure } from "../../token/TokenError.js"
import { stopWith } from "../configured.js"
import { failed, Stop } from "../ExitCode.js"
import { Output } from "../Output.js"
import * as Problem from "../Problem.js"
import { count } from "../render/text.js"
import { ask, canAsk } from "../prompt.js"
import { describeName, nameText, table } from "./describe.js"
import { opened, orStop } from "./opened.js"
import type { StoreOptions } from "./options.js"
import type { Named } from "./records.js"
import { looked, named } from "./records.js"
import { configuredStore } from "./settings.js"
import type { Target } from "./targets.js"
import { targets } from "./targets.js"

/** Which records, and whether it may go without asking. */
export interface RemoveOptions extends StoreOptions, Target {
  readonly yes: boolean
}

/** Removes records as they were when they were asked about: what somebody has changed since stays. */
export const remove = (
  options: RemoveOptions
): Effect.Effect<void, Stop, Output | FileSystem.FileSystem | Path.Path | Terminal.Terminal> =>
  Effect.gen(function* () {
    const output = yield* Output
    const place = yield* configuredStore(options)
    const store = yield* opened(place, options)
    const records = yield* orStop(named(store), options)
    const meant = yield* Effect.catchAll(targets(records, options), (problem) => stopWith(problem, options))
    if (!options.yes) yield* confirm(store, meant, options)
    const removals = yield* Effect.forEach(meant, (record) => removeOne(store, record))
    yield* options.json
      ? output.json({ store: place.shown, records: removals.map(describe) })
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
    const found = yield* orStop(looked(store, meant), options)
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

/** Removes a record unless somebody has changed it since it was listed. */
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
