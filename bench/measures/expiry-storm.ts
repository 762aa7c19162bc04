import { inProcessOfPeer, pooled } from "../lib/process.js"
import { number, time } from "../lib/report.js"
import { everyone } from "../peers/index.js"
import { library } from "../peers/library.js"
import type { Peer } from "../peers/peer.js"
import { counts } from "../server/control.js"
import type { Bench, Measure } from "./measure.js"
import { open } from "./sources.js"
import { rate, storm } from "./storm.js"

const name = "expiry-storm"
const delay = 50
const lifetime = 3

interface Result {
  readonly gets: number
  readonly requests: number
  readonly waited: number
  readonly longest: number
  readonly failed: number
}

const secondsOf = ({ quick }: Bench) => (quick ? 8 : 20)

const runPeer = async (bench: Bench, peer: Peer): Promise<Result> => {
  const source = await open(bench.server, peer, "storm", { delay, lifetime })
  await source.get()
  const answers = await storm(secondsOf(bench), source.get)
  const { sinceChange } = await counts(bench.server, source.clientId)
  await source.close?.()
  return {
    gets: answers.length,
    requests: sinceChange,
    waited: answers.filter(({ waited }) => waited).length,
    longest: answers.reduce((longest, { took }) => Math.max(longest, took), 0),
    failed: answers.filter(({ failed }) => failed).length
  }
}

/** The peers that a quick run has time for. */
export const quickly = (quick: boolean): ReadonlyArray<Peer> =>
  quick
    ? everyone.filter((peer) =>
        ["effect-oauth", "google-auth-library", "auth0", "a variable"].includes(peer.name)
      )
    : everyone

export const expiryStorm: Measure = {
  name,
  runPeer,
  run: async (bench) => {
    const peers = quickly(bench.quick)
    const results = await pooled(bench.quick ? 4 : 3, peers, (peer) =>
      inProcessOfPeer<Result>(name, bench, peer.name)
    )
    const all = peers.map((peer, at) => [peer, results[at] as Result] as const)
    const own = results[peers.indexOf(library)] as Result
    const seconds = secondsOf(bench)
    // one at the start, then one whenever a fifth of the lifetime is left, less up to a tenth of that
    const expected = 1 + Math.round(seconds / (lifetime * 0.81))
    return {
      name,
      title: `${number(rate)} gets a second for ${String(seconds)} s, with tokens that live ${String(lifetime)} s`,
      how: `Each peer in a process of its own, with a fifth of the lifetime as its margin where its users may choose one; the server takes ${String(delay)} ms. The first get is not counted; one without an answer 10 s after the storm has failed. A get waited on the network if the event loop turned before its answer came.`,
      columns: ["storm", "token requests", "gets that waited", "longest wait", "failed", "notes"],
      rows: all.map(([peer, { failed, longest, requests, waited }]) => [
        peer.name,
        number(requests),
        number(waited),
        time(longest * 1e6),
        number(failed),
        peer.note
      ]),
      figures: Object.fromEntries(all.map(([peer, result]) => [peer.name, { ...result }])),
      targets: [
        {
          what: "gets that waited on the network",
          wanted: "0",
          figure: number(own.waited),
          reached: own.waited === 0
        },
        {
          what: "token requests",
          wanted: `${String(expected)} ± 1`,
          figure: number(own.requests),
          reached: Math.abs(own.requests - expected) <= 1
        }
      ],
      charts: [
        {
          title: "Token requests in the storm (log scale)",
          unit: "requests",
          bars: all.map(([peer, { requests }]) => [peer.name, requests])
        },
        {
          title: "Longest wait in the storm (log scale)",
          unit: "ms",
          bars: all.map(([peer, { longest }]) => [peer.name, longest])
        }
      ],
      wrong: own.failed > 0 ? [`effect-oauth: ${number(own.failed)} gets failed`] : []
    }
  }
}
