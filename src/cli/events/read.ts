/** `effect-oauth events`: what has happened to tokens, as the audit log tells it. */
import type * as FileSystem from "@effect/platform/FileSystem"
import { SqlClient } from "@effect/sql/SqlClient"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { AuditRecord } from "../../telemetry/AuditRecord.js"
import * as SqlAuditRecorder from "../../telemetry/sql/SqlAuditRecorder.js"
import { stopWith } from "../configured.js"
import type { Stop } from "../ExitCode.js"
import { Output } from "../Output.js"
import type { Problem } from "../Problem.js"
import { connect, requireTable } from "../store/connect.js"
import type { Owner, StoreOptions } from "../store/options.js"
import type { Place } from "../store/place.js"
import * as Problems from "../store/problems.js"
import { configuredStore } from "../store/settings.js"
import { describe, lineOf } from "./line.js"
import * as Window from "./window.js"

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
    const place = yield* configuredStore(options)
    if (place._tag === "Files") return yield* stopWith(noEvents(place), options)
    const sql = yield* connect(place).pipe(
      Effect.tap((sql) => requireTable(sql, place, "oauth_events", "SqlAuditRecorder.migrate")),
      Effect.catchAll((problem) => stopWith(problem, options))
    )
    yield* chosen(query, options.limit).pipe(
      Stream.provideService(SqlClient, sql),
      Stream.catchTags({
        SqlError: (error) => Stream.fromEffect(stopWith(Problems.noConnection(place, error), options)),
        ParseError: () => Stream.fromEffect(stopWith(unreadable(place), options))
      }),
      Stream.runForEach((record) =>
        options.json ? output.json(describe(record)) : output.line(lineOf(record))
      )
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
      Option.match(Window.instant(text, now), {
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
  message: `${path}: expected ${Window.expected}`,
  remedy: "Correct what is named above."
})

const noEvents = ({ shown }: Place): Problem => ({
  tag: "NoEvents",
  reason: "NotADatabase",
  message: `${shown}: a folder has no audit log`,
  remedy:
    "Events are kept in a database, by SqlAuditRecorder: set OAUTH_STORE to that one for this command, or name its file by --store."
})

const unreadable = ({ shown }: Place): Problem => ({
  tag: "NoEvents",
  reason: "Unreadable",
  message: `${shown}: an event of the audit log cannot be read`,
  remedy: "It may have been written by a later version: use the command of that one."
})
