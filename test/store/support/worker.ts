/**
 * A process of its own that uses a store in files: `worker.ts <directory> <job>`. It tells what it has done, one line
 * each, right after it was done; whatever it has told is true even if it is killed in the next moment.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { writeSync } from "node:fs"
import * as FileTokenStore from "../../../src/store/FileTokenStore.js"
import type { LeasedService } from "../../../src/store/TokenStore.js"
import { NodeFiles } from "./files.js"
import { entryOf, recordKey, SealedByOneKey } from "./keys.js"

const [directory = "", job = ""] = process.argv.slice(2)
const key = recordKey("the one key")
const me = String(process.pid)

const tell = (...words: ReadonlyArray<string | number>) =>
  Effect.sync(() => writeSync(1, `${words.join(" ")}\n`))

/** Adds its mark to the record, for ever: a mark that was told and is not there in the end is a lost update. */
const add = (store: LeasedService, mark: string): Effect.Effect<void, unknown> =>
  Effect.gen(function* () {
    const { record, version } = yield* store.load(key)
    const before = Option.match(record, {
      onNone: () => "",
      onSome: ({ content }) => `${Redacted.value(content)},`
    })
    const saved = yield* store.save(entryOf(key, before + mark), version)
    yield* Option.isSome(saved) ? tell("added", mark) : add(store, mark)
  })

const adding = (store: LeasedService, count: number) =>
  Effect.forEach(
    Array.from({ length: count }, (_, n) => `${me}.${n}`),
    (mark) => add(store, mark),
    { discard: true }
  )

/** Takes turns: tells when each has begun and ended, and when it ends by itself. */
const turn = (store: LeasedService) =>
  Effect.gen(function* () {
    const before = Date.now()
    const lease = yield* store.acquire(key, me, Duration.millis(250))
    if (Option.isNone(lease)) return
    const at = Date.now()
    const until = before + Math.floor(Duration.toMillis(lease.value.remaining))
    yield* tell("turn", lease.value.fence, at, until)
    yield* store.load(key)
    yield* tell("over", lease.value.fence, Date.now())
    yield* store.release(lease.value)
  })

const main = Effect.gen(function* () {
  const store = yield* FileTokenStore.make({ directory })
  yield* tell("ready")
  if (job.startsWith("add")) return yield* adding(store, Number(job.slice(3)))
  if (job !== "hold") return yield* Effect.forever(turn(store))
  const lease = yield* store.acquire(key, me, Duration.seconds(1))
  yield* tell(Option.isSome(lease) ? "holding" : "waiting")
  return yield* Effect.never
})

await Effect.runPromise(Effect.provide(main, Layer.merge(NodeFiles, SealedByOneKey)))
