/** A process that uses one record of a store that others use, too. */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { LeasedService } from "../../../src/store/TokenStore.js"
import { LeasedTokenStore } from "../../../src/store/TokenStore.js"
import { listen, tell as tellTest } from "../../support/parentProcess.js"
import { entryOf, recordKey } from "./keys.js"
import type { Location } from "./locations.js"
import { storeAt } from "./locations.js"

export interface Job {
  readonly location: Location
  /** It adds marks to the record, adds the fence of each lease that it gets, or gets a lease and keeps it. */
  readonly task: "add" | "lease" | "hold"
  /** How often; the default is without end. */
  readonly times?: number
  /** Of a lease, in milliseconds. */
  readonly length: number
}

export type Message =
  | { readonly type: "ready" }
  /** The mark is in the record for ever. */
  | { readonly type: "added"; readonly mark: string }
  /** It has got the lease at an instant, which ends at another unless it is released before. */
  | { readonly type: "lease"; readonly fence: number; readonly at: number; readonly until: number }
  /** It is about to release the lease; whether its mark is in the record. */
  | { readonly type: "over"; readonly fence: number; readonly at: number; readonly isSaved: boolean }
  | { readonly type: "done" }

/** The record that they all use. */
export const key = recordKey("the one key")

const me = String(process.pid)

const tell = (message: Message): void => tellTest(message)

/** Whether a mark was added to what the record holds, which others may have changed meanwhile. */
const addOnce = ({ load, save }: LeasedService, mark: string) =>
  Effect.gen(function* () {
    const { record, version } = yield* load(key)
    const before = Option.match(record, {
      onNone: () => "",
      onSome: ({ content }) => `${Redacted.value(content)},`
    })
    return Option.isSome(yield* save(entryOf(key, before + mark), version))
  })

const add = (store: LeasedService, mark: string) =>
  Effect.map(Effect.repeat(addOnce(store, mark), { until: (isSaved) => isSaved }), () =>
    tell({ type: "added", mark })
  )

const acquire = (store: LeasedService, length: number) =>
  Effect.gen(function* () {
    const before = Date.now()
    const lease = yield* store.acquire(key, me, Duration.millis(length))
    if (Option.isNone(lease)) {
      yield* Effect.sleep("2 millis")
      return lease
    }
    const { fence, remaining } = lease.value
    tell({ type: "lease", fence, at: Date.now(), until: before + Math.floor(Duration.toMillis(remaining)) })
    return lease
  }).pipe(Effect.repeat({ until: Option.isSome }), Effect.map(Option.getOrThrow))

const useLease = (store: LeasedService, length: number) =>
  Effect.gen(function* () {
    const lease = yield* acquire(store, length)
    const isSaved = yield* addOnce(store, String(lease.fence))
    tell({ type: "over", fence: lease.fence, at: Date.now(), isSaved })
    yield* store.release(lease)
  })

const run = ({ length, location, task, times = Infinity }: Job) =>
  Effect.gen(function* () {
    const store = Context.get(yield* Layer.build(storeAt(location)), LeasedTokenStore)
    if (task === "hold") {
      yield* acquire(store, length)
      return yield* Effect.never
    }
    for (let time = 0; time < times; time++) {
      yield* task === "add" ? add(store, `${me}.${time}`) : useLease(store, length)
    }
    tell({ type: "done" })
  })

listen((job: Job) => {
  void Effect.runPromise(Effect.scoped(run(job))).then(
    () => process.disconnect(),
    (problem: unknown) => {
      console.error(problem)
      process.exit(1)
    }
  )
})
tell({ type: "ready" })
