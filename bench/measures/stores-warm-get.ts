import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Report } from "../lib/report.js"
import { atMost, number, quartiles, time, times } from "../lib/report.js"
import type { Subject } from "../lib/rounds.js"
import { elapsed, figuresOf, interleaved } from "../lib/rounds.js"
import { quantile, ratios, spreadOf } from "../lib/statistics.js"
import type { Addresses } from "../server/protocol.js"
import type { Place } from "../stores/place.js"
import { open } from "../stores/places.js"
import { clientCredentials } from "../stores/providers.js"
import { ratioOf } from "../stores/ratio.js"
import { watched } from "../stores/watched.js"
import type { Measure } from "./measure.js"

const calls = 5_000
const base = "no store"

interface Warm extends Subject {
  readonly operations: () => number
}

const warm = (server: Addresses, place: Place | undefined): Effect.Effect<Warm, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    let operations = 0
    const store = place && watched(yield* place.connect, () => operations++)
    const provider = yield* clientCredentials({ server, clientId: "warm", name: "warm", store })
    yield* provider.get
    // its lease is given back behind the caller
    yield* Effect.sleep("100 millis")
    operations = 0
    const gets = Effect.gen(function* () {
      for (let call = 0; call < calls; call++) yield* provider.get
    })
    return {
      name: place?.name ?? base,
      operations: () => operations,
      round: async () => (await elapsed(() => Effect.runPromise(gets))) / calls
    }
  })

export const storesWarmGet: Measure = {
  name: "stores-warm-get",
  run: ({ quick, server }) =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const { notes, places } = yield* open
          const used = places.filter(({ contents }) => contents !== "plain text")
          const warms = yield* Effect.forEach([undefined, ...used], (place) => warm(server, place))
          const rounds = quick ? 41 : 301
          const figures = yield* Effect.promise(() => interleaved(warms, rounds, 4))
          return reportOf(warms, figures, notes, rounds)
        })
      )
    )
}

const reportOf = (
  warms: ReadonlyArray<Warm>,
  figures: ReadonlyMap<string, ReadonlyArray<number>>,
  notes: ReadonlyArray<string>,
  rounds: number
): Report => {
  const rows = warms.map(({ name, operations }) => ({
    name,
    operations: operations(),
    spread: spreadOf(figuresOf(figures, name)),
    ratio: name === base ? NaN : quantile(ratios(figuresOf(figures, name), figuresOf(figures, base)), 0.5)
  }))
  const most = Math.max(...rows.map(({ ratio }) => ratio).filter(Number.isFinite))
  return {
    name: "stores-warm-get",
    title: "A get on a store, with the token there",
    how: `${calls.toLocaleString("en")} calls in one loop of one fiber; ${String(rounds)} rounds, interleaved. ${notes.join(" ")}`,
    columns: ["a get", "store operations", "median", "quartiles", "of a get without a store"],
    rows: rows.map(({ name, operations, ratio, spread }) => [
      name,
      number(operations),
      time(spread.median),
      quartiles(spread, time),
      ratioOf(ratio)
    ]),
    figures: Object.fromEntries(
      rows.map(({ name, operations, ratio, spread }) => [name, { ...spread, operations, ratio }])
    ),
    targets: [atMost("get on a store, of one without", most, 1.1, times)],
    charts: [],
    wrong: rows
      .filter(({ operations }) => operations > 0)
      .map(({ name }) => `${name}: a get with its token in hand asked the store`)
  }
}
