import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { TokenEvent, TokenProvider } from "effect-oauth"
import * as AuditLog from "../../src/telemetry/AuditLog.js"
import * as AuditRecord from "../../src/telemetry/AuditRecord.js"
import * as AuditRecorder from "../../src/telemetry/AuditRecorder.js"
import { advance, settle } from "../support/clock.js"
import { fail, issue, rejection, ScriptedGrant } from "../support/scriptedGrant.js"
import { seriesOf } from "./series.js"
import { counted, sight } from "./sight.js"

type Batch = Parameters<AuditRecorder.Recorder["record"]>[0]

const at = DateTime.unsafeMake(0)
const cleared = (provider = "test/Api"): TokenEvent.TokenEvent =>
  TokenEvent.TokenEvent.Cleared({ provider, at })

/** An audit log over a recorder, in its own scope. The label `run` separates its metrics from those of other tests. */
const audited = (run: string, record: AuditRecorder.Recorder["record"], options: AuditLog.Options = {}) =>
  Effect.gen(function* () {
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope) =>
      Effect.gen(function* () {
        const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
        yield* settle
        // records that a test left unrecorded are dropped at the end
        if (closing.unsafePoll() === null) yield* advance("10 seconds", "1 second")
        yield* Fiber.join(closing)
      })
    )
    const layer = Layer.provide(
      AuditLog.layerWith(options),
      Layer.succeed(AuditRecorder.AuditRecorder, { record })
    )
    const sighted = yield* sight(layer).pipe(Scope.extend(scope), Effect.tagMetrics("run", run))
    return { ...sighted, close: Scope.close(scope, Exit.void) }
  })

/** The metrics of recorded records, and of lost ones by reason. */
const counts = (run: string) =>
  Effect.map(seriesOf({ run }), (all) =>
    Object.fromEntries(
      all
        .filter(({ name }) => name.startsWith("oauth."))
        .map(({ labels, name, value }) => [
          labels["oauth.reason"] ?? name.replace("oauth.client.audit.", ""),
          value
        ])
    )
  )

/** A recorder that keeps its batches in a list. */
const list = () => {
  const batches: Array<Batch> = []
  const record = (batch: Batch) => Effect.sync(() => void batches.push(batch))
  return { batches, record, sizes: () => batches.map(({ length }) => length) }
}

const numberOf = ({ id }: AuditRecord.AuditRecord): number => Number(id.split("-").at(-1))

describe("the audit log", () => {
  it.scoped("records each event of a token as one flat record", () =>
    Effect.gen(function* () {
      const { batches, record } = list()
      const { close, seen } = yield* audited("life", record)
      const { grant } = new ScriptedGrant("safe", issue({ takes: "2 seconds" }), fail(rejection))
      const provider = yield* seen(Effect.orDie(TokenProvider.make({ name: "test/Api", grant })))
      yield* Effect.fork(provider.get)
      yield* advance("2 seconds")
      yield* provider.clear
      yield* Effect.flip(provider.get)
      yield* close
      const occasion = { provider: "test/Api", at: DateTime.unsafeMake(2000) }
      const flight = { ...occasion, grant: "scripted", attempts: 1 }
      expect(batches.flat().map(({ id: _id, ...rest }) => ({ ...rest }))).toEqual([
        { ...flight, type: "Acquired", cause: "Cold", outcome: "token", durationMillis: 2000 },
        { ...occasion, type: "Cleared" },
        {
          ...flight,
          type: "Rejected",
          cause: "Cleared",
          outcome: "CredentialRejected",
          reason: "InvalidClient",
          durationMillis: 0
        }
      ])
      expect(yield* counts("life")).toEqual({ recorded: 3 })
    })
  )

  it.scoped("records many events in batches, in order, each with its own number", () =>
    Effect.gen(function* () {
      const { batches, record, sizes } = list()
      const { close, emit } = yield* audited("batches", record, { batchSize: 10 })
      for (let events = 0; events < 25; events++) emit(cleared())
      yield* close
      expect(sizes()).toEqual([10, 10, 5])
      expect(batches.flat().map(numberOf)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1))
      expect(new Set(batches.flat().map(({ id }) => id.replace(/\d+$/, ""))).size).toBe(1)
    })
  )

  it.scoped("passes the same batch again to a recorder that fails or dies", () =>
    Effect.gen(function* () {
      const { batches, record } = list()
      const tries: Array<Batch> = []
      const { emit } = yield* audited("again", (batch) =>
        Effect.suspend(() => {
          tries.push(batch)
          if (tries.length === 1) return Effect.fail("no")
          if (tries.length === 2) return Effect.die("a bug")
          if (tries.length === 3) throw new Error("another")
          if (tries.length === 4) return Effect.interrupt
          return record(batch)
        })
      )
      emit(cleared())
      yield* advance("1 minute", "100 millis")
      expect(tries).toHaveLength(5)
      expect(new Set(tries).size).toBe(1)
      expect(batches).toHaveLength(1)
      expect(yield* counts("again")).toEqual({ recorded: 1 })
    })
  )

  it.scoped("loses a batch that fails until the schedule ends, and records the next one", () =>
    Effect.gen(function* () {
      const { batches, record } = list()
      const { emit } = yield* audited(
        "poison",
        (batch) => (batch.some(({ provider }) => provider === "poison") ? Effect.fail("no") : record(batch)),
        { batchSize: 1, schedule: Schedule.recurs(3) }
      )
      emit(cleared("poison"))
      emit(cleared("sound"))
      yield* settle
      expect(batches.flat().map(({ provider }) => provider)).toEqual(["sound"])
      expect(yield* counts("poison")).toEqual({ Failed: 1, recorded: 1 })
    })
  )

  it.scoped("stops after ten retries within some minutes by the default schedule", () =>
    Effect.gen(function* () {
      let tries = 0
      const { emit } = yield* audited("defaults", () =>
        Effect.suspend(() => {
          tries++
          return Effect.fail("no")
        })
      )
      emit(cleared())
      yield* advance("2 minutes", "500 millis")
      expect(tries).toBeGreaterThan(5)
      expect(tries).toBeLessThan(11)
      yield* advance("3 minutes", "500 millis")
      expect(tries).toBe(11)
      expect(yield* counts("defaults")).toEqual({ Failed: 1 })
    })
  )

  it.scoped("stops waiting for a recorder that hangs after the timeout, interruptible or not", () =>
    Effect.gen(function* () {
      for (const hang of [Effect.never, Effect.uninterruptible(Effect.never)]) {
        const { batches, record } = list()
        const { emit } = yield* audited(
          "hangs",
          (batch) => (batch.some(({ provider }) => provider === "hang") ? hang : record(batch)),
          { batchSize: 1, schedule: Schedule.recurs(1), timeout: "1 second" }
        )
        emit(cleared("hang"))
        emit(cleared("sound"))
        yield* advance("1900 millis")
        expect(batches).toEqual([])
        yield* advance("200 millis")
        expect(batches.flat().map(({ provider }) => provider)).toEqual(["sound"])
      }
    })
  )

  it.scoped("loses and counts further records if it is full, and their numbers are missing", () =>
    Effect.gen(function* () {
      const { batches, record } = list()
      const latch = yield* Effect.makeLatch()
      const { close, emit } = yield* audited("full", (batch) => Effect.zipRight(latch.await, record(batch)), {
        capacity: 5,
        batchSize: 2
      })
      emit(cleared())
      yield* settle
      // one record is being recorded
      for (let events = 0; events < 10; events++) emit(cleared())
      expect(yield* counts("full")).toEqual({ Full: 6 })
      yield* latch.open
      yield* settle
      emit(cleared())
      yield* close
      expect(batches.flat().map(numberOf)).toEqual([1, 2, 3, 4, 5, 12])
      expect(yield* counts("full")).toEqual({ Full: 6, recorded: 6 })
    })
  )

  it.scoped("delays no token if the recorder never returns", () =>
    Effect.gen(function* () {
      const { close, seen } = yield* audited("never", () => Effect.never, { capacity: 10 })
      const { provider, requests } = yield* seen(counted("test/Never"))
      for (let refreshes = 0; refreshes < 1000; refreshes++) {
        yield* provider.refresh
        yield* Effect.repeatN(provider.get, 9)
      }
      expect(requests()).toBe(1000)
      expect(yield* counts("never")).toEqual({ Full: 990 })
      const closing = yield* Effect.fork(close)
      yield* settle
      expect(closing.unsafePoll()).toBe(null)
      yield* TestClock.adjust("5 seconds")
      yield* settle
      expect(closing.unsafePoll()).toEqual(Exit.void)
      expect(yield* counts("never")).toEqual({ Full: 990, Closed: 10 })
    })
  )

  it.scoped("records the waiting records when the scope closes, within its time", () =>
    Effect.gen(function* () {
      const { batches, record } = list()
      const { close, emit } = yield* audited("flush", (batch) => Effect.delay(record(batch), "1 second"), {
        batchSize: 1,
        flushWithin: "3500 millis"
      })
      for (let events = 0; events < 5; events++) emit(cleared())
      const closing = yield* Effect.fork(close)
      yield* advance("3400 millis")
      expect(closing.unsafePoll()).toBe(null)
      yield* advance("200 millis")
      expect(closing.unsafePoll()).toEqual(Exit.void)
      emit(cleared())
      yield* advance("1 minute", "1 second")
      expect(batches.flat().map(numberOf)).toEqual([1, 2, 3])
      expect(yield* counts("flush")).toEqual({ recorded: 3, Closed: 2 })
    })
  )

  it.scoped("records the same as another audit log with another recorder", () =>
    Effect.gen(function* () {
      const good = list()
      const layerOf = (record: AuditRecorder.Recorder["record"]) =>
        Layer.provide(
          AuditLog.layerWith({ flushWithin: 0 }),
          Layer.succeed(AuditRecorder.AuditRecorder, { record })
        )
      const { emit } = yield* sight(
        Layer.mergeAll(
          layerOf(good.record),
          layerOf(() => Effect.never)
        )
      )
      emit(cleared())
      yield* settle
      expect(good.sizes()).toEqual([1])
    })
  )
})

describe("audit records", () => {
  it.effect("are lines of JSON on the console, which the schema decodes", () =>
    Effect.gen(function* () {
      const lines: Array<unknown> = []
      const console = yield* Effect.console
      const { record } = yield* Effect.provide(AuditRecorder.AuditRecorder, AuditRecorder.layerConsole)
      const records = [
        AuditRecord.fromEvent(
          "a-run-1",
          TokenEvent.TokenEvent.RefreshFailed({
            provider: "test/Api",
            tenant: "a-tenant",
            at,
            grant: "scripted",
            cause: "Due",
            attempts: [{ took: Duration.seconds(1), error: Option.some(rejection) }],
            joined: 0,
            took: Duration.seconds(1),
            error: rejection,
            retryAt: at
          })
        ),
        AuditRecord.fromEvent("a-run-2", cleared())
      ] as const
      yield* record(records).pipe(
        Effect.withConsole({
          ...console,
          unsafe: { ...console.unsafe, log: (line: unknown) => void lines.push(line) },
          log: (line: unknown) => Effect.sync(() => void lines.push(line))
        })
      )
      expect(lines).toEqual([
        '{"id":"a-run-1","type":"RefreshFailed","at":"1970-01-01T00:00:00.000Z","provider":"test/Api","tenant":"a-tenant","grant":"scripted","cause":"Due","outcome":"CredentialRejected","reason":"InvalidClient","attempts":1,"durationMillis":1000}',
        '{"id":"a-run-2","type":"Cleared","at":"1970-01-01T00:00:00.000Z","provider":"test/Api"}'
      ])
      const read = yield* Schema.decodeUnknown(Schema.Array(Schema.parseJson(AuditRecord.AuditRecord)))(lines)
      expect(read).toEqual(records)
    })
  )

  it.effect("have different ids in each run", () =>
    Effect.gen(function* () {
      const idOf = Effect.gen(function* () {
        const first = yield* Deferred.make<string>()
        const { close, emit } = yield* audited("ids", ([{ id }]) => Deferred.succeed(first, id))
        emit(cleared())
        yield* close
        return yield* Deferred.await(first)
      }).pipe(Effect.scoped)
      expect(yield* idOf).not.toBe(yield* idOf)
    })
  )
})
