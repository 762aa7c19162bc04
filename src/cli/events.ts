/** `effect-oauth events`: the command line of it. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { AuditRecord } from "../telemetry/AuditRecord.js"
import { loadStoreCommands } from "./loadStoreCommands.js"
import { ownerOptions, storeOptions } from "./store/options.js"

const since = Options.text("since").pipe(
  Options.withDescription("From when: so long ago, such as 90s, 30m, 1h, 7d, or an instant. Default: 24h."),
  Options.withDefault("24h")
)

const until = Options.text("until").pipe(
  Options.withDescription("Until when, likewise. Default: now."),
  Options.optional
)

const types = Options.choice("type", AuditRecord.fields.type.literals).pipe(
  Options.withDescription("Of this type only; may be given more than once."),
  Options.repeated
)

const limit = Options.integer("limit").pipe(
  Options.withDescription("The newest so many. Default: all of the time."),
  Options.filterMap(
    (most) => (most > 0 ? Option.some(most) : Option.none()),
    "--limit: expected a number over zero"
  ),
  Options.optional
)

/** Reads the audit log. */
export const events = Command.make(
  "events",
  { ...storeOptions, ...ownerOptions, since, until, types, limit },
  (options) => Effect.flatMap(loadStoreCommands, ({ events }) => events(options))
).pipe(
  Command.withDescription(
    "What has happened to tokens, from the audit log that SqlAuditRecorder keeps in the store's database."
  )
)
