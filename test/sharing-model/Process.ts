import {
  AccessToken,
  CacheStore,
  Grant,
  TokenError,
  TokenEvent,
  TokenProvider,
  TokenStore
} from "effect-oauth"
import type { RefreshPolicy, TokenStatus } from "effect-oauth"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import type { Request, Server } from "./Server.js"
import { failureOf, isConclusive, providerName } from "./Server.js"
import type { Operation, Seen, SharedStore } from "./SharedStore.js"
import { unavailable } from "./SharedStore.js"
import type { VirtualScheduler, VirtualTime } from "../support/VirtualTime.js"
import { clockOf } from "../support/VirtualTime.js"

export interface Options {
  /** Default: `once`, a refresh token that rotates; `safe` is client credentials. */
  readonly replay?: Grant.Replay | undefined
  readonly seed?: string | undefined
  readonly identity?: string | undefined
  /** Default: as the server has it. */
  readonly gracePeriod?: number | undefined
  readonly store?: CacheStore.Options | undefined
  /** Default: `shared`; `single process`: without leases; `none`: in memory. */
  readonly on?: "shared" | "single process" | "none" | undefined
  readonly policy?: RefreshPolicy.Options | undefined
  /** From 0 to 1. Default: 0.5, so that jitter changes no delay. */
  readonly chance?: number | undefined
  readonly name?: string | undefined
  /** How far its clock is ahead of the others, in milliseconds. Default: not at all. */
  readonly ahead?: number | undefined
}

/** What it is all about: whom a process talks to, and the clock. */
export interface Surroundings {
  readonly time: VirtualTime
  readonly server: Server
  readonly store: SharedStore
}

/** Something that a process was asked for. */
export interface Call<A = AccessToken.AccessToken, E = TokenError.TokenError> {
  readonly process: string
  readonly askedAt: number
  ended: { readonly at: number; readonly exit: Exit.Exit<A, E> } | undefined
  readonly fiber: Fiber.RuntimeFiber<A, E>
}

/** Where on its way something is that a process asks of its store or of the server. */
export type Phase = "leaving" | "done" | "answering"

/** What a process hears of when it goes on. */
interface Arrival {
  readonly sort: "answers" | "timers"
  readonly arrive: () => void
}

interface Watch {
  readonly operation: Operation | "request"
  readonly phase: Phase
  nth: number
  readonly action: () => void
}

/**
 * A process: a provider with fibers, timers and connections of its own. It can be stopped and let go on, and killed, at
 * any of its steps; what it has sent by then is on its way, and arrives.
 */
export class Process {
  readonly events: Array<TokenEvent.TokenEvent> = []
  readonly calls: Array<Call> = []
  private state: "running" | "stopped" | "dead" = "running"
  private readonly scheduler: VirtualScheduler
  private readonly runtime: Runtime.Runtime<never>
  private readonly scope = Effect.runSync(Scope.make())
  private arrivals: Array<Arrival> = []
  private watches: ReadonlyArray<Watch> = []
  private made: TokenProvider.TokenProvider | undefined

  constructor(
    readonly name: string,
    private readonly surroundings: Surroundings,
    private readonly options: Options = {}
  ) {
    const { time } = surroundings
    this.scheduler = time.addScheduler((resume) => {
      time.after(0, () => {
        this.hear("answers", () => {
          this.scheduler.scheduleTask(resume)
        })
      })
    })
    const clock = clockOf(time, (duration) => this.sleep(Duration.toMillis(duration)), options.ahead)
    this.runtime = Effect.runSync(
      Effect.runtime().pipe(
        Effect.withClock(clock),
        Effect.withRandom(Random.fixed([options.chance ?? 0.5])),
        Effect.withScheduler(this.scheduler)
      )
    )
  }

  /** Makes its provider. */
  start(): this {
    const call = this.begin(
      TokenProvider.make({
        name: this.options.name ?? providerName,
        grant: this.grant,
        policy: this.options.policy
      }).pipe(
        this.onStore,
        Effect.provideService(TokenEvent.TokenEventSink, { emit: (event) => void this.events.push(event) }),
        Effect.provideService(Scope.Scope, this.scope),
        Effect.orDie
      )
    )
    this.surroundings.time.settle()
    this.made = call.ended === undefined ? undefined : Exit.getOrElse(call.ended.exit, () => undefined)
    return this
  }

  // ------------------------------------------------------------------------------------------------ what callers do

  get provider(): TokenProvider.TokenProvider {
    if (this.made === undefined) throw new Error(`${this.name} has not started`)
    return this.made
  }

  get(): Call {
    return this.call(this.provider.get)
  }

  refresh(): Call {
    return this.call(this.provider.refresh)
  }

  invalidate(token: AccessToken.AccessToken): string {
    return this.now(this.provider.invalidate(token))
  }

  clear(): void {
    this.now(this.provider.clear)
  }

  status(): TokenStatus.TokenStatus {
    return this.now(this.provider.status)
  }

  /** Closes the scope of its provider. */
  close(): Call<void, never> {
    return this.begin(Scope.close(this.scope, Exit.void))
  }

  get tags(): ReadonlyArray<string> {
    return this.events.map(({ _tag }) => _tag)
  }

  // ------------------------------------------------------------------------------------------------ life and death

  get isAlive(): boolean {
    return this.state !== "dead"
  }

  get isRunning(): boolean {
    return this.state === "running"
  }

  /** SIGKILL. */
  kill(): void {
    this.state = "dead"
    this.scheduler.kill()
    this.arrivals = []
  }

  /** SIGSTOP. */
  stop(): void {
    if (this.state !== "running") return
    this.state = "stopped"
    this.scheduler.isPaused = true
  }

  /** SIGCONT: of the answers that have come meanwhile and the timers that were missed, one sort is heard of first. */
  goOn(first: "answers" | "timers" = "answers"): void {
    if (this.state !== "stopped") return
    this.state = "running"
    this.scheduler.isPaused = false
    const arrivals = this.arrivals
    this.arrivals = []
    for (const { arrive, sort } of arrivals) {
      if (sort === first) arrive()
      // what it makes of the others comes first
      else this.surroundings.time.after(0, () => this.hear(sort, arrive))
    }
  }

  /** Does something at one of its steps, the `nth` from now. */
  at(operation: Operation | "request", phase: Phase, action: () => void, nth = 1): void {
    this.watches = [...this.watches, { operation, phase, nth, action }]
  }

  /** Nothing more is done to it. */
  letGo(): void {
    this.watches = []
  }

  private reach(operation: Operation | "request", phase: Phase): void {
    for (const watch of this.watches) {
      if (watch.operation !== operation || watch.phase !== phase || --watch.nth > 0) continue
      this.watches = this.watches.filter((other) => other !== watch)
      watch.action()
    }
  }

  /** Something comes from outside: nothing hears of it if the process is dead, and later if it is stopped. */
  private hear(sort: Arrival["sort"], arrive: () => void): void {
    if (this.state === "running") arrive()
    else if (this.state === "stopped") this.arrivals.push({ sort, arrive })
  }

  private sleep(millis: number): Effect.Effect<void> {
    return millis === Infinity
      ? Effect.never
      : Effect.async((resume) => {
          const callOff = this.surroundings.time.after(millis, () =>
            this.hear("timers", () => {
              resume(Effect.void)
            })
          )
          return Effect.sync(callOff)
        })
  }

  /** Sends something to the other end of a line; `act` does it there, and gives the answer if there is one. */
  private send<A, E>(
    operation: Operation | "request",
    latency: number,
    act: () => Exit.Exit<A, E> | undefined
  ): Effect.Effect<A, E> {
    const { time } = this.surroundings
    return Effect.async((resume) => {
      this.reach(operation, "leaving")
      this.hear("answers", () => {
        time.after(latency, () => {
          const answer = act()
          this.reach(operation, "done")
          if (answer === undefined) return
          time.after(latency, () => {
            this.reach(operation, "answering")
            this.hear("answers", () => {
              resume(answer)
            })
          })
        })
      })
    })
  }

  // ------------------------------------------------------------------------------------------------ fibers

  private call(effect: Effect.Effect<AccessToken.AccessToken, TokenError.TokenError>): Call {
    const call = this.begin(effect)
    this.calls.push(call)
    return call
  }

  private begin<A, E>(effect: Effect.Effect<A, E>): Call<A, E> {
    // not at once: those who ask in one burst are all there before the first of them runs
    const fiber = Runtime.runFork(this.runtime)(Logger.withMinimumLogLevel(effect, LogLevel.None), {
      scheduler: this.scheduler,
      immediate: false
    })
    const { time } = this.surroundings
    const call: Call<A, E> = { process: this.name, askedAt: time.now, ended: undefined, fiber }
    fiber.addObserver((exit) => {
      call.ended = { at: time.now, exit }
    })
    return call
  }

  /** Runs what waits for nobody. */
  private now<A>(effect: Effect.Effect<A>): A {
    return Runtime.runSync(this.runtime)(effect)
  }

  // ------------------------------------------------------------------------------------------------ its store

  private readonly onStore = <A, R>(
    effect: Effect.Effect<A, TokenError.InvalidConfiguration, R>
  ): Effect.Effect<A, TokenError.InvalidConfiguration, R> => {
    const { on = "shared", store } = this.options
    const connection = this.connect(this.surroundings.store.records)
    if (on === "none") return effect
    return on === "shared"
      ? effect.pipe(
          Effect.provide(CacheStore.layer(store)),
          Effect.provideService(TokenStore.LeasedTokenStore, connection)
        )
      : effect.pipe(
          Effect.provide(CacheStore.layerSingleProcess(store)),
          Effect.provideService(TokenStore.TokenStore, connection)
        )
  }

  private readonly ask = <A>(
    operation: Operation,
    effect: Effect.Effect<A, TokenError.StoreFailure>
  ): Effect.Effect<A, TokenError.StoreFailure> =>
    Effect.suspend(() => {
      const { store, time } = this.surroundings
      const seen: Seen = { process: this.name, operation, at: time.now, cameAbout: undefined }
      store.seen.push(seen)
      return this.send(operation, store.slow.get(operation) ?? store.latency, () => {
        const outage = store.outage(seen)
        if (outage === "hanging") return undefined
        if (outage === "down") return unavailable
        const done = store.perform(effect)
        if (Exit.isSuccess(done) && Option.isOption(done.value)) seen.cameAbout = Option.isSome(done.value)
        return outage === "mute" ? undefined : outage === "broken" ? unavailable : done
      })
    })

  /** The shared store as this process reaches it. */
  private connect(records: TokenStore.LeasedService): TokenStore.LeasedService {
    return {
      load: (key) => this.ask("load", records.load(key)),
      save: (entry, expected) => {
        this.surroundings.store.keys.set(entry.key.id, entry.key)
        return this.ask(Option.isSome(entry.presentedAt) ? "intent" : "save", records.save(entry, expected))
      },
      remove: (key, expected) => this.ask("remove", records.remove(key, expected)),
      list: records.list,
      acquire: (key, holder, length) => this.ask("acquire", records.acquire(key, holder, length)),
      renew: (lease, length) => this.ask("renew", records.renew(lease, length)),
      release: (lease) => this.ask("release", records.release(lease)),
      remaining: (key) => this.ask("remaining", records.remaining(key))
    }
  }

  // ------------------------------------------------------------------------------------------------ its grant

  private get grant(): Grant.Grant {
    const {
      gracePeriod = this.surroundings.server.gracePeriod,
      identity,
      replay = "once",
      seed
    } = this.options
    return Grant.make({
      name: replay === "once" ? "refresh_token" : "client_credentials",
      replay,
      request: (previous) => Effect.suspend(() => this.request(previous)),
      identity,
      seed: seed === undefined ? undefined : Redacted.make(seed),
      gracePeriod: gracePeriod === undefined ? undefined : Duration.millis(gracePeriod)
    })
  }

  private request(previous: Option.Option<Grant.Held>): Effect.Effect<Grant.Issued, TokenError.TokenError> {
    const { server, time } = this.surroundings
    const again = Option.isSome(Option.flatMap(previous, ({ presentedAt }) => presentedAt))
    const isOnce = this.options.replay !== "safe"
    const presented = isOnce ? this.refreshTokenInForce(previous) : undefined
    if (isOnce && presented === undefined) {
      return Effect.fail(
        new TokenError.ReauthorizationRequired({
          provider: providerName,
          reason: again ? "AnswerLost" : "NoRefreshToken",
          remedy: "log in"
        })
      )
    }
    const trouble = server.nextTrouble()
    if (trouble === "not sent") return Option.getOrThrow(Option.fromNullable(failureOf(trouble, time.now)))
    const request: Request = {
      number: server.requests.length + 1,
      process: this.name,
      at: time.now,
      presented,
      again,
      isConclusive: isConclusive(trouble),
      actedAt: undefined,
      endedAt: undefined
    }
    server.requests.push(request)
    return this.send("request", server.latency, () => {
      if (trouble === "swallowed") return undefined
      if (trouble !== undefined && trouble !== "lost" && trouble !== "unanswered") {
        return failureOf(trouble, time.now)
      }
      request.actedAt = time.now
      const answer =
        presented === undefined ? server.issue(time.now) : server.refresh(presented, again, time.now)
      return trouble === undefined ? answer : failureOf(trouble, time.now)
    }).pipe(Effect.onExit(() => Effect.sync(() => (request.endedAt = time.now))))
  }

  /** As the refresh token grant has it: the one to begin with is for one who holds nothing at all. */
  private refreshTokenInForce(previous: Option.Option<Grant.Held>): string | undefined {
    return Option.match(previous, {
      onNone: () => this.options.seed,
      onSome: ({ refreshToken }) => Option.getOrUndefined(Option.map(refreshToken, Redacted.value))
    })
  }
}
