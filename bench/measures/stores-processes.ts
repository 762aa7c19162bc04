import * as Effect from "effect/Effect"
import type { Report } from "../lib/report.js"
import { number, time } from "../lib/report.js"
import type { Subject } from "../lib/rounds.js"
import { figuresOf, interleaved } from "../lib/rounds.js"
import { quantile } from "../lib/statistics.js"
import { configure, counts } from "../server/control.js"
import type { Adopted, Shared } from "../stores/handOver.js"
import { adopted, share } from "../stores/handOver.js"
import { open } from "../stores/places.js"
import type { Measure } from "./measure.js"

const sizes = [1, 8, 32]
const delays = [100, 1000]

interface Waiting extends Subject<Adopted> {
  readonly place: string
  readonly size: number
  readonly delay: number
}

const clientOf = (delay: number): string => `processes-${String(delay)}`

const waitings = (shared: Shared): ReadonlyArray<Waiting> =>
  delays.flatMap((delay) =>
    sizes.map((size) => {
      const some = { ...shared, waiting: shared.waiting.slice(0, size) }
      return {
        name: `${shared.place.name}, ${String(size)} waiting, ${String(delay)} ms`,
        place: shared.place.name,
        size,
        delay,
        round: () => Effect.runPromise(adopted(some, clientOf(delay)))
      }
    })
  )

export const storesProcesses: Measure = {
  name: "stores-processes",
  run: ({ quick, server }) =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const { notes, places } = yield* open
          // what lies in memory no other process shares
          const used = places.filter(({ contents }) => contents === "sealed")
          const shared = yield* Effect.forEach(used, (place) => share(server, place, Math.max(...sizes)))
          for (const delay of delays) {
            yield* Effect.promise(() => configure(server, clientOf(delay), { delay }))
          }
          const subjects = shared.flatMap(waitings)
          const [rounds, warmUp] = quick ? [1, 0] : [5, 1]
          const figures = yield* Effect.promise(() => interleaved(subjects, rounds, warmUp))
          const wrong: Array<string> = []
          for (const delay of delays) {
            const { sinceChange } = yield* Effect.promise(() => counts(server, clientOf(delay)))
            const due = used.length * sizes.length * (rounds + warmUp)
            if (sinceChange !== due) {
              wrong.push(`${String(sinceChange)} token requests for ${String(due)} refreshes`)
            }
          }
          return reportOf(subjects, figures, notes, rounds, wrong)
        })
      )
    )
}

const reportOf = (
  subjects: ReadonlyArray<Waiting>,
  figures: ReadonlyMap<string, ReadonlyArray<Adopted>>,
  notes: ReadonlyArray<string>,
  rounds: number,
  wrong: ReadonlyArray<string>
): Report => {
  const rows = subjects.map(({ delay, name, place, size }) => {
    const all = figuresOf(figures, name)
    const median = (of: (one: Adopted) => number) => quantile(all.map(of), 0.5)
    return {
      name,
      place,
      delay,
      size,
      operations: median(({ operations }) => operations),
      first: median(({ latencies }) => Math.min(...latencies)),
      last: median(({ latencies }) => Math.max(...latencies))
    }
  })
  return {
    name: "stores-processes",
    title: "Many that wait for one refresh",
    how: `One provider refreshes, with a request of 0.1 s or of 1 s, and so many others wait, each with a client of its own, as processes have. Their operations on the store, and when the first and the last of them had the token, after it was saved: medians of ${String(rounds)} rounds, interleaved. There is one token request in each. ${notes.join(" ")}`,
    columns: ["store", "request", "waiting", "operations", "by each", "the first", "the last"],
    rows: rows.map(({ delay, first, last, operations, place, size }) => [
      place,
      time(delay * 1e6),
      number(size),
      number(operations),
      number(operations / size),
      time(first),
      time(last)
    ]),
    figures: Object.fromEntries(
      rows.map(({ first, last, name, operations }) => [name, { operations, first, last }])
    ),
    targets: [],
    charts: [],
    wrong
  }
}
