import { inProcessOfPeer, pooled } from "../lib/process.js"
import type { Target } from "../lib/report.js"
import { number } from "../lib/report.js"
import { library } from "../peers/library.js"
import type { Peer } from "../peers/peer.js"
import { configure, counts } from "../server/control.js"
import type { Mode } from "../server/protocol.js"
import { quickly } from "./expiry-storm.js"
import type { Bench, Measure } from "./measure.js"
import { open } from "./sources.js"
import { rate, storm } from "./storm.js"

const name = "failing-server"
const lifetime = 3
const seconds = 5

/** How the server fails, and how many requests the library's policy allows in the time of the storm. */
const failures: ReadonlyArray<{ readonly mode: Mode; readonly title: string; readonly allowed: number }> = [
  // two flights of three attempts, with a window of a second between them
  { mode: "down", title: "down", allowed: 6 },
  // a Retry-After of 2 s is waited for
  { mode: "limiting", title: "429", allowed: 3 },
  // one, and then a window of a minute
  { mode: "refusing", title: "401", allowed: 1 }
]

interface Result {
  readonly failedEarly: number
  readonly failedLate: number
  readonly requests: number
}

/** The first token comes; from then on the server fails. */
const failing = async ({ server }: Bench, peer: Peer, mode: Mode): Promise<Result> => {
  const source = await open(server, peer, mode, { lifetime })
  const issued = performance.now()
  await source.get()
  await configure(server, source.clientId, { mode })
  const expiry = lifetime * 1000 - (performance.now() - issued)
  const answers = await storm(seconds, source.get)
  const failed = answers.filter(({ failed }) => failed)
  const { sinceChange } = await counts(server, source.clientId)
  await source.close?.()
  const failedEarly = failed.filter(({ at }) => at < expiry).length
  return { failedEarly, failedLate: failed.length - failedEarly, requests: sinceChange }
}

const runPeer = async (bench: Bench, peer: Peer): Promise<ReadonlyArray<Result>> => {
  const results: Array<Result> = []
  for (const { mode } of failures) results.push(await failing(bench, peer, mode))
  return results
}

export const failingServer: Measure = {
  name,
  runPeer,
  run: async (bench) => {
    const peers = quickly(bench.quick)
    const results = await pooled(bench.quick ? 4 : 2, peers, (peer) =>
      inProcessOfPeer<ReadonlyArray<Result>>(name, bench, peer.name)
    )
    const of = (peer: Peer) =>
      failures.map((failure, at) => ({ ...failure, ...(results[peers.indexOf(peer)]?.[at] as Result) }))
    const own = of(library)
    const early = own.reduce((sum, { failedEarly }) => sum + failedEarly, 0)
    return {
      name,
      title: `${number(rate)} gets a second while the server fails`,
      how: `A token that lives ${String(lifetime)} s, and from then on a server that drops connections, answers 429 with \`Retry-After: 2\`, or answers 401, for ${String(seconds)} s. Gets that failed while the first token had not expired, and token requests in the whole time.`,
      columns: [
        "failing server",
        ...failures.flatMap(({ title }) => [`${title}: failed early`, `${title}: requests`])
      ],
      rows: peers.map((peer) => [
        peer.name,
        ...of(peer).flatMap(({ failedEarly, requests }) => [number(failedEarly), number(requests)])
      ]),
      figures: Object.fromEntries(
        peers.map((peer) => [
          peer.name,
          Object.fromEntries(
            of(peer).flatMap(({ failedEarly, failedLate, mode, requests }) => [
              [`${mode}.failedEarly`, failedEarly],
              [`${mode}.failedLate`, failedLate],
              [`${mode}.requests`, requests]
            ])
          )
        ])
      ),
      targets: [
        {
          what: "gets that failed before expiry",
          wanted: "0",
          figure: number(early),
          reached: early === 0
        },
        ...own.map(({ allowed, requests, title }): Target => ({
          what: `token requests, ${title}`,
          wanted: `at most ${String(allowed)}`,
          figure: number(requests),
          reached: requests <= allowed
        }))
      ],
      charts: [],
      wrong: early > 0 ? [`effect-oauth: ${number(early)} gets failed with a good token in hand`] : []
    }
  }
}
