import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { setTimeout as sleep } from "node:timers/promises"
import type { Report, Target } from "../lib/report.js"
import { quartiles, time } from "../lib/report.js"
import type { Subject } from "../lib/rounds.js"
import { figuresOf, interleaved } from "../lib/rounds.js"
import { quantile, ratios, spreadOf } from "../lib/statistics.js"
import { configure, counts } from "../server/control.js"
import type { Addresses } from "../server/protocol.js"
import type { Place } from "../stores/place.js"
import { open } from "../stores/places.js"
import type { Make } from "../stores/providers.js"
import { clientCredentials, rotating } from "../stores/providers.js"
import { ratioOf } from "../stores/ratio.js"
import { timed, typical } from "../stores/timed.js"
import { watched } from "../stores/watched.js"
import type { Measure } from "./measure.js"

/** A way in which a provider comes to its first token. */
interface Way {
  readonly name: string
  readonly make: Make
  /** Of the tokens that it is given, in seconds. */
  readonly lifetime: number
  readonly gets: number
}

const found: Way = { name: "finds a token", make: clientCredentials, lifetime: 3600, gets: 20 }
const asks: Way = { name: "asks, client credentials", make: clientCredentials, lifetime: 1, gets: 5 }
const rotates: Way = { name: "asks, rotating refresh token", make: rotating, lifetime: 1, gets: 5 }

interface Cold extends Subject {
  readonly place: Place | undefined
  readonly way: Way
  readonly clientId: string
  /** What one get did to the store. */
  readonly operations: () => ReadonlyArray<string>
}

const nameOf = (place: Place | undefined): string => place?.name ?? "no store"
const queryOf = (place: Place): string => `${place.name}: bare query`

/** Gets of new providers, each on a record that is there. The store is looked at through another client than the first. */
const cold = (
  server: Addresses,
  place: Place | undefined,
  way: Way,
  wrong: Array<string>
): Effect.Effect<Cold, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const name = `${nameOf(place)}: ${way.name}`
    const clientId = `cold-${name.replace(/\W+/g, "-")}`
    yield* Effect.promise(() =>
      configure(server, clientId, { lifetime: way.lifetime, rotates: way === rotates })
    )
    let operations: Array<string> = []
    const store = place && watched(yield* place.connect, ({ name }) => operations.push(name))
    let made = 0
    const get = Effect.suspend(() => {
      operations = []
      // without a store each is the first of its own
      const name = place === undefined ? made++ : way === found ? 0 : made++ % way.gets
      const provider = way.make({ server, clientId, name: `cold ${String(name)}`, store })
      return Effect.scoped(Effect.flatMap(provider, ({ get }) => timed(get)))
    })
    // the records come to be there
    yield* typical(way.gets, get)
    yield* Effect.promise(() => configure(server, clientId, {}))
    let seen: string | undefined
    let expired = Date.now() + way.lifetime * 1000
    return {
      name,
      place,
      way,
      clientId,
      operations: () => operations,
      round: async () => {
        if (way !== found) await sleep(Math.max(0, expired - Date.now() + 50))
        const figure = await Effect.runPromise(typical(way.gets, get))
        expired = Date.now() + way.lifetime * 1000
        seen ??= operations.join()
        if (operations.join() !== seen) wrong.push(`${name}: ${operations.join()} after ${seen}`)
        return figure
      }
    }
  })

const bareQuery = (place: Place): ReadonlyArray<Subject> => {
  const { query } = place
  if (query === undefined) return []
  return [{ name: queryOf(place), round: () => Effect.runPromise(typical(50, timed(query))) }]
}

export const storesColdGet: Measure = {
  name: "stores-cold-get",
  run: ({ quick, server }) =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const wrong: Array<string> = []
          const { notes, places } = yield* open
          const colds = [
            ...(yield* Effect.forEach([asks, rotates], (way) => cold(server, undefined, way, wrong))),
            ...(yield* Effect.forEach(
              places.flatMap((place) => [found, asks, rotates].map((way) => ({ place, way }))),
              ({ place, way }) => cold(server, place, way, wrong)
            ))
          ]
          const rounds = quick ? 3 : 41
          const warmUp = quick ? 1 : 2
          const figures = yield* Effect.promise(() =>
            interleaved([...places.flatMap(bareQuery), ...colds], rounds, warmUp)
          )
          for (const { clientId, name, way } of colds) {
            const { sinceChange } = yield* Effect.promise(() => counts(server, clientId))
            const due = way === found ? 0 : (rounds + warmUp) * way.gets
            if (sinceChange !== due) {
              wrong.push(`${name}: ${String(sinceChange)} token requests in place of ${String(due)}`)
            }
          }
          return reportOf(figures, colds, notes, rounds, wrong)
        })
      )
    )
}

const reportOf = (
  figures: ReadonlyMap<string, ReadonlyArray<number>>,
  colds: ReadonlyArray<Cold>,
  notes: ReadonlyArray<string>,
  rounds: number,
  wrong: ReadonlyArray<string>
): Report => {
  const ratio = (name: string, base: string | undefined) =>
    base === undefined || !figures.has(base) || base === name
      ? NaN
      : quantile(ratios(figuresOf(figures, name), figuresOf(figures, base)), 0.5)
  const measured = [...figures.keys()].map((name) => {
    const subject = colds.find((cold) => cold.name === name)
    const place = name.slice(0, name.indexOf(":"))
    return {
      name,
      place,
      operations: subject?.operations() ?? [],
      spread: spreadOf(figuresOf(figures, name)),
      ofQuery: ratio(name, `${place}: bare query`),
      ofGet: subject && ratio(name, `no store: ${(subject.way === rotates ? rotates : asks).name}`)
    }
  })
  const order = [...new Set(colds.map(({ place }) => nameOf(place)))]
  const rows = order.flatMap((place) => measured.filter((one) => one.place === place))
  return {
    name: "stores-cold-get",
    title: "The first get of a new provider, on a store",
    how: `Each get is the first of a provider that was just made, on a record that is there: with a token that is good, or with one that has expired, so that the server is asked, over https on the loopback address, which answers at once. A bare query is \`select 1\` through the same client, or one read of a file. Medians of ${String(rounds)} rounds, interleaved; the figure of a round is the median of several gets. The lease is released after the get has its answer, which is not part of its time. ${notes.join(" ")}`,
    columns: [
      "cold get",
      "store operations",
      "median",
      "quartiles",
      "of a bare query",
      "of a get without a store"
    ],
    rows: rows.map(({ name, ofGet, ofQuery, operations, spread }) => [
      name,
      operations.length === 0 ? "–" : `${String(operations.length)}: ${operations.join(", ")}`,
      time(spread.median),
      quartiles(spread, time),
      ratioOf(ofQuery),
      ratioOf(ofGet ?? NaN)
    ]),
    figures: Object.fromEntries(
      rows.map(({ name, ofGet = NaN, ofQuery, operations, spread }) => [
        name,
        { ...spread, operations: operations.length, ofQuery, ofGet }
      ])
    ),
    targets: [onlyOneLoad(colds)],
    charts: [],
    wrong
  }
}

const onlyOneLoad = (colds: ReadonlyArray<Cold>): Target => {
  const all = new Set(colds.filter(({ way }) => way === found).map(({ operations }) => operations().join()))
  return {
    what: "store operations of a get that finds a token",
    wanted: "one load",
    figure: [...all].join(" or "),
    reached: all.size === 1 && all.has("load")
  }
}
