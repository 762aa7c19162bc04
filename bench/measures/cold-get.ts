import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { atMost, number, quartiles, time, times } from "../lib/report.js"
import { elapsed, interleaved } from "../lib/rounds.js"
import { quantile, ratios, spreadOf } from "../lib/statistics.js"
import { everyone } from "../peers/index.js"
import { library, providerOf } from "../peers/library.js"
import type { Peer } from "../peers/peer.js"
import { configure, counts } from "../server/control.js"
import type { Addresses } from "../server/protocol.js"
import type { Measure } from "./measure.js"
import { whoSharesFlights } from "./probe.js"
import { open } from "./sources.js"

const delay = 50

const forkAll = <A, E>(callers: number, effect: Effect.Effect<A, E>) =>
  Effect.flatMap(Effect.all(Array.from({ length: callers }, () => Effect.fork(effect))), (fibers) =>
    Effect.forEach(fibers, Fiber.join)
  )

/** The floor: fibers that wait together for one sleep. */
const oneSleep = (callers: number) =>
  Effect.gen(function* () {
    const slept = yield* Deferred.make<void>()
    yield* Effect.fork(Effect.zipRight(Effect.sleep(delay), Deferred.succeed(slept, undefined)))
    yield* forkAll(callers, Deferred.await(slept))
  })

const floorName = "fibers that await one sleep"
const fibersName = "effect-oauth: fibers that get"

interface Cold {
  readonly name: string
  readonly callers: number
  readonly round: () => Promise<number>
  readonly requests: Array<number>
}

const coldFibers = (server: Addresses, callers: number, wrong: Array<string>): Cold => {
  const requests: Array<number> = []
  const credential = { server, clientId: "cold-fibers", clientSecret: "not-a-secret", margin: 300 }
  return {
    name: fibersName,
    callers,
    requests,
    round: async () => {
      await configure(server, credential.clientId, { delay })
      const took = await Effect.runPromise(
        Effect.scoped(
          Effect.flatMap(providerOf(credential), ({ get }) =>
            Effect.promise(() => elapsed(() => Effect.runPromise(forkAll(callers, get))))
          )
        )
      )
      const { sinceChange } = await counts(server, credential.clientId)
      if (sinceChange !== 1) wrong.push(`${fibersName}: ${String(sinceChange)} token requests`)
      requests.push(sinceChange)
      return took
    }
  }
}

const coldPeer = (server: Addresses, peer: Peer, callers: number, wrong: Array<string>): Cold => {
  const requests: Array<number> = []
  return {
    name: peer.name,
    callers,
    requests,
    round: async () => {
      const source = await open(server, peer, "cold", { delay })
      let tokens: ReadonlySet<string> = new Set()
      const took = await elapsed(async () => {
        tokens = new Set(await Promise.all(Array.from({ length: callers }, () => source.get())))
      })
      const { sinceChange } = await counts(server, source.clientId)
      await source.close?.()
      if (tokens.size !== sinceChange) {
        wrong.push(`${peer.name}: ${String(tokens.size)} tokens of ${String(sinceChange)} requests`)
      }
      if (peer === library && sinceChange !== 1)
        wrong.push(`${peer.name}: ${String(sinceChange)} token requests`)
      requests.push(sinceChange)
      return took
    }
  }
}

export const coldGet: Measure = {
  name: "cold-get",
  run: async ({ quick, server }) => {
    const wrong: Array<string> = []
    const rounds = quick ? 2 : 11
    const callers = 10_000
    const sharers = await whoSharesFlights(server)
    const floor: Cold = {
      name: floorName,
      callers,
      requests: [0],
      round: () => elapsed(() => Effect.runPromise(oneSleep(callers)))
    }
    const sharing: ReadonlyArray<Cold> = [
      floor,
      coldFibers(server, callers, wrong),
      ...everyone.filter((peer) => sharers.has(peer)).map((peer) => coldPeer(server, peer, callers, wrong))
    ]
    // ten thousand connections at once would measure the machine
    const fewer = quick ? 100 : 1_000
    const others = everyone
      .filter((peer) => !sharers.has(peer))
      .map((peer) => coldPeer(server, peer, fewer, wrong))
    const figures = new Map([
      ...(await interleaved(sharing, rounds)),
      ...(await interleaved(others, quick ? 1 : 3, 0))
    ])
    const of = (name: string) => figures.get(name) ?? []
    const ratio = quantile(ratios(of(fibersName), of(floorName)), 0.5)
    const all = [...sharing, ...others]
    return {
      name: "cold-get",
      title: "10,000 gets at once, without a token, from a server that takes 50 ms",
      how: `Medians of ${String(rounds)} rounds, interleaved, each with a new provider. Peers that send a request for each caller were measured with fewer callers and rounds.`,
      columns: ["without a token", "callers", "token requests", "median", "quartiles"],
      rows: all.map(({ callers, name, requests }) => [
        name,
        number(callers),
        number(Math.max(...requests)),
        time(quantile(of(name), 0.5)),
        quartiles(spreadOf(of(name)), time)
      ]),
      figures: Object.fromEntries(
        all.map(({ callers, name, requests }) => [
          name,
          { callers, requests: Math.max(...requests), ...spreadOf(of(name)) }
        ])
      ),
      targets: [
        {
          what: "token requests",
          wanted: "1",
          figure: number(Math.max(...(sharing[1]?.requests ?? []))),
          reached: wrong.length === 0
        },
        atMost("time of 10,000 fibers that get, of fibers that await one sleep", ratio, 1.2, times)
      ],
      charts: [
        {
          title: "Token requests by caller, without a token (log scale)",
          unit: "requests per 1,000 callers",
          bars: all
            .slice(1)
            .map(({ callers, name, requests }) => [name, (Math.max(...requests) / callers) * 1_000])
        }
      ],
      wrong
    }
  }
}
