/** What processes that share a store keep up while they compete for one record, and are killed and replaced. */
import { expect } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { LeasedService } from "../../../src/store/TokenStore.js"
import { LeasedTokenStore } from "../../../src/store/TokenStore.js"
import { bundledProgram } from "../../support/bundledProgram.js"
import * as Child from "../../support/childProcess.js"
import type { Kind } from "./emptyLocations.js"
import { emptyLocations } from "./emptyLocations.js"
import { recordKey } from "./keys.js"
import { storeAt } from "./locations.js"
import type { Job, Message } from "./worker.js"

type Worker = Child.Worker<Job, Message>

const together = { concurrency: "unbounded" } as const

/** The program of the processes. */
export class Program extends Context.Tag("test/store/Program")<Program, string>() {
  static readonly layer = Layer.scoped(Program, bundledProgram("test/store/support/worker.ts"))
}

/** An empty store, and processes that use it, which are ready and wait for their jobs. */
const contenders = (kind: Kind, processes: number) =>
  Effect.gen(function* () {
    const location = yield* emptyLocations[kind]
    const start = Child.startWorker<Job, Message>(yield* Program)
    const workers = yield* Effect.replicateEffect(start, processes)
    yield* Effect.forEach(workers, ({ tells }) => tells("ready"), together)
    return { location, start, workers }
  })

/** The store as the test sees it, once there is one. */
const storeOf = (location: Job["location"]) =>
  Effect.map(Layer.build(storeAt(location)), Context.get(LeasedTokenStore))

const key = recordKey("the one key")

const marksIn = (store: LeasedService) =>
  Effect.map(store.load(key), ({ record, version }) => ({
    version,
    marks: Option.match(record, { onNone: () => "", onSome: ({ content }) => Redacted.value(content) }).split(
      ","
    )
  }))

const all = <T extends Message["type"]>(workers: ReadonlyArray<Worker>, type: T) =>
  workers.flatMap(({ messages }) =>
    messages.filter((message): message is Child.OfType<Message, T> => message.type === type)
  )

/** Gives all of them one job, lets a number of messages come between two kills, and kills the last ones, too. */
const whileKilled = (
  { start, workers }: Effect.Effect.Success<ReturnType<typeof contenders>>,
  job: Job,
  { kills, progress }: { readonly kills: number; readonly progress: number }
) =>
  Effect.gen(function* () {
    const everyone = [...workers]
    yield* Effect.forEach(workers, ({ send }) => send(job), together)
    const running = [...workers]
    for (let kill = 0; kill <= kills; kill++) {
      // whichever of them comes that far
      const type = job.task === "add" ? "added" : "over"
      yield* Effect.raceAll(
        running.map((worker) =>
          Effect.suspend(() => {
            const before = all([worker], type).length
            return worker.tells(type, () => all([worker], type).length >= before + progress)
          })
        )
      )
      if (kill === kills) break
      const victim = running.shift()
      if (victim !== undefined) yield* victim.kill
      const successor = yield* start
      yield* successor.send(job)
      running.push(successor)
      everyone.push(successor)
    }
    yield* Effect.forEach(running, (worker) => worker.kill, together)
    return everyone
  })

/** Each process adds its marks to one record, and every mark is there in the end. */
export const losesNoUpdate = (
  kind: Kind,
  { processes, times }: { readonly processes: number; readonly times: number }
) =>
  Effect.gen(function* () {
    const { location, workers } = yield* contenders(kind, processes)
    yield* Effect.forEach(
      workers,
      ({ send }) => send({ location, task: "add", times, length: 60_000 }),
      together
    )
    yield* Effect.forEach(workers, ({ tells }) => tells("done"), together)
    const { marks, version } = yield* marksIn(yield* storeOf(location))
    expect(version).toBe(processes * times)
    expect(new Set(marks).size).toBe(processes * times)
    expect(marks).toHaveLength(processes * times)
  })

/** The same while they are killed and replaced: every mark that was reported as added is there. */
export const losesNoUpdateWhileKilled = (
  kind: Kind,
  { kills, processes }: { readonly processes: number; readonly kills: number }
) =>
  Effect.gen(function* () {
    const contest = yield* contenders(kind, processes)
    const job = { location: contest.location, task: "add", length: 60_000 } as const
    const workers = yield* whileKilled(contest, job, { kills, progress: 5 })
    const { marks, version } = yield* marksIn(yield* storeOf(contest.location))
    expect(marks).toHaveLength(version)
    expect(new Set(marks).size).toBe(version)
    const added = all(workers, "added").map(({ mark }) => mark)
    expect(added.length).toBeGreaterThan(5)
    expect(added.filter((mark) => !marks.includes(mark))).toStrictEqual([])
  })

/** Each process has the lease a number of times; no other saves meanwhile, and the fences are in order, without a gap. */
export const takesTurns = (
  kind: Kind,
  { processes, times }: { readonly processes: number; readonly times: number }
) =>
  Effect.gen(function* () {
    const { location, workers } = yield* contenders(kind, processes)
    // long enough for a process that gets no time to run
    yield* Effect.forEach(
      workers,
      ({ send }) => send({ location, task: "lease", times, length: 600_000 }),
      together
    )
    yield* Effect.forEach(workers, ({ tells }) => tells("done"), together)
    const { marks } = yield* marksIn(yield* storeOf(location))
    expect(marks.map(Number)).toStrictEqual(
      Array.from({ length: processes * times }, (_, lease) => lease + 1)
    )
    expect(all(workers, "over").filter(({ isSaved }) => !isSaved)).toStrictEqual([])
  })

/** The same while they are killed and replaced: no two have the lease at one time, judged by the instants they report. */
export const neverTwoHoldersWhileKilled = (
  kind: Kind,
  { kills, processes }: { readonly processes: number; readonly kills: number }
) =>
  Effect.gen(function* () {
    const contest = yield* contenders(kind, processes)
    const job = { location: contest.location, task: "lease", length: 500 } as const
    const workers = yield* whileKilled(contest, job, { kills, progress: 5 })
    const ends = new Map(all(workers, "over").map(({ at, fence }) => [fence, at]))
    const leases = all(workers, "lease").sort((a, b) => a.fence - b.fence)
    expect(leases.length).toBeGreaterThan(5)
    expect(new Set(leases.map(({ fence }) => fence)).size).toBe(leases.length)
    for (const [index, next] of leases.slice(1).entries()) {
      const { fence, until } = leases[index]!
      expect(next.at).toBeGreaterThanOrEqual(Math.min(until, ends.get(fence) ?? until))
    }
    const store = yield* storeOf(contest.location)
    yield* ended(store)
    expect(Option.isSome(yield* store.acquire(key, "a survivor", Duration.minutes(1)))).toBe(true)
  })

/** The lease of a holder that was killed ends by itself. */
export const leavesNoLockBehind = (kind: Kind) =>
  Effect.gen(function* () {
    const { location, workers } = yield* contenders(kind, 1)
    for (const { kill, send, tells } of workers) {
      yield* send({ location, task: "hold", length: 1000 })
      yield* tells("lease")
      yield* kill
    }
    const store = yield* storeOf(location)
    expect(Duration.toMillis(yield* store.remaining(key))).toBeLessThanOrEqual(1000)
    yield* ended(store)
    expect(Option.isSome(yield* store.acquire(key, "its successor", Duration.minutes(1)))).toBe(true)
  })

const ended = (store: LeasedService) =>
  Effect.repeat(Effect.zipLeft(store.remaining(key), Effect.sleep("20 millis")), {
    until: (remaining) => Duration.toMillis(remaining) === 0
  })
