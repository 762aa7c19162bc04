import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Report } from "../lib/report.js"
import { quartiles, time } from "../lib/report.js"
import type { Subject } from "../lib/rounds.js"
import { figuresOf, interleaved } from "../lib/rounds.js"
import { quantile, ratios, spreadOf } from "../lib/statistics.js"
import type { TokenStore } from "../library.js"
import type { Place } from "../stores/place.js"
import { open } from "../stores/places.js"
import { ratioOf } from "../stores/ratio.js"
import { lap, timed, typical } from "../stores/timed.js"
import type { Measure } from "./measure.js"

const names = ["bare query", "load", "save", "acquire", "acquire in vain", "release"] as const
type Name = (typeof names)[number]

interface Timed extends Subject {
  readonly place: string
  readonly operation: Name
}

const keyOf = (id: string): TokenStore.RecordKey => ({ provider: "bench", tenant: undefined, id })
const anHour = Duration.hours(1)

/** Each operation on a record that is there. */
const operations = ({
  connect,
  name: place,
  query
}: Place): Effect.Effect<ReadonlyArray<Timed>, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const store = yield* connect
    const [own, taken] = [keyOf("own"), keyOf("taken")]
    const content = Redacted.make("x".repeat(500))
    let version = 0
    const save = Effect.suspend(() =>
      store.save({ key: own, content, expiresAt: Option.none(), presentedAt: Option.none() }, version)
    ).pipe(
      Effect.flatten,
      Effect.map((saved) => (version = saved))
    )
    const acquire = Effect.flatten(store.acquire(own, "bench", anHour))
    yield* save
    yield* store.acquire(taken, "somebody else", anHour)
    const measured: Readonly<Record<Name, Effect.Effect<number, unknown> | undefined>> = {
      "bare query": query && timed(query),
      load: timed(store.load(own)),
      save: timed(save),
      acquire: Effect.flatMap(lap(acquire), ([took, lease]) => Effect.as(store.release(lease), took)),
      "acquire in vain": timed(store.acquire(taken, "bench", anHour)),
      release: Effect.flatMap(acquire, (lease) => timed(store.release(lease)))
    }
    return names.flatMap((operation) => {
      const measure = measured[operation]
      if (measure === undefined) return []
      const round = () => Effect.runPromise(typical(operation === "bare query" ? 50 : 10, measure))
      return [{ name: `${place}: ${operation}`, place, operation, round }]
    })
  })

export const storesOperations: Measure = {
  name: "stores-operations",
  run: ({ quick }) =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const { notes, places } = yield* open
          const subjects = (yield* Effect.forEach(places, operations)).flat()
          const rounds = quick ? 3 : 41
          const figures = yield* Effect.promise(() => interleaved(subjects, rounds))
          return reportOf(subjects, figures, notes, rounds)
        })
      )
    )
}

const reportOf = (
  subjects: ReadonlyArray<Timed>,
  figures: ReadonlyMap<string, ReadonlyArray<number>>,
  notes: ReadonlyArray<string>,
  rounds: number
): Report => {
  const rows = subjects.map(({ name, operation, place }) => {
    const bases = figuresOf(figures, `${place}: bare query`)
    return {
      name,
      spread: spreadOf(figuresOf(figures, name)),
      ofQuery: operation === "bare query" ? NaN : quantile(ratios(figuresOf(figures, name), bases), 0.5)
    }
  })
  return {
    name: "stores-operations",
    title: "The operations of a store",
    how: `A bare query is \`select 1\` through the same client, or one read of a file. An acquire in vain is one while somebody else has the turn. Medians of ${String(rounds)} rounds, interleaved; the figure of a round is the median of several. ${notes.join(" ")}`,
    columns: ["operation", "median", "quartiles", "of a bare query"],
    rows: rows.map(({ name, ofQuery, spread }) => [
      name,
      time(spread.median),
      quartiles(spread, time),
      ratioOf(ofQuery)
    ]),
    figures: Object.fromEntries(rows.map(({ name, ofQuery, spread }) => [name, { ...spread, ofQuery }])),
    targets: [],
    charts: [],
    wrong: []
  }
}
