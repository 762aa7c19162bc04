import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as FileTokenStore from "../../src/store/FileTokenStore.js"
import type { LeasedService } from "../../src/store/TokenStore.js"
import { NodeFiles, temporaryDirectory } from "./support/files.js"
import { recordKey, SealedByOneKey } from "./support/keys.js"
import type { Worker } from "./support/workers.js"
import { startWorker } from "./support/workers.js"

const key = recordKey("the one key")

const Files = Layer.merge(NodeFiles, SealedByOneKey)

const shared = Effect.gen(function* () {
  const directory = yield* temporaryDirectory
  return { directory, store: yield* FileTokenStore.make({ directory }) }
})

const marksIn = (store: LeasedService) =>
  Effect.map(store.load(key), ({ record, version }) => ({
    version,
    marks: Option.match(record, { onNone: () => "", onSome: ({ content }) => Redacted.value(content) }).split(
      ","
    )
  }))

/** When a turn has surely ended: a timer of the system may ring a moment before its time. */
const ended = (remaining: Duration.Duration) => Effect.sleep(Duration.sum(remaining, Duration.millis(20)))

const toldBy = (workers: ReadonlyArray<Worker>, word: string) =>
  workers.flatMap(({ told }) => told.filter(([first]) => first === word))

/** When that many have been told, however slow the machine is. */
const untilTold = (workers: ReadonlyArray<Worker>, word: string, count: number) =>
  Effect.repeat(
    Effect.delay(
      Effect.sync(() => toldBy(workers, word).length),
      "20 millis"
    ),
    {
      until: (told) => told >= count
    }
  )

/** Lets processes work for a while, and kills one after another and starts a new one in its place. */
const killing = (directory: string, job: string, workers: Array<Worker>, rounds: number) =>
  Effect.gen(function* () {
    for (let round = 0; round < rounds; round++) {
      const victim = workers[round]
      if (victim === undefined) return
      yield* victim.tells("ready")
      yield* Effect.sleep(Duration.millis(50 + 37 * (round % 5)))
      yield* victim.kill
      workers.push(yield* startWorker(directory, job))
    }
  })

describe("S26 processes that share a directory", () => {
  it.scopedLive("lose no update of a key that all of them change", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* shared
      const workers = yield* Effect.replicateEffect(startWorker(directory, "add40"), 4)
      expect(yield* Effect.forEach(workers, ({ ended }) => ended)).toEqual([0, 0, 0, 0])
      const { marks, version } = yield* marksIn(store)
      expect(version).toBe(160)
      expect(new Set(marks).size).toBe(160)
      expect(marks).toHaveLength(160)
    }).pipe(Effect.provide(Files))
  )

  it.scopedLive("lose none either while they are killed and replaced", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* shared
      const workers = [...(yield* Effect.replicateEffect(startWorker(directory, "add100000"), 3))]
      yield* killing(directory, "add100000", workers, 4)
      yield* untilTold(workers, "added", 20)
      yield* Effect.forEach(workers, ({ kill }) => kill)
      const { marks, version } = yield* marksIn(store)
      expect(marks).toHaveLength(version)
      expect(new Set(marks).size).toBe(version)
      const told = toldBy(workers, "added").map(([, mark]) => mark)
      expect(told.length).toBeGreaterThan(10)
      expect(told.filter((mark) => !marks.includes(mark ?? ""))).toEqual([])
    }).pipe(Effect.provide(Files))
  )

  it.scopedLive("never have two holders of one lease, while they are killed and replaced", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* shared
      const workers = [...(yield* Effect.replicateEffect(startWorker(directory, "turns"), 3))]
      yield* killing(directory, "turns", workers, 4)
      yield* untilTold(workers, "over", 20)
      yield* Effect.forEach(workers, ({ kill }) => kill)
      const ends = new Map(toldBy(workers, "over").map(([, fence, at]) => [Number(fence), Number(at)]))
      const turns = toldBy(workers, "turn")
        .map(([, fence, at, until]) => ({ fence: Number(fence), at: Number(at), until: Number(until) }))
        .sort((a, b) => a.fence - b.fence)
      expect(turns.length).toBeGreaterThan(10)
      expect(new Set(turns.map(({ fence }) => fence)).size).toBe(turns.length)
      for (const [place, next] of turns.slice(1).entries()) {
        const { fence, until } = turns[place]!
        expect(next.at).toBeGreaterThanOrEqual(Math.min(until, ends.get(fence) ?? until))
      }
      yield* ended(yield* store.remaining(key))
      expect(Option.isSome(yield* store.acquire(key, "a survivor", Duration.minutes(1)))).toBe(true)
    }).pipe(Effect.provide(Files))
  )

  it.scopedLive("a holder that was killed leaves no lock behind beyond its lease", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* shared
      const holder = yield* startWorker(directory, "hold")
      yield* holder.tells("holding")
      yield* holder.kill
      const remaining = yield* store.remaining(key)
      expect(Duration.toMillis(remaining)).toBeLessThanOrEqual(1000)
      yield* ended(remaining)
      expect(Option.isSome(yield* store.acquire(key, "its successor", Duration.minutes(1)))).toBe(true)
    }).pipe(Effect.provide(Files))
  )
})
