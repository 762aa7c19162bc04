/** The steps that show whether a token store works. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Cipher } from "../../store/TokenCipher.js"
import type { LeasedService } from "../../store/TokenStore.js"
import type { Problem } from "../Problem.js"
import { fromTokenError } from "../Problem.js"
import { count } from "../render/text.js"
import type { Failed, Finding } from "./finding.js"
import { marks } from "./marks.js"
import { modes } from "./modes.js"
import { open } from "./open.js"
import { openAll } from "./opens.js"
import type { Place } from "./place.js"
import { takeTurn, writeProbe } from "./probe.js"
import { named } from "./records.js"

/**
 * The steps by name, in their order: there is a store at the place; its records are listed; each of them opens with the
 * keys that are set; none has been presenting for minutes; a turn is had and ended; a record is saved, loaded and removed.
 */
export const stepNames = ["reach", "read", "open", "marks", "lease", "write"] as const

/** One of them. */
export type StepName = (typeof stepNames)[number]

/** What came of a step. One that found something to do about a store that works has a warning. */
export type StepResult =
  | ({ readonly step: StepName; readonly outcome: "passed" | "warning" } & Finding)
  | ({ readonly step: StepName; readonly outcome: "failed"; readonly error: Problem } & Pick<
      Finding,
      "facts"
    >)
  | { readonly step: StepName; readonly outcome: "skipped"; readonly reason: string }

/** Takes the steps. One that fails does not keep the others from being taken, unless they build on it. */
export const takeSteps = (
  place: Place,
  cipher: Cipher,
  told: (result: StepResult) => Effect.Effect<void>
): Effect.Effect<ReadonlyArray<StepResult>, never, FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.gen(function* () {
    const results: Array<StepResult> = []
    const end = (result: StepResult) =>
      Effect.zipRight(
        Effect.sync(() => results.push(result)),
        told(result)
      )
    const step = <A, R>(
      name: StepName,
      work: Effect.Effect<readonly [A, Finding], Failed, R>
    ): Effect.Effect<Option.Option<A>, never, R> =>
      Effect.matchEffect(work, {
        onFailure: ({ error, facts }) =>
          Effect.as(
            end({ step: name, outcome: "failed", error, ...(facts === undefined ? {} : { facts }) }),
            Option.none<A>()
          ),
        onSuccess: ([found, finding]) =>
          Effect.as(
            end({
              step: name,
              outcome: finding.advice === undefined ? "passed" : "warning",
              ...finding
            }),
            Option.some(found)
          )
      })

    const store = yield* step("reach", reach(place))
    if (Option.isSome(store)) {
      const records = yield* step("read", read(store.value))
      if (Option.isSome(records)) {
        yield* step("open", alone(openAll(store.value, cipher, records.value)))
        yield* step("marks", alone(marks(records.value)))
      }
      yield* step("lease", alone(Effect.mapError(takeTurn(store.value), failed)))
      yield* step("write", alone(Effect.mapError(writeProbe(store.value, cipher), failed)))
    }
    for (const name of stepNames) {
      if (!results.some((result) => result.step === name)) {
        yield* end({ step: name, outcome: "skipped", reason: "an earlier step failed" })
      }
    }
    return results
  })

const failed = (error: Problem): Failed => ({ error })

/** A step that finds nothing that another one builds on. */
const alone = <E, R>(
  work: Effect.Effect<Finding, E, R>
): Effect.Effect<readonly [undefined, Finding], E, R> =>
  Effect.map(work, (finding) => [undefined, finding] as const)

const reach = (place: Place) =>
  Effect.gen(function* () {
    const store = yield* Effect.mapError(open(place), failed)
    const finding: Finding =
      place._tag === "Files"
        ? yield* Effect.mapError(modes(place.directory), failed)
        : { text: "the database answers, and its tables are there" }
    return [store, finding] as const
  })

const read = (store: LeasedService) =>
  named(store).pipe(
    Effect.map((records) => {
      const finding: Finding = { text: count(records.length, "record"), facts: { records: records.length } }
      return [records, finding] as const
    }),
    Effect.mapError((error) => failed(fromTokenError(error)))
  )
