import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import { quartiles, time, times } from "../lib/report.js"
import type { Subject } from "../lib/rounds.js"
import { elapsed, figuresOf, interleaved } from "../lib/rounds.js"
import { quantile, ratios, spreadOf } from "../lib/statistics.js"
import { everyone } from "../peers/index.js"
import { library } from "../peers/library.js"
import type { Peer } from "../peers/peer.js"
import type { Measure } from "./measure.js"
import { whoChecksExpiry, whoSharesFlights } from "./probe.js"
import { openAllWarm } from "./sources.js"

type Get = () => Promise<unknown>

/**
 * The ways into the Effect runtime, each with an effect that takes one step. (An effect that is a value already,
 * such as `Effect.succeed`, is answered without a runtime.)
 */
const waysIn = (): ReadonlyArray<readonly [string, Get]> => {
  const runtime = Runtime.defaultRuntime
  const step = Effect.sync(() => "token")
  return [
    ["Effect.runPromise", () => Effect.runPromise(step)],
    ["Runtime.runPromise", () => Runtime.runPromise(runtime)(step)],
    ["Runtime.runPromiseExit", () => Runtime.runPromiseExit(runtime)(step)],
    // what it costs to come out of it again is part of it
    ["Runtime.runSync in an async function", () => Promise.resolve(Runtime.runSync(runtime)(step))]
  ]
}

/** How many calls take about the given time; the calls themselves warm up. */
const callsIn = async (milliseconds: number, get: Get): Promise<number> => {
  const calls = 2_000
  const took = await elapsed(() => repeated(calls, get))
  return Math.max(200, Math.round((calls * milliseconds * 1e6) / took))
}

const repeated = async (calls: number, get: Get): Promise<void> => {
  for (let call = 0; call < calls; call++) await get()
}

const subjectOf = async ([name, get]: readonly [string, Get]): Promise<Subject> => {
  const calls = await callsIn(20, get)
  return { name, round: async () => (await elapsed(() => repeated(calls, get))) / calls }
}

const noPromise = "await of a resolved promise"

export const promiseDoor: Measure = {
  name: "promise-door",
  run: async ({ quick, server }) => {
    const wrong: Array<string> = []
    const checking = await whoChecksExpiry(server)
    const sharing = await whoSharesFlights(server)
    const sources = await openAllWarm(server, "door", wrong)
    const resolved = Promise.resolve("token")
    const ways = waysIn()
    const gets: ReadonlyArray<readonly [string, Get]> = [
      ...sources.map(({ get, peer }) => [peer.name, get] as const),
      ...ways,
      [noPromise, () => resolved]
    ]
    const subjects: Array<Subject> = []
    for (const get of gets) subjects.push(await subjectOf(get))
    const rounds = quick ? 7 : 31
    const figures = await interleaved(subjects, rounds)
    const median = (name: string) => quantile(figuresOf(figures, name), 0.5)
    const own = median(library.name)
    const cheapest = Math.min(...ways.map(([name]) => median(name)))
    const equals = sources.filter(({ peer }) => peer !== library && checking.has(peer) && sharing.has(peer))
    const best = equals.reduce(
      (best, { peer }) =>
        median(peer.name) < best.median ? { name: peer.name, median: median(peer.name) } : best,
      { name: "none", median: Infinity }
    )
    const limit = Math.min(best.median, 1.2 * cheapest)
    for (const source of sources) await source.close?.()
    const fact = (name: string, peers: ReadonlySet<Peer>) => {
      const peer = everyone.find((peer) => peer.name === name)
      return peer === undefined ? "–" : peers.has(peer) ? "yes" : "no"
    }
    return {
      name: "promise-door",
      title: "A get that is awaited, with the token there",
      how: `Each get is awaited before the next; ${String(rounds)} rounds of about 20 ms, interleaved. Whether a peer looks at the expiry, and whether 100 callers at once cost one token request, was found out by measurement.`,
      columns: ["awaited", "median", "quartiles", "of effect-oauth", "checks expiry", "shares flights"],
      rows: subjects.map(({ name }) => {
        return [
          name,
          time(median(name)),
          quartiles(spreadOf(figuresOf(figures, name)), time),
          times(quantile(ratios(figuresOf(figures, name), figuresOf(figures, library.name)), 0.5)),
          fact(name, checking),
          fact(name, sharing)
        ]
      }),
      figures: Object.fromEntries(
        subjects.map(({ name }) => [name, { ...spreadOf(figuresOf(figures, name)) }])
      ),
      targets: [
        {
          what: `awaited get; the best peer that checks expiry and shares flights is ${best.name}, the cheapest way into the runtime takes ${time(cheapest)}`,
          wanted: `at most ${time(limit)}`,
          figure: time(own),
          reached: own <= limit
        }
      ],
      charts: [
        {
          title: "A warm get, awaited (log scale)",
          unit: "ns",
          bars: subjects.map(({ name }) => [name, median(name)])
        }
      ],
      wrong
    }
  }
}
