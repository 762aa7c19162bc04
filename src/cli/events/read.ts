/** `effect-oauth events`: what has happened to tokens, as the audit log tells it. */
import type * as FileSystem from "@effect/platform/FileSystem"
import { SqlClient } from "@effect/sql/SqlClient"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { AuditRecord } from "../../telemetry/AuditRecord.js"
import * as SqlAuditRecorder from "../../sql/SqlAuditRecorder.js"
import { stopWith } from "../configured.js"
import type { Stop } from "../ExitCode.js"
import { Output } from "../Output.js"
import type { Problem } from "../Problem.js"
import { connect, requireTable } from "../store/open.js"
import type { Owner, StoreOptions } from "../store/options.js"
import type { Location } from "../store/location.js"
import * as Problems from "../store/problems.js"
import { configuredStore } from "../store/settings.js"
import { fromAuditRecord, lineOf } from "../eventLine.js"

/** Which events. */
export interface EventsOptions extends StoreOptions, Owner {
  readonly since: string
  readonly until: Option.Option<string>
  readonly types: ReadonlyArray<AuditRecord["type"]>
  readonly limit: Option.Option<number>
}

/** Writes a line for each event, the oldest first; with a limit, the newest of them. */
export const events = (options: EventsOptions): Effect.Effect<void, Stop, Output | FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const output = yield* Output
    const query = yield* queryOf(options)
    const location = yield* configuredStore(options)
    if (location._tag === "Files") return yield* stopWith(noEvents(location), options)
    const sql = yield* connect(location).pipe(
      Effect.tap((sql) => requireTable(sql, location, "oauth_events", "SqlAuditRecorder.migrate")),
      Effect.catchAll((problem) => stopWith(problem, options))
    )
    yield* chosen(query, options.limit).pipe(
      Stream.provideService(SqlClient, sql),
      Stream.catchTags({
        SqlError: (error) => Stream.fromEffect(stopWith(Problems.noConnection(location, error), options)),
        ParseError: () => Stream.fromEffect(stopWith(unreadable(location), options))
      }),
      Stream.map(fromAuditRecord),
      Stream.runForEach((record) => (options.json ? output.json(record) : output.line(lineOf(record))))
    )
  }).pipe(Effect.scoped)

const chosen = (query: SqlAuditRecorder.Query, limit: Option.Option<number>) =>
  Option.match(limit, {
    onNone: () => SqlAuditRecorder.events(query),
    onSome: (most) =>
      SqlAuditRecorder.events({ ...query, order: "NewestFirst" }).pipe(
        Stream.take(most),
        Stream.runCollect,
        Effect.map(Chunk.reverse),
        Stream.fromIterableEffect
      )
  })

const queryOf = (options: EventsOptions): Effect.Effect<SqlAuditRecorder.Query, Stop, Output> =>
  Effect.gen(function* () {
    const now = yield* DateTime.now
    const at = (path: string, text: string) =>
      Option.match(parseInstant(text, now), {
        onNone: () => stopWith(noInstant(path), options),
        onSome: Effect.succeed
      })
    return {
      since: yield* at("--since", options.since),
      until: Option.isSome(options.until) ? yield* at("--until", options.until.value) : undefined,
      provider: Option.getOrUndefined(options.provider),
      tenant: Option.getOrUndefined(options.tenant),
      types: options.types.length === 0 ? undefined : options.types
    }
  })

const noInstant = (path: string): Problem => ({
  tag: "InvalidOption",
  reason: "Malformed",
  message: `${path}: expected ${expectedInstant}`,
  remedy: "Correct what is named above."
})

const noEvents = ({ shown }: Location): Problem => ({
  tag: "NoEvents",
  reason: "NotADatabase",
  message: `${shown}: a folder has no audit log`,
  remedy:
    "Events are kept in a database, by SqlAuditRecorder: set OAUTH_STORE to that one for this command, or name its file by --store."
})

const unreadable = ({ shown }: Location): Problem => ({
  tag: "NoEvents",
  reason: "Unreadable",
  message: `${shown}: an event of the audit log cannot be read`,
  remedy: "It may have been written by a later version: use the command of that one."
})

/** What is expected of an instant. */
const expectedInstant =
  "a time span back from now, such as 90s, 30m, 1h, 7d or 2w, or an instant, such as 2026-11-21T08:00:00Z"

/** An instant: so long before now, or as ISO 8601 has it. A day without an hour begins at midnight UTC. */
export const parseInstant = (text: string, now: DateTime.Utc): Option.Option<DateTime.Utc> => {
  const [, amount, unit = ""] = /^(\d{1,9})([smhdw])$/.exec(text) ?? []
  if (amount !== undefined) {
    return Option.liftThrowable(() =>
      DateTime.subtract(now, { seconds: Number(amount) * (seconds[unit] ?? 0) })
    )()
  }
  return /^\d{4}-\d{2}-\d{2}/.test(text) ? Option.map(DateTime.make(text), DateTime.toUtc) : Option.none()
}

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }
