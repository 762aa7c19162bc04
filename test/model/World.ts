import { AccessToken, Grant, TokenError, TokenEvent, TokenProvider } from "effect-oauth"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import type { Setting } from "./predictions.js"
import type { Answer, Result, Script } from "./Server.js"
import { clockOf, VirtualTime } from "../support/VirtualTime.js"

export const providerName = "app/Model"

/** How a caller ended. */
export interface Ended {
  readonly at: number
  readonly exit: Exit.Exit<AccessToken.AccessToken, TokenError.TokenError>
}

/** A request as the grant saw it. */
export interface SeenRequest {
  readonly at: number
  readonly accessToken: string | undefined
  readonly refreshToken: string | undefined
  readonly presentedAt: number | undefined
}

/** What the bug of a grant dies of. */
export class Bug {
  constructor(readonly request: number) {}
}

/** The real thing: a provider over a scripted grant, with everybody who calls it. */
export class World {
  readonly ended = new Map<number, Ended>()
  readonly requests: Array<SeenRequest> = []
  readonly events: Array<TokenEvent.TokenEvent> = []
  /** Tokens that callers got, in the order of their first appearance. */
  readonly tokens: Array<AccessToken.AccessToken> = []
  /** Statements that hold whatever a model says, and did not. */
  readonly breaches: Array<string> = []

  private readonly time = new VirtualTime()
  private readonly scheduler = this.time.addScheduler()
  private readonly scope = Effect.runSync(Scope.make())
  private readonly runtime: Runtime.Runtime<never>
  private readonly provider: TokenProvider.TokenProvider
  private readonly callers = new Map<number, Fiber.RuntimeFiber<unknown, unknown>>()

  private script: Script | undefined
  private issuedValue: string | undefined
  private inFlight = 0
  /** Refresh tokens that were presented, and of whose request nothing was heard. */
  private readonly inDoubt = new Set<string>()

  constructor(private readonly setting: Setting & { readonly opsBeforeYield: number }) {
    this.runtime = Effect.runSync(
      Effect.runtime().pipe(
        Effect.withClock(clockOf(this.time)),
        Effect.withRandom(constantly(setting.random)),
        Effect.withScheduler(this.scheduler)
      )
    )
    this.provider = this.now(
      TokenProvider.make({
        name: providerName,
        grant: Grant.make({
          name: "scripted",
          replay: setting.replay,
          request: (previous) => Effect.suspend(() => this.request(previous))
        }),
        policy: setting.numbers
      }).pipe(
        Effect.provideService(Scope.Scope, this.scope),
        Effect.provideService(TokenEvent.TokenEventSink, { emit: (event) => void this.events.push(event) }),
        Effect.orDie
      )
    )
  }

  // ---------------------------------------------------------------------------------------------- what callers do

  /** Callers who ask all at once, before any of them is answered. */
  ask(what: "get" | "refresh", callers: ReadonlyArray<number>): void {
    const usable = this.status().remainingSeconds > 0
    const since = this.time.now
    for (const caller of callers) {
      this.call(caller, this.provider[what], ({ at, exit }) => {
        if (what === "get" && usable && (Exit.isFailure(exit) || at !== since)) {
          this.breaches.push(`get#${caller} had a token in hand, and was not answered with one at once`)
        }
      })
    }
  }

  invalidate(token: AccessToken.AccessToken): string {
    return this.now(this.provider.invalidate(token))
  }

  clear(): void {
    this.now(this.provider.clear)
  }

  interrupt(caller: number): void {
    const fiber = this.callers.get(caller)
    if (fiber !== undefined) fiber.unsafeInterruptAsFork(fiber.id())
  }

  close(): void {
    this.run(Scope.close(this.scope, Exit.void))
  }

  serve(script: Script): void {
    this.script = script
  }

  status() {
    return this.now(this.provider.status)
  }

  settle(): void {
    this.time.settle()
  }

  advanceTo(instant: number): void {
    this.time.advanceTo(instant)
  }

  // --------------------------------------------------------------------------------------------------------- fibers

  private run<A, E>(effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> {
    // Not at once: callers that come in one burst are all there before the first of them runs.
    // what is asked of a closed provider is warned of; here that is asked thousands of times
    const quiet = Logger.withMinimumLogLevel(effect, LogLevel.None)
    return Runtime.runFork(this.runtime)(Effect.withMaxOpsBeforeYield(quiet, this.setting.opsBeforeYield), {
      scheduler: this.scheduler,
      immediate: false
    })
  }

  /** Runs what must not have to wait for the clock. */
  private now<A>(effect: Effect.Effect<A>): A {
    const fiber = this.run(effect)
    this.time.settle()
    const exit = fiber.unsafePoll()
    if (exit === null) throw new Error("an operation that waits for nobody does not end")
    return Exit.getOrElse(exit, (cause) => {
      throw new Error(Cause.pretty(cause))
    })
  }

  private call(
    caller: number,
    effect: Effect.Effect<AccessToken.AccessToken, TokenError.TokenError>,
    watch: (ended: Ended) => void
  ): void {
    const fiber = this.run(effect)
    this.callers.set(caller, fiber)
    fiber.addObserver((exit) => {
      const at = this.time.now
      this.ended.set(caller, { at, exit })
      if (Exit.isSuccess(exit)) {
        const token = exit.value
        if (AccessToken.isExpiredAt(token, at))
          this.breaches.push(`caller #${caller} was given an expired token`)
        if (!this.tokens.some((other) => AccessToken.isSameValue(token, other))) this.tokens.push(token)
      }
      watch({ at, exit })
    })
  }

  // ------------------------------------------------------------------------------------------------------ the server

  private request(previous: Option.Option<Grant.Held>): Effect.Effect<Grant.Issued, TokenError.TokenError> {
    return Effect.acquireUseRelease(
      Effect.sync(() => this.begin(previous)),
      ({ answer: { delay, result }, number, presented }) => {
        const arrival = Effect.suspend(() => {
          if (presented !== undefined && isConclusive(result)) this.inDoubt.delete(presented)
          return this.answer(result, number)
        })
        return delay === "at once"
          ? arrival
          : Effect.zipRight(this.time.sleep(Duration.millis(delay)), arrival)
      },
      () => Effect.sync(() => this.inFlight--)
    )
  }

  private begin(previous: Option.Option<Grant.Held>) {
    const held = Option.getOrElse(previous, () => nothingHeld)
    const presented = Option.getOrUndefined(Option.map(held.refreshToken, Redacted.value))
    const presentedAt = Option.getOrUndefined(Option.map(held.presentedAt, DateTime.toEpochMillis))
    const number = this.requests.push({
      at: this.time.now,
      accessToken: Option.getOrUndefined(Option.map(held.accessToken, ({ value }) => Redacted.value(value))),
      refreshToken: presented,
      presentedAt
    })
    if (++this.inFlight > 1) this.breaches.push(`request ${number} was sent while another was under way`)
    if (presented !== undefined && this.setting.replay === "once") {
      if (this.inDoubt.has(presented) && presentedAt === undefined) {
        this.breaches.push(`request ${number} presented ${presented} blindly a second time`)
      }
      this.inDoubt.add(presented)
    }
    return { answer: this.nextAnswer(), number, presented }
  }

  private nextAnswer(): Answer {
    if (this.script === undefined) throw new Error("a schedule starts with what the server answers")
    const [answer, next, ...others] = this.script
    if (next !== undefined) this.script = [next, ...others]
    return answer
  }

  private answer(result: Result, number: number): Effect.Effect<Grant.Issued, TokenError.TokenError> {
    const provider = providerName
    const mark = markOf(number)
    switch (result._tag) {
      case "Token": {
        const value =
          result.sameValue && this.issuedValue !== undefined ? this.issuedValue : `token-${number}`
        this.issuedValue = value
        return Effect.succeed({
          value: Redacted.make(value),
          expiresIn: result.expiresIn === undefined ? undefined : Duration.millis(result.expiresIn),
          refreshIn: result.refreshIn === undefined ? undefined : Duration.millis(result.refreshIn),
          refreshToken: result.rotates ? Redacted.make(`refresh-${number}`) : undefined,
          scopes: [value]
        })
      }
      case "TransientFailure": {
        const { reason, status, wish } = result
        const retryAt = DateTime.unsafeMake(this.time.now + (wish ?? 0))
        const description = mark
        return Effect.fail(
          new TokenError.TransientFailure({ provider, reason, status, retryAt, description })
        )
      }
      case "InvalidTokenResponse":
        return Effect.fail(
          new TokenError.InvalidTokenResponse({ provider, reason: "UnknownShape", description: mark })
        )
      case "StoreFailure":
        return Effect.fail(new TokenError.StoreFailure({ provider, reason: "Unavailable", key: mark }))
      case "CredentialRejected":
        return Effect.fail(
          new TokenError.CredentialRejected({ provider, reason: "InvalidClient", code: mark })
        )
      case "InvalidConfiguration":
        return Effect.fail(
          new TokenError.InvalidConfiguration({
            provider,
            reason: "Malformed",
            issues: [new TokenError.ConfigurationIssue({ path: mark, expected: "" })]
          })
        )
      case "LoginFailed":
        return Effect.fail(new TokenError.LoginFailed({ provider, reason: "Denied", code: mark }))
      case "ReauthorizationRequired":
        return Effect.fail(
          new TokenError.ReauthorizationRequired({ provider, reason: "InvalidGrant", remedy: mark })
        )
      case "Defect":
        return Effect.die(new Bug(number))
    }
  }
}

/** The mark that an error of the scripted grant carries. */
export const markOf = (request: number): string => `request-${request}`

/** Reads the mark of an error. */
export const readMark = (error: TokenError.TokenError): string | undefined => {
  switch (error._tag) {
    case "TransientFailure":
    case "InvalidTokenResponse":
      return error.description
    case "CredentialRejected":
    case "LoginFailed":
      return error.code
    case "ReauthorizationRequired":
      return error.remedy
    case "StoreFailure":
      return error.key
    case "InvalidConfiguration":
      return error.issues[0]?.path
  }
}

const nothingHeld: Grant.Held = {
  accessToken: Option.none(),
  refreshToken: Option.none(),
  presentedAt: Option.none()
}

/** Whether the client knows, after such an answer, what became of what it presented. */
const isConclusive = (result: Result): boolean => {
  switch (result._tag) {
    case "TransientFailure":
      return result.reason === "NotSent" || result.status === 429 || result.status === 503
    case "InvalidTokenResponse":
    case "Defect":
      return false
    default:
      return true
  }
}

const constantly = (value: number): Random.Random => ({
  [Random.RandomTypeId]: Random.RandomTypeId,
  next: Effect.succeed(value),
  nextBoolean: Effect.succeed(value > 0.5),
  nextInt: Effect.succeed(Math.floor(value * Number.MAX_SAFE_INTEGER)),
  nextRange: (min, max) => Effect.succeed(min + (max - min) * value),
  nextIntBetween: (min, max) => Effect.succeed(Math.floor(min + (max - min) * value)),
  shuffle: () => Effect.dieMessage("nothing here is shuffled")
})
