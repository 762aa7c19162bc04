/**
 * Processes share a rotating grant, and are killed and replaced, again and again. Where the server is strict the grant may
 * be lost by that; then a person logs in again, and it goes on.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Location } from "../../store/support/locations.js"
import type { News } from "../../support/rotatingServer.js"
import type { Grant, Worker } from "./grant.js"
import { Fixture, makeGrant, patience } from "./grant.js"
import type { Evidence } from "./judge.js"
import { blindlyRepeated, breaches, isLate, isLoss, repeatedAfterEnd, unexplained } from "./judge.js"

export interface Options {
  readonly location: Location
  readonly server: keyof typeof servers
  readonly processes: number
  readonly fibers: number
  /** How many of those that would be killed are stopped for a while instead, from 0 to 1. */
  readonly stops: number
  /** A random number from 0 to 1. */
  readonly random: () => number
  /** Asked before each kill. */
  readonly goOn: (figures: Figures) => boolean
  /** Called after each kill, and after each login. */
  readonly report?: ((figures: Figures) => void) | undefined
}

export interface Figures {
  readonly kills: number
  readonly stops: number
  /** How many of both hit a process that had just sent a request. */
  readonly aimed: number
  readonly requests: number
  readonly tokens: number
  readonly logins: number
  readonly lost: number
  readonly breaches: ReadonlyArray<string>
}

/**
 * A strict server revokes a grant whose refresh token is presented twice, so that a grant goes on after a kill only when the
 * access token has expired: it lives just long enough for the kills. At a server with a time of grace nothing ever expires.
 * Times are in milliseconds, `lifetime` and `margin` so that a token is due a second after it was issued.
 */
const servers = {
  strict: { lifetime: 6000, margin: 5000, lease: 1500, deadline: 3000, grace: 0 },
  grace: { lifetime: 600_000, margin: 599_000, lease: 1500, deadline: patience / 2, grace: 600_000 }
} as const

/** How long a request stays with the server: a kill soon after it has arrived falls into each part of a refresh. */
const delays = [40, 60] as const
const aim = 180

/** Runs until it is not to go on, or there was a breach. */
export const run = (options: Options): Effect.Effect<Figures, never, Fixture | Scope.Scope> =>
  Effect.gen(function* () {
    const { grace, lifetime } = servers[options.server]
    const grant = yield* makeGrant({ lifetime: lifetime / 1000, grace, delays })
    const tally: Tally = {
      kills: 0,
      stops: 0,
      aimed: 0,
      requests: 0,
      tokens: 0,
      logins: 0,
      lost: 0,
      breaches: []
    }
    while (options.goOn(tally) && tally.breaches.length === 0) {
      yield* Effect.scoped(oneLogin(options, grant, tally))
      options.report?.(tally)
    }
    return tally
  })

type Tally = { -readonly [K in Exclude<keyof Figures, "breaches">]: number } & {
  readonly breaches: Array<string>
}

/** From one login to the next. */
const oneLogin = (options: Options, grant: Grant, tally: Tally) =>
  Effect.gen(function* () {
    const { goOn, location, processes, random, report } = options
    const { grace, lease, lifetime, ...waits } = servers[options.server]
    const refreshToken = yield* grant.newLogin
    const earlier = (yield* grant.requests).length
    tally.logins++
    const watch = yield* watching(grant.client, tally)
    const workers: Array<Worker> = []
    const start = grant
      .start(location, {
        ...waits,
        lease,
        refreshToken,
        gracePeriod: grace === 0 ? undefined : grace,
        fibers: options.fibers,
        pause: 30
      })
      .pipe(Effect.tap((worker) => Effect.sync(() => workers.push(worker))))
    const running = yield* Effect.replicateEffect(start, processes)

    while (goOn(tally) && !watch.isRefused()) {
      const { isAimed, victim } = yield* chosen(running, watch, random)
      if (victim === undefined || watch.isRefused()) continue
      if (isAimed) tally.aimed++
      if (random() < options.stops) {
        tally.stops++
        yield* victim.signal("SIGSTOP")
        yield* Effect.sleep(Duration.millis(random() * 3 * lease))
        yield* victim.signal("SIGCONT")
      } else {
        tally.kills++
        yield* victim.kill
        running.splice(running.indexOf(victim), 1, yield* start)
      }
      report?.(tally)
    }

    const isLost = yield* Effect.raceFirst(Effect.as(watch.refused, true), goesOn(running, lifetime, tally))
    if (isLost) {
      tally.lost++
      // with a token that lives long nobody gets to know it in time
      if (options.server === "strict") yield* allKnow(running, tally)
    }
    const requests = (yield* grant.requests).slice(earlier)
    yield* Effect.forEach(running, ({ kill }) => kill, { concurrency: "unbounded", discard: true })
    tally.breaches.push(...judged(options, { requests, workers, lifetime }))
  })

/** What becomes of the token requests of a client. */
const watching = (client: string, tally: Tally) =>
  Effect.gen(function* () {
    const { server } = yield* Fixture
    const isRefusal = (news: News) => news.client === client && news.status !== 200
    let isRefused = false
    yield* server.listen((message) => {
      if (!("client" in message) || message.client !== client) return
      if (message.type === "arrived") tally.requests++
      if (message.type !== "handled") return
      if (isRefusal(message)) isRefused = true
      else tally.tokens++
    })
    return {
      isRefused: () => isRefused,
      refused: Effect.suspend(() => (isRefused ? Effect.void : server.next("handled", isRefusal))),
      arrived: server.next("arrived", (news) => news.client === client)
    }
  })

type Watch = Effect.Effect.Success<ReturnType<typeof watching>>

/** Most often the one that has just sent a request, after a time that may lie before, in or after the response; else any. */
const chosen = (running: ReadonlyArray<Worker>, watch: Watch, random: () => number) =>
  Effect.gen(function* () {
    const any = running[Math.floor(random() * running.length)]
    const isAimed = random() < 0.7
    const delay = Duration.millis(random() * (isAimed ? aim : 800))
    if (!isAimed) return yield* Effect.as(Effect.sleep(delay), { isAimed, victim: any })
    const news = yield* Effect.timeoutOption(watch.arrived, Duration.millis(patience))
    yield* Effect.sleep(delay)
    const caller = Option.getOrUndefined(news)?.caller
    return { isAimed, victim: running.find(({ pid }) => String(pid) === caller) }
  })

/** When every process has told that the grant is lost. */
const allKnow = (running: ReadonlyArray<Worker>, tally: Tally) =>
  within(running, tally, "does not tell that the grant is lost", (worker) => worker.tells("failure", isLoss))

/** When every process has a token that was issued after the last kill. */
const goesOn = (running: ReadonlyArray<Worker>, lifetime: number, tally: Tally) =>
  Effect.suspend(() => {
    const now = Date.now()
    return within(running, tally, "gets no token any more", (worker) =>
      worker.tells("token", ({ at, expiresAt }) => at > now && expiresAt > now + lifetime)
    )
  }).pipe(Effect.as(false))

/** When each process has told something; one that does not, for so long, is a breach. */
const within = (
  running: ReadonlyArray<Worker>,
  tally: Tally,
  breach: string,
  tells: (worker: Worker) => Effect.Effect<unknown>
) =>
  Effect.forEach(
    running,
    (worker) =>
      Effect.map(Effect.timeoutOption(tells(worker), Duration.millis(patience)), (told) => {
        if (Option.isNone(told)) tally.breaches.push(`process ${worker.pid} ${breach}`)
      }),
    { concurrency: "unbounded", discard: true }
  )

const judged = ({ server }: Options, evidence: Evidence): ReadonlyArray<string> => {
  const waits = servers[server]
  const isLost = evidence.requests.some(({ status }) => status !== undefined && status !== 200)
  return [
    ...breaches(evidence),
    ...unexplained(evidence, waits),
    ...repeatedAfterEnd(evidence),
    ...(server === "strict" ? blindlyRepeated(evidence, waits) : []),
    ...(server === "grace" && isLost && !isLate(evidence)
      ? ["a server with a time of grace was made to end the grant"]
      : [])
  ]
}
