/** The steps that show whether a token store works. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import type { Cipher } from "../../store/TokenCipher.js"
import type { LeasedService } from "../../store/TokenStore.js"
import type { Problem } from "../Problem.js"
import { fromTokenError } from "../Problem.js"
import { count, printable } from "../render/text.js"
import type { Failed, Finding, Skipped } from "../checklist.js"
import { runChecklist } from "../checklist.js"
import { openStore } from "./open.js"
import type { Location } from "./location.js"
import { takeLease, writeProbe } from "./probe.js"
import { list } from "./records.js"
import { describeName, namesText } from "./describe.js"
import type { Named } from "./records.js"
import { isOpenToOthers } from "../../store/internal/versionedFile.js"
import { seal } from "../../store/SealedTokenStore.js"
import type { StoreFailure } from "../../token/TokenError.js"

/**
 * The steps by name, in their order: there is a store at the place; its records are listed; each of them opens with the
 * keys that are set; none has been presenting for minutes; a lease is acquired and released; a record is saved, loaded and removed.
 */
export const stepNames = ["reach", "read", "open", "marks", "lease", "write"] as const

/** One of them. */
export type StepName = (typeof stepNames)[number]

/** The result of a step that ran. A store that works can come with a warning. */
export type Taken =
  | ({ readonly step: StepName; readonly outcome: "passed" | "warning" } & Finding)
  | ({ readonly step: StepName; readonly outcome: "failed" } & Failed)

/** The result of a step. */
export type StepResult = Taken | Skipped<StepName>

/** Runs the steps. A failed step skips only the steps that depend on it. */
export const takeSteps = (
  location: Location,
  cipher: Cipher,
  onResult: (result: StepResult) => Effect.Effect<void>
): Effect.Effect<ReadonlyArray<StepResult>, never, FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  runChecklist<StepName, Taken, FileSystem.FileSystem | Path.Path | Scope.Scope>(
    stepNames,
    onResult,
    (report) =>
      Effect.gen(function* () {
        const step = <A, R>(
          name: StepName,
          work: Effect.Effect<readonly [A, Finding], Failed, R>
        ): Effect.Effect<Option.Option<A>, never, R> =>
          Effect.matchEffect(work, {
            onFailure: (failure) =>
              Effect.as(report({ step: name, outcome: "failed", ...failure }), Option.none<A>()),
            onSuccess: ([found, finding]) => {
              const outcome = finding.advice === undefined ? "passed" : "warning"
              return Effect.as(report({ step: name, outcome, ...finding }), Option.some(found))
            }
          })

        const store = yield* step("reach", reach(location))
        if (Option.isNone(store)) return "an earlier step failed"
        const records = yield* step("read", read(store.value))
        if (Option.isSome(records)) {
          yield* step("open", alone(decryptAll(store.value, cipher, records.value)))
          yield* step("marks", alone(marks(records.value)))
        }
        yield* step("lease", alone(Effect.mapError(takeLease(store.value), failed)))
        yield* step("write", alone(Effect.mapError(writeProbe(store.value, cipher), failed)))
        return "an earlier step failed"
      })
  )

const failed = (error: Problem): Failed => ({ error })

/** A step that no other step depends on. */
const alone = <E, R>(
  work: Effect.Effect<Finding, E, R>
): Effect.Effect<readonly [undefined, Finding], E, R> =>
  Effect.map(work, (finding) => [undefined, finding] as const)

const reach = (location: Location) =>
  Effect.gen(function* () {
    const store = yield* Effect.mapError(openStore(location), failed)
    const finding: Finding =
      location._tag === "Files"
        ? yield* Effect.mapError(modes(location.directory), failed)
        : { text: "the database answers, and its tables are there" }
    return [store, finding] as const
  })

const read = (store: LeasedService) =>
  list(store).pipe(
    Effect.map((records) => {
      const finding: Finding = { text: count(records.length, "record"), facts: { records: records.length } }
      return [records, finding] as const
    }),
    Effect.mapError((error) => failed(fromTokenError(error)))
  )

/**
 * A refresh token is presented for seconds: a mark that is older was left by a process that died meanwhile.
 */
export const marks = (records: ReadonlyArray<Named>): Effect.Effect<Finding> =>
  Effect.map(DateTime.now, (now) => {
    const old = records.filter(({ presentedAt }) =>
      Option.exists(presentedAt, (at) => DateTime.distance(at, now) > Duration.toMillis(oldMark))
    )
    const facts = { old: old.map(describeName) }
    return old.length === 0
      ? { text: "none is older than five minutes", facts }
      : {
          text: `${old.length} older than five minutes: ${namesText(old)}`,
          advice: markAdvice,
          facts
        }
  })

const oldMark = Duration.minutes(5)

const markAdvice =
  "A process died while it presented what they hold, or nobody has asked for their tokens since. Whoever asks next finds out whether the login still stands."

/** Whether all that is in the directory is its owner's alone, as the store has made it. */
export const modes = (
  directory: string
): Effect.Effect<Finding, Problem, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const names = yield* fs.readDirectory(directory, { recursive: true })
    const open = yield* Effect.filter(
      names,
      (name) =>
        fs.stat(path.join(directory, name)).pipe(
          Effect.map(({ mode }) => isOpenToOthers(mode)),
          // it was removed since it was listed
          Effect.orElseSucceed(() => false)
        ),
      { concurrency: 8 }
    )
    if (open.length === 0) return { text: "the folder and all that is in it are its owner's alone" }
    return {
      text: `others than its owner have access to ${count(open.length, "file")}, ${printable(open[0] ?? "")} for one`,
      advice: `Somebody has changed modes: chmod -R go= ${printable(directory)}`,
      facts: { open: open.map(printable) }
    }
  }).pipe(
    Effect.catchTags({
      BadArgument: () => Effect.fail(unreadable),
      SystemError: () => Effect.fail(unreadable)
    })
  )

const unreadable: Problem = {
  tag: "StoreFailure",
  reason: "Unavailable",
  message: "the folder cannot be read",
  remedy: "See whether this user may read it: it is its owner's alone."
}

/** Decrypts one record. A record that was removed since it was listed is skipped. */
type Opening = "newest" | "older" | "gone" | "closed"

const openOne = (
  store: LeasedService,
  { newest }: Cipher,
  { key }: Named
): Effect.Effect<Opening, StoreFailure> =>
  store.load(key).pipe(
    Effect.map(({ record }): Opening =>
      Option.match(record, {
        onNone: () => "gone",
        onSome: ({ sealedWith }) => (sealedWith === newest ? "newest" : "older")
      })
    ),
    Effect.catchIf(
      ({ reason }) => reason === "Undecryptable",
      () => Effect.succeed<Opening>("closed")
    )
  )

/**
 * Opens each record with the cipher: which of them it does not open, and which it opens with a key that is not the newest.
 */
export const decryptAll = (
  store: LeasedService,
  cipher: Cipher,
  records: ReadonlyArray<Named>
): Effect.Effect<Finding, Failed> =>
  Effect.gen(function* () {
    const sealed = seal(store, cipher)
    const found = yield* Effect.forEach(
      records,
      (record) => Effect.map(openOne(sealed, cipher, record), (opening) => ({ record, opening })),
      { concurrency: 8 }
    ).pipe(Effect.mapError((error) => ({ error: fromTokenError(error) })))
    const those = (wanted: Opening) =>
      found.flatMap(({ opening, record }) => (opening === wanted ? [record] : []))
    const [closed, older] = [those("closed"), those("older")]
    const facts = {
      key: cipher.newest ?? null,
      olderKey: older.map(describeName),
      undecryptable: closed.map(describeName)
    }
    if (closed.length > 0) {
      return yield* Effect.fail<Failed>({ error: undecryptable(closed, records.length), facts })
    }
    const all = cipher.newest === undefined ? "in plain text" : `with ${cipher.newest}`
    if (older.length === 0) return { text: `all of them, ${all}`, facts }
    const text = `all of them, ${count(older.length, "record")} with an older key than ${cipher.newest ?? ""}`
    return { text, advice: rekeyAdvice, facts }
  })

const rekeyAdvice =
  "`effect-oauth store rekey` seals them with the newest one; until then the older keys have to stay."

const undecryptable = (closed: ReadonlyArray<Named>, all: number): Problem => ({
  tag: "StoreFailure",
  reason: "Undecryptable",
  message: `${closed.length} of ${count(all, "record")} cannot be opened: ${namesText(closed)}`,
  remedy:
    "Add the key that they were sealed with to OAUTH_STORE_KEYS: `effect-oauth store list` shows its id. If it is lost, so is what they hold: remove them."
})
