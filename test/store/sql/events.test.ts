import * as SqlClient from "@effect/sql/SqlClient"
import { expect, layer } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { TokenEvent } from "effect-oauth"
import * as AuditLog from "../../../src/telemetry/AuditLog.js"
import { AuditRecord } from "../../../src/telemetry/AuditRecord.js"
import { AuditRecorder } from "../../../src/telemetry/AuditRecorder.js"
import * as SqlAuditRecorder from "../../../src/sql/SqlAuditRecorder.js"
import * as TokenEvents from "../../../src/telemetry/TokenEvents.js"
import { databases } from "./support/databases.js"

const at = (millis: number) => DateTime.unsafeMake(millis)

const full = (id: string, millis: number, fields: Partial<AuditRecord> = {}) =>
  new AuditRecord({
    id,
    type: "RefreshFailed",
    at: at(millis),
    provider: "app/Server",
    tenant: "a tenant",
    grant: "client_credentials",
    cause: "Due",
    outcome: "TransientFailure",
    reason: "RateLimited",
    attempts: 3,
    durationMillis: 1234.5,
    ...fields
  })

const bare = (id: string, millis: number) =>
  new AuditRecord({ id, type: "Cleared", at: at(millis), provider: "app/Other" })

const idsOf = (query: SqlAuditRecorder.Query) =>
  Effect.map(Stream.runCollect(SqlAuditRecorder.events(query)), (found) => [...found].map(({ id }) => id))

for (const [name, database] of Object.entries(databases)) {
  const client = Layer.unwrapScoped(Effect.map(database, (reach) => reach()))
  const recorder = SqlAuditRecorder.layer.pipe(Layer.provideMerge(client), Layer.orDie)

  layer(recorder)(`an audit log in ${name}`, (it) => {
    it.effect("gives back what was recorded, in the order of time", () =>
      Effect.gen(function* () {
        const { record } = yield* AuditRecorder
        const records = [full("run-3", 3000), bare("run-1", 1000), full("run-2", 2000)] as const
        yield* record(records)
        const found = yield* Stream.runCollect(SqlAuditRecorder.events({ since: at(0) }))
        expect([...found]).toStrictEqual([records[1], records[2], records[0]])
      })
    )

    it.effect("has a batch that was recorded twice once", () =>
      Effect.gen(function* () {
        const { record } = yield* AuditRecorder
        yield* record([bare("twice-1", 10_000)])
        yield* record([bare("twice-1", 10_000), bare("twice-2", 10_001)])
        yield* record([bare("twice-1", 10_000), bare("twice-2", 10_001)])
        expect(yield* idsOf({ since: at(10_000), until: at(11_000) })).toStrictEqual(["twice-1", "twice-2"])
      })
    )

    it.effect("tells the records of a time, a provider and a tenant", () =>
      Effect.gen(function* () {
        const { record } = yield* AuditRecorder
        yield* record([
          full("a", 20_000, { tenant: "one" }),
          full("b", 20_001, { tenant: "two" }),
          bare("c", 20_002),
          full("d", 20_003, { tenant: "one" })
        ])
        const time = { since: at(20_000), until: at(20_003) }
        expect(yield* idsOf(time)).toStrictEqual(["a", "b", "c"])
        expect(yield* idsOf({ ...time, since: at(20_001) })).toStrictEqual(["b", "c"])
        expect(yield* idsOf({ ...time, provider: "app/Server" })).toStrictEqual(["a", "b"])
        expect(yield* idsOf({ ...time, until: undefined, tenant: "one" })).toStrictEqual(["a", "d"])
      })
    )

    it.effect("takes a batch of any size, and tells it page after page", () =>
      Effect.gen(function* () {
        const { record } = yield* AuditRecorder
        const records = Arr.makeBy(1200, (place) => full(`many-${place}`, 30_000 + (place % 2)))
        yield* record(records)
        const ids = yield* idsOf({ since: at(30_000), until: at(31_000) })
        expect([...ids].sort()).toStrictEqual(records.map(({ id }) => id).sort())
      })
    )

    it.effect("tells the records of some types, and the newest first where that is wanted", () =>
      Effect.gen(function* () {
        const { record } = yield* AuditRecorder
        yield* record([
          full("type-1", 35_000),
          bare("type-2", 35_000),
          full("type-3", 35_001, { type: "Rejected" }),
          full("type-4", 35_002)
        ])
        const time = { since: at(35_000), until: at(36_000) }
        expect(yield* idsOf({ ...time, types: ["Cleared", "Rejected"] })).toStrictEqual(["type-2", "type-3"])
        expect(yield* idsOf({ ...time, types: [] })).toStrictEqual([])
        expect(yield* idsOf({ ...time, order: "NewestFirst" })).toStrictEqual([
          "type-4",
          "type-3",
          "type-2",
          "type-1"
        ])
        const many = Arr.makeBy(1200, (place) => full(`pages-${place}`, 37_000 + (place % 2)))
        yield* record(many)
        const pages = { since: at(37_000), until: at(38_000) }
        const newest = yield* idsOf({ ...pages, order: "NewestFirst" })
        expect(newest).toStrictEqual([...(yield* idsOf(pages))].reverse())
        expect(newest).toHaveLength(1200)
      })
    )

    it.effect("is not undone with a transaction of the application", () =>
      Effect.gen(function* () {
        const { record } = yield* AuditRecorder
        // what stands for a transaction of another database
        yield* record([bare("kept", 40_000)]).pipe(
          Effect.provideService(SqlClient.TransactionConnection, yield* brokenConnection)
        )
        expect(yield* idsOf({ since: at(40_000), until: at(40_001) })).toStrictEqual(["kept"])
      })
    )

    it.effect("forgets what is old", () =>
      Effect.gen(function* () {
        const { record } = yield* AuditRecorder
        yield* SqlAuditRecorder.purge(0)
        const now = Date.now()
        const hour = Duration.toMillis("1 hour")
        yield* record([
          ...Arr.makeBy(1100, (place) => bare(`old-${place}`, now - 3 * hour)),
          bare("new", now - hour)
        ])
        expect(yield* SqlAuditRecorder.purge("2 hours")).toBe(1100)
        expect(yield* idsOf({ since: at(0) })).toStrictEqual(["new"])
        yield* Layer.build(SqlAuditRecorder.layerWith({ retention: "30 minutes" })).pipe(
          Effect.zipRight(Effect.repeat(idsOf({ since: at(0) }), { until: (ids) => ids.length === 0 })),
          Effect.scoped
        )
      })
    )

    it.effect("records what happens to tokens", () =>
      Effect.gen(function* () {
        const { record } = yield* AuditRecorder
        yield* Effect.gen(function* () {
          const { emit } = yield* TokenEvent.TokenEventSink
          emit(TokenEvent.TokenEvent.Cleared({ provider: "app/Whole", at: at(50_000) }))
        }).pipe(
          Effect.provide(
            AuditLog.layer.pipe(
              Layer.provide(Layer.succeed(AuditRecorder, { record })),
              Layer.provideMerge(TokenEvents.layer)
            )
          )
        )
        const [event] = yield* Stream.runCollect(
          SqlAuditRecorder.events({ since: at(0), provider: "app/Whole" })
        )
        expect(event).toMatchObject({ type: "Cleared", provider: "app/Whole", at: at(50_000) })
      })
    )
  })
}

/** A connection on which nothing works. */
const brokenConnection = Effect.sync(() => {
  const fail = () => Effect.dieMessage("this is not the connection of the audit log")
  return [
    {
      execute: fail,
      executeRaw: fail,
      executeStream: () => Stream.dieMessage("nor this"),
      executeValues: fail,
      executeUnprepared: fail
    },
    0
  ] as const
})
