import * as Array from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Report } from "../lib/report.js"
import { quartiles, time } from "../lib/report.js"
import type { Subject } from "../lib/rounds.js"
import { figuresOf, interleaved } from "../lib/rounds.js"
import { quantile, ratios, spreadOf } from "../lib/statistics.js"
import { configure } from "../server/control.js"
import type { Shared } from "../stores/handOver.js"
import { adopted, inherited, share, takenOver } from "../stores/handOver.js"
import { open } from "../stores/places.js"
import { ratioOf } from "../stores/ratio.js"
import { timed } from "../stores/timed.js"
import type { Measure } from "./measure.js"

const waiting = 8
const lease = Duration.millis(500)

const query = "bare query"
const soon = "adopted, after a request of 0.1 s"
const late = "adopted, after a request of 1 s"
const released = "next turn, after a release"
const died = "next turn, after a dead holder's lease"

/** How the server treats each situation's client; the delays are what the requests take. */
const clients = {
  [soon]: { clientId: "hand-over-soon", delay: 100 },
  [late]: { clientId: "hand-over-late", delay: 1000 },
  [released]: { clientId: "hand-over-released", delay: 100, mode: "refusing" },
  [died]: { clientId: "hand-over-died", delay: 0, mode: "refusing" }
} as const

interface Passing extends Subject<ReadonlyArray<number>> {
  readonly place: string
  readonly situation: string
}

const passings = (shared: Shared): ReadonlyArray<Passing> => {
  const { place } = shared
  const adoptions = ({ clientId }: { readonly clientId: string }) =>
    Effect.map(adopted(shared, clientId), ({ latencies }) => latencies)
  const measured = {
    ...(place.query && { [query]: Effect.replicateEffect(timed(place.query), 50) }),
    [soon]: adoptions(clients[soon]),
    [late]: adoptions(clients[late]),
    [released]: Effect.map(takenOver(shared, clients[released].clientId), Array.of),
    [died]: Effect.map(inherited(shared, clients[died].clientId, lease), Array.of)
  }
  return Object.entries(measured).map(([situation, measure]) => ({
    name: `${place.name}: ${situation}`,
    place: place.name,
    situation,
    round: () => Effect.runPromise(measure)
  }))
}

export const storesHandOver: Measure = {
  name: "stores-hand-over",
  run: ({ quick, server }) =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const { notes, places } = yield* open
          for (const { clientId, ...settings } of Object.values(clients)) {
            yield* Effect.promise(() => configure(server, clientId, settings))
          }
          const used = places.filter(({ contents }) => contents !== "plain text")
          const shared = yield* Effect.forEach(used, (place) => share(server, place, waiting))
          const subjects = shared.flatMap(passings)
          const rounds = quick ? 1 : 9
          const figures = yield* Effect.promise(() => interleaved(subjects, rounds, quick ? 0 : 1))
          return reportOf(subjects, figures, notes, rounds)
        })
      )
    )
}

const reportOf = (
  subjects: ReadonlyArray<Passing>,
  figures: ReadonlyMap<string, ReadonlyArray<ReadonlyArray<number>>>,
  notes: ReadonlyArray<string>,
  rounds: number
): Report => {
  const medians = (name: string) => figuresOf(figures, name).map((samples) => quantile(samples, 0.5))
  const rows = subjects.map(({ name, place, situation }) => {
    const samples = figuresOf(figures, name).flat()
    const base = situation === query ? [] : medians(`${place}: ${query}`)
    return {
      name,
      spread: spreadOf(samples),
      longest: Math.max(...samples),
      ofQuery: quantile(ratios(medians(name), base), 0.5)
    }
  })
  return {
    name: "stores-hand-over",
    title: "From one process to the next",
    how: `One provider has its turn at a refresh, and ${String(waiting)} others wait, each with a client of its own, as processes have. Adopted: from the end of its save until each of the others has the token. After a release: from its end until one who waits has the turn; the request of 0.1 s was refused, so that there was nothing to adopt. After a dead holder: from the end of a lease of ${String(Duration.toMillis(lease))} ms that nobody released. ${String(rounds)} rounds, interleaved. ${notes.join(" ")}`,
    columns: ["hand-over", "median", "quartiles", "longest", "of a bare query"],
    rows: rows.map(({ longest, name, ofQuery, spread }) => [
      name,
      time(spread.median),
      quartiles(spread, time),
      time(longest),
      ratioOf(ofQuery)
    ]),
    figures: Object.fromEntries(
      rows.map(({ longest, name, ofQuery, spread }) => [name, { ...spread, longest, ofQuery }])
    ),
    targets: [],
    charts: [],
    wrong: []
  }
}
