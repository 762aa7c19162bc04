import { expect, layer } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { AuditRecord } from "../../src/telemetry/AuditRecord.js"
import * as SqlAuditRecorder from "../../src/sql/SqlAuditRecorder.js"
import * as CommandLine from "./support/commandLine.js"
import type { TestDatabase } from "./support/stores.js"
import { databases } from "./support/stores.js"

/** An event so many seconds ago. */
const event = (id: string, seconds: number, fields: Partial<AuditRecord> = {}) =>
  Effect.map(
    DateTime.now,
    (now) =>
      new AuditRecord({
        id,
        type: "Acquired",
        at: DateTime.subtract(now, { seconds }),
        provider: "crm",
        tenant: "acme.example",
        grant: "client_credentials",
        cause: "Cold",
        outcome: "token",
        attempts: 1,
        durationMillis: 82.4,
        ...fields
      })
  )

const rejected = {
  type: "Rejected",
  tenant: "globex.example",
  outcome: "CredentialRejected",
  reason: "InvalidClient",
  attempts: 2
} as const

const record = ({ client }: TestDatabase, records: ReadonlyArray<Effect.Effect<AuditRecord>>) =>
  Effect.gen(function* () {
    const recorder = yield* SqlAuditRecorder.make()
    for (const one of records) yield* recorder.record([yield* one])
  }).pipe(Effect.provide(client), Effect.orDie)

const log = [
  event("run-1", 3 * 86_400),
  event("run-2", 7_200),
  event("run-3", 3_000, rejected),
  event("run-4", 60, { provider: "graph", tenant: undefined, type: "Cleared", cause: undefined })
]

layer(CommandLine.layer, { excludeTestServices: true })("effect-oauth events", (it) => {
  for (const [name, make] of Object.entries(databases)) {
    it.scoped(`in ${name}: events writes a line for each event of a period, the oldest first`, () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const database = yield* make
        yield* record(database, log)
        const ended = yield* command.run(["events"], { env: database.env })
        expect([ended.code, ended.stderr]).toEqual([0, ""])
        expect(ended.stdout.split("\n").map((line) => line.replace(/^\S+Z /, ""))).toEqual([
          " crm/acme.example  Acquired  cause Cold, took 82ms",
          " crm/globex.example  Rejected  cause Cold, took 82ms, 2 attempts, CredentialRejected (InvalidClient)",
          expect.stringMatching(/^ graph {2}Cleared/),
          ""
        ])
      })
    )

    it.scoped(`in ${name}: events filters by period, owner and type, and limits to the newest`, () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const database = yield* make
        yield* record(database, log)
        const day = DateTime.formatIso(DateTime.subtract(yield* DateTime.now, { hours: 1 }))
        const ids = (...args: ReadonlyArray<string>) =>
          Effect.map(command.run(["events", "--json", ...args], { env: database.env }), (ended) => {
            expect([args, ended.code, ended.stderr]).toEqual([args, 0, ""])
            return ended.stdout
              .split("\n")
              .filter((line) => line !== "")
              .map((line) => (JSON.parse(line) as { readonly id: string }).id.slice(4))
              .join("")
          })
        expect(yield* ids("--since", "7d")).toBe("1234")
        expect(yield* ids("--since", "1h")).toBe("34")
        expect(yield* ids("--since", day)).toBe("34")
        expect(yield* ids("--since", "7d", "--until", day)).toBe("12")
        expect(yield* ids("--since", "7d", "--provider", "crm")).toBe("123")
        expect(yield* ids("--since", "7d", "--tenant", "globex.example")).toBe("3")
        expect(yield* ids("--since", "7d", "--type", "Rejected", "--type", "Cleared")).toBe("34")
        expect(yield* ids("--since", "7d", "--limit", "2")).toBe("34")
        expect(yield* ids("--since", "7d", "--provider", "crm", "--limit", "2")).toBe("23")
        expect(yield* ids("--until", "2d")).toBe("")
      })
    )
  }

  it.scoped("--json writes every field of an event", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const database = yield* databases.SQLite
      yield* record(database, [event("run-3", 3_000, rejected)])
      const ended = yield* command.run(["events", "--json"], { env: database.env })
      expect(JSON.parse(ended.stdout)).toEqual({
        id: "run-3",
        at: expect.stringMatching(/Z$/) as unknown,
        provider: "crm",
        tenant: "globex.example",
        event: "Rejected",
        grant: "client_credentials",
        cause: "Cold",
        outcome: "CredentialRejected",
        reason: "InvalidClient",
        attempts: 2,
        milliseconds: 82
      })
    })
  )

  it.scoped("exits with 1 for a malformed instant, type or number, and for a store without a database", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const env = { OAUTH_STORE: "files:tokens" }
      const wrong = [
        ["--since", "yesterday"],
        ["--since", "99999999w"],
        ["--until", "2026-13-01"],
        ["--type", "Refused"],
        ["--limit", "0"],
        []
      ]
      for (const args of wrong) {
        const ended = yield* command.run(["events", ...args], { env })
        expect([args, ended.code, ended.stdout]).toEqual([args, 1, ""])
        expect(ended.stderr).not.toContain("bug")
        expect(ended.stderr).not.toBe("")
      }
    })
  )
})
