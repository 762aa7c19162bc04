/**
 * Processes share a rotating grant, and are killed and replaced, again and again. Where the server is strict the grant may
 * be lost by that; then a person logs in again, and it goes on.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { News, TokenRequest } from "../../support/rotatingServer.js"
import { breaches } from "./judge.js"
import { Ground } from "./login.js"
import type { Orders } from "./orders.js"
import type { Place } from "./places.js"
import type { Told, Worker } from "./workers.js"
import * as Workers from "./workers.js"

export interface Options {
  readonly place: Place
  /** Whether the second use of a refresh token ends the grant, or is one of those that the server takes for a minute. */
  readonly server: "strict" | "grace"
  readonly processes: number
  readonly fibers: number
  /** How many of those that would be killed are stopped for a while instead, from 0 to 1. */
  readonly stops: number
  /** Chance, from 0 to 1. */
  readonly random: () => number
  /** Asked before each kill. */
  readonly goOn: (figures: Figures) => boolean
  /** Told after each kill, and after each grant. */
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
  /** What must not have happened. */
  readonly violations: ReadonlyArray<string>
}

/** In milliseconds, short enough to wait for. */
export const turn = { lease: 1200, deadline: 2500 }
const lifetime = 2000
const grace = 60_000
/** How long a request stays with the server: a kill soon after it has arrived falls into each part of a refresh. */
const delays = [40, 60] as const
const aim = 180
const longestStop = 3 * turn.lease

/** Longer than it takes to wait for a holder that has died, and for its successor. */
const patience = 2 * (turn.lease + turn.deadline) + 15_000

/** Runs until it is not to go on, or something has happened that must not. */
export const run = (options: Options): Effect.Effect<Figures, never, Ground | Scope.Scope> =>
  Effect.gen(function* () {
    const { server } = yield* Ground
    const client = yield* server.ask("register", {
      lifetime: lifetime / 1000,
      grace: options.server === "grace" ? grace : 0,
      delays
    })
    const tally: Tally = {
      kills: 0,
      stops: 0,
      aimed: 0,
      requests: 0,
      tokens: 0,
      logins: 0,
      lost: 0,
      violations: []
    }
    while (options.goOn(tally) && tally.violations.length === 0) {
      yield* Effect.scoped(oneGrant(options, client, tally))
      options.report?.(tally)
    }
    return tally
  })

type Tally = { -readonly [K in Exclude<keyof Figures, "violations">]: number } & {
  readonly violations: Array<string>
}

/** From one login to the next. */
const oneGrant = (options: Options, client: { readonly id: string; readonly secret: string }, tally: Tally) =>
  Effect.gen(function* () {
    const { goOn, place, processes, random, report } = options
    const { program, server } = yield* Ground
    const { grant, refreshToken } = yield* server.ask("mint", { client: client.id })
    tally.logins++
    const watch = yield* watching(client.id, tally)
    const all: Array<Worker> = []
    const killed = new Set<number>()
    const stopped = new Set<number>()
    const orders: Orders = {
      place,
      tokenUrl: server.tokenUrl,
      clientId: client.id,
      clientSecret: client.secret,
      seed: refreshToken,
      gracePeriod: options.server === "grace" ? grace : undefined,
      ...turn,
      fibers: options.fibers,
      pause: 30,
      patience
    }
    const start = Effect.tap(Workers.start(program, orders), (worker) => Effect.sync(() => all.push(worker)))
    const running = yield* Effect.replicateEffect(start, processes)

    while (goOn(tally) && !watch.isRefused()) {
      const { isAimed, victim } = yield* chosen(running, watch, random)
      if (victim === undefined || watch.isRefused()) continue
      if (isAimed) tally.aimed++
      if (random() < options.stops) {
        tally.stops++
        stopped.add(victim.pid)
        yield* victim.signal("SIGSTOP")
        yield* Effect.sleep(Duration.millis(random() * longestStop))
        yield* victim.signal("SIGCONT")
      } else {
        tally.kills++
        yield* victim.kill
        killed.add(victim.pid)
        running.splice(running.indexOf(victim), 1, yield* start)
      }
      report?.(tally)
    }

    const verdict = yield* watch.isRefused()
      ? everybodyKnows(running)
      : Effect.raceFirst(goesOn(running, watch), Effect.zipRight(watch.refused, everybodyKnows(running)))
    if (verdict === "lost") tally.lost++
    else if (verdict !== "alive") tally.violations.push(`process ${verdict.pid} comes to no end`)

    const requests = ofGrant(yield* server.ask("requests", { client: client.id }), grant, all)
    yield* Effect.forEach(running, ({ kill }) => kill, { concurrency: "unbounded", discard: true })
    tally.violations.push(...judged(options, requests, all, { killed, stopped }))
  })

/** What becomes of the token requests of a client. */
const watching = (client: string, tally: Tally) =>
  Effect.gen(function* () {
    const { server } = yield* Ground
    let isRefused = false
    yield* Effect.acquireRelease(
      Effect.sync(() =>
        server.listen((news) => {
          if (news.client !== client) return
          if (news.told === "arrived") tally.requests++
          if (news.told === "handled" && news.status === 200) tally.tokens++
          if (isRefusal(news)) isRefused = true
        })
      ),
      (stop) => Effect.sync(stop)
    )
    const next = (isIt: (news: News) => boolean) =>
      server.next((news) => news.client === client && isIt(news))
    return {
      isRefused: () => isRefused,
      refused: next(isRefusal),
      arrived: next(({ told }) => told === "arrived")
    }
  })

const isRefusal = ({ status, told }: News) => told === "handled" && status !== 200

type Watch = Effect.Effect.Success<ReturnType<typeof watching>>

/** Most often the one who has just sent a request, after a time that may lie before, in or after the answer; else any. */
const chosen = (running: ReadonlyArray<Worker>, watch: Watch, random: () => number) =>
  Effect.gen(function* () {
    const anybody = running[Math.floor(random() * running.length)]
    const isAimed = random() < 0.7
    const delay = Duration.millis(random() * (isAimed ? aim : 800))
    if (!isAimed) return yield* Effect.as(Effect.sleep(delay), { isAimed, victim: anybody })
    // a grant whose answer got lost may rest for a while
    const news = yield* Effect.timeoutOption(watch.arrived, Duration.millis(patience))
    yield* Effect.sleep(delay)
    const caller = Option.getOrUndefined(news)?.caller
    return { isAimed, victim: running.find(({ pid }) => String(pid) === caller) }
  })

/** When every process has told that the grant is gone, and why; else the first one that has not within its time. */
const everybodyKnows = (running: ReadonlyArray<Worker>): Effect.Effect<"lost" | Worker> =>
  Effect.map(
    Effect.forEach(
      running,
      (worker) =>
        Effect.map(
          Effect.timeoutOption(worker.tells("failure", isLoss), Duration.millis(patience)),
          (told): Worker | undefined => (Option.isSome(told) ? undefined : worker)
        ),
      { concurrency: "unbounded" }
    ),
    (silent) => silent.find((worker) => worker !== undefined) ?? "lost"
  )

/** When every process has a token that was issued after the last kill. */
const goesOn = (running: ReadonlyArray<Worker>, watch: Watch): Effect.Effect<"alive" | Worker> =>
  Effect.gen(function* () {
    const now = Date.now()
    const silent = yield* Effect.forEach(
      running,
      (worker) =>
        Effect.map(
          Effect.timeoutOption(
            worker.tells("token", ({ at, expiresAt }) => at > now && expiresAt > now + lifetime),
            Duration.millis(patience)
          ),
          (told): Worker | undefined => (Option.isSome(told) ? undefined : worker)
        ),
      { concurrency: "unbounded" }
    )
    // those that are silent because the grant is gone have more time to say so
    if (watch.isRefused()) return yield* Effect.never
    return silent.find((worker) => worker !== undefined) ?? "alive"
  })

const isLoss = ({ reason, tag }: Told<"failure">) =>
  tag === "ReauthorizationRequired" && reason === "AnswerLost"

/** The requests of a grant, and those that say nothing of theirs but come from its processes. */
const ofGrant = (requests: ReadonlyArray<TokenRequest>, grant: string, workers: ReadonlyArray<Worker>) => {
  const callers = new Set(workers.map(({ pid }) => String(pid)))
  return requests.filter(({ caller = "", presented }) =>
    presented === undefined ? callers.has(caller) : presented.grant === grant
  )
}

const judged = (
  { server }: Options,
  requests: ReadonlyArray<TokenRequest>,
  workers: ReadonlyArray<Worker>,
  { killed, stopped }: { readonly killed: ReadonlySet<number>; readonly stopped: ReadonlySet<number> }
): ReadonlyArray<string> => {
  const refusal = requests.find(({ status }) => status !== undefined && status !== 200)
  const failures = workers.flatMap(({ pid, words }) =>
    words.flatMap((word) =>
      word.told !== "failure" ||
      (isLoss(word) && refusal !== undefined && refusal.at <= word.at) ||
      // while a process stands still its deadlines pass, and tokens expire on their way to it
      (stopped.has(pid) && word.tag === "TransientFailure")
        ? []
        : [`process ${pid}: a get fails with ${word.tag} (${word.reason}): ${word.message}`]
    )
  )
  return [
    ...breaches({ requests, workers, lifetime }),
    ...failures,
    ...(server === "grace" && refusal !== undefined
      ? [`the grant is lost at a server with a time of grace`]
      : []),
    ...(server === "strict"
      ? [...hasty(requests), ...stubborn(requests, new Set([...killed, ...stopped]))]
      : [])
  ]
}

/** Who was told that the grant is gone, and goes on, tells the others: nobody asks again. */
const stubborn = (requests: ReadonlyArray<TokenRequest>, hit: ReadonlySet<number>): ReadonlyArray<string> => {
  const end = requests.findIndex(
    ({ caller, status }) => status !== undefined && status !== 200 && !hit.has(Number(caller))
  )
  return end < 0
    ? []
    : requests
        .slice(end + 1)
        .map(({ caller }) => `process ${caller ?? ""} asks for a grant that is known to be gone`)
}

/** A refresh token that was presented is presented again by another process only when no answer to the first can come. */
const hasty = (requests: ReadonlyArray<TokenRequest>): ReadonlyArray<string> => {
  const last = new Map<string, TokenRequest>()
  return requests.flatMap((request) => {
    const { at, caller, presented } = request
    if (presented === undefined) return []
    const before = last.get(presented.digest)
    last.set(presented.digest, request)
    // the first may have reached the server some time after it was marked
    const slack = 1000
    return before === undefined ||
      before.caller === caller ||
      at - before.at >= turn.lease + turn.deadline - slack
      ? []
      : [
          `process ${caller ?? ""} presents what ${before.caller ?? ""} had presented ${at - before.at} ms before`
        ]
  })
}
