import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { percent, quartiles, time } from "../lib/report.js"
import type { Target } from "../lib/report.js"
import { figuresOf, interleaved } from "../lib/rounds.js"
import { quantile, ratios, spreadOf } from "../lib/statistics.js"
import { BearerClient } from "../library.js"
import { providerOf } from "../peers/library.js"
import type { Measure } from "./measure.js"

const clients: ReadonlyArray<readonly [name: string, layer: Layer.Layer<HttpClient.HttpClient>]> = [
  ["fetch", FetchHttpClient.layer],
  ["Undici", NodeHttpClient.layerUndici],
  ["node:http", NodeHttpClient.layer]
]

/** Nanoseconds by request: on the clock, and of this process's processor time. */
interface Cost {
  readonly wall: number
  readonly cpu: number
}

type Get = (url: string) => Effect.Effect<unknown, unknown>

const atATime = [1, 32]

const costOf = async (
  requests: number,
  concurrency: number,
  request: Effect.Effect<unknown, unknown>
): Promise<Cost> => {
  const cpuBefore = process.cpuUsage()
  const start = process.hrtime.bigint()
  await Effect.runPromise(
    Effect.forEach(Array.from({ length: requests }), () => request, { concurrency, discard: true })
  )
  const wall = Number(process.hrtime.bigint() - start) / requests
  const { system, user } = process.cpuUsage(cpuBefore)
  return { wall, cpu: ((system + user) * 1000) / requests }
}

const bodyOf =
  (client: HttpClient.HttpClient.With<unknown>, headers?: Record<string, string>): Get =>
  (url) =>
    Effect.flatMap(client.get(url, headers === undefined ? {} : { headers }), ({ text }) => text)

export const authenticatedGet: Measure = {
  name: "authenticated-get",
  run: ({ quick, server }) =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const provider = yield* providerOf({
            server,
            clientId: "get",
            clientSecret: "not-a-secret",
            margin: 300
          })
          const token = Redacted.value((yield* provider.get).value)
          const subjects: Array<readonly [name: string, get: Get]> = []
          for (const [name, layer] of clients) {
            const client = Context.get(yield* Layer.build(layer), HttpClient.HttpClient)
            const bearer = yield* BearerClient.make(Effect.succeed(provider), {
              origins: [server.api],
              allowLoopbackHttp: true
            }).pipe(Effect.provideService(HttpClient.HttpClient, client))
            subjects.push(
              [`${name}, bare`, bodyOf(client, { authorization: `Bearer ${token}` })],
              [`${name}, BearerClient`, bodyOf(bearer)]
            )
          }
          const wrong: Array<string> = []
          const expected = yield* subjects[0]![1](`${server.api}/users`)
          for (const [name, get] of subjects) {
            if ((yield* get(`${server.api}/users`)) !== expected) wrong.push(`${name}: another body`)
          }
          const rounds = quick ? 7 : 41
          const requests = quick ? 100 : 500
          const figures = yield* Effect.promise(() =>
            interleaved(
              subjects.flatMap(([name, get]) =>
                atATime.map((concurrency) => ({
                  name: labelOf(name, concurrency),
                  round: () => costOf(requests, concurrency, get(`${server.api}/users`))
                }))
              ),
              rounds,
              3
            )
          )
          return reportOf(figures, rounds, requests, wrong)
        })
      )
    )
}

const labelOf = (name: string, concurrency: number) => `${name}, ${String(concurrency)} at a time`

const reportOf = (
  figures: ReadonlyMap<string, ReadonlyArray<Cost>>,
  rounds: number,
  requests: number,
  wrong: ReadonlyArray<string>
) => {
  const walls = (label: string) => figuresOf(figures, label).map(({ wall }) => wall)
  const cpus = (label: string) => figuresOf(figures, label).map(({ cpu }) => cpu)
  const pairs = clients.flatMap(([name]) =>
    atATime.map((concurrency) => {
      const bare = labelOf(`${name}, bare`, concurrency)
      const bearer = labelOf(`${name}, BearerClient`, concurrency)
      return {
        name,
        concurrency,
        bare,
        bearer,
        added: spreadOf(ratios(walls(bearer), walls(bare)).map((ratio) => ratio - 1)),
        addedCpu: spreadOf(ratios(cpus(bearer), cpus(bare)).map((ratio) => ratio - 1))
      }
    })
  )
  const row = (label: string, added: string, addedQuartiles: string, addedCpu: string) => [
    label,
    time(quantile(walls(label), 0.5)),
    time(quantile(cpus(label), 0.5)),
    added,
    addedQuartiles,
    addedCpu
  ]
  return {
    name: "authenticated-get",
    title: "An authenticated GET, on the loopback with keep-alive",
    how: `${String(requests)} requests a round, ${String(rounds)} rounds, interleaved; the body is read. The bare client sends the same header, from a constant. What is added is the median of the ratios of rounds; the loopback is noisy, so processor time of this process stands beside it.`,
    columns: ["GET", "a request", "processor time", "added", "quartiles", "added processor time"],
    rows: pairs.flatMap(({ added, addedCpu, bare, bearer }) => [
      row(bare, "–", "–", "–"),
      row(bearer, percent(added.median), quartiles(added, percent), percent(addedCpu.median))
    ]),
    figures: Object.fromEntries(
      [...figures.keys()].map((label) => [
        label,
        { wall: quantile(walls(label), 0.5), cpu: quantile(cpus(label), 0.5) }
      ])
    ),
    targets: pairs
      .filter(({ name }) => name !== "node:http")
      .map(({ added, concurrency, name }): Target => ({
        what: `time added to a request, ${name}, ${String(concurrency)} at a time`,
        wanted: "at most +5.0 %",
        figure: percent(added.median),
        reached: added.median <= 0.05
      })),
    charts: [
      {
        title: "An authenticated GET",
        unit: "µs",
        bars: [...figures.keys()].map((label) => [label, quantile(walls(label), 0.5) / 1000] as const)
      }
    ],
    wrong
  }
}
