/**
 * The token cache as its laws tell it: plain, synchronous, and without a look at the code. Instants are milliseconds.
 *
 * Nothing here knows of fibers. At most one thing is ever pending (the end of an attempt, or of a delay between two
 * attempts), so that time passes by stepping from one of these to the next.
 */
import type { FlightCause } from "../../src/token/TokenEvent.js"
import type { Coverage } from "./coverage.js"
import type {
  Event,
  Failure,
  Finished,
  Instant,
  Invalidation,
  Outcome,
  Request,
  Setting,
  Status,
  Summary,
  Token
} from "./predictions.js"
import type { Answer, FatalTag, Result, Script, TokenResult, TransientResult } from "./Server.js"

type Ask = "get" | "refresh"

interface Waiter {
  readonly caller: number
  readonly ask: Ask
}

interface Attempt {
  readonly request: number
  readonly begunAt: number
  readonly result: Result | { readonly _tag: "Deadline" }
}

interface Flight {
  readonly cause: FlightCause
  readonly startedAt: number
  readonly tokenInHand: boolean
  attempts: number
  /** The attempt under way; none between two attempts. */
  attempt: Attempt | undefined
  nextAt: number
  waiters: ReadonlyArray<Waiter>
  unwanted: boolean
}

interface Window {
  until: number
  failure: Failure
  /** Flights that failed this way since the last success. */
  count: number
}

/** A failure that the cache finds by itself. */
const unasked = (reason: "Timeout" | "ExpiredOnArrival") => ({ reason, status: undefined, wish: undefined })

export class Model {
  now = 0
  readonly finished = new Map<number, Finished>()
  readonly requests: Array<Request> = []
  readonly events: Array<Event> = []

  private token: Token | undefined
  private emptied: "Cold" | "Invalidated" | "Cleared" = "Cold"
  private transient: Window | undefined
  private rejected: Window | undefined
  private guardUntil = 0
  private flight: Flight | undefined
  private closed = false

  private lastToken: string | undefined
  private refreshToken: string | undefined
  private presented: Request["presented"]

  private lastFailure: Status["lastFailure"]
  private failures = 0

  private script: Script | undefined
  private issuedValue: string | undefined

  constructor(
    private readonly setting: Setting,
    private readonly coverage: Pick<Coverage, "hit">
  ) {}

  // ---------------------------------------------------------------------------------------------- what callers do

  get(caller: number): void {
    const token = this.tokenInHand
    if (token === undefined) {
      this.need({ caller, ask: "get" })
      return
    }
    this.coverage.hit(this.closed ? "get: a token in hand after close" : "get: hit")
    this.finish(caller, { _tag: "Token", value: token.value, expiresAt: token.expiresAt })
    if (this.now >= token.refreshAt) this.refreshBehind()
  }

  refresh(caller: number): void {
    this.need({ caller, ask: "refresh" })
  }

  invalidate(value: string): Invalidation {
    if (this.tokenInHand?.value !== value) {
      this.coverage.hit(
        this.token?.value === value ? "invalidate: superseded by expiry" : "invalidate: superseded"
      )
      return "Superseded"
    }
    if (this.now < this.guardUntil) {
      this.coverage.hit("invalidate: guarded")
      return "Guarded"
    }
    this.coverage.hit(this.flight === undefined ? "invalidate" : "invalidate: a flight under way")
    this.token = undefined
    this.emptied = "Invalidated"
    this.events.push({ _tag: "Invalidated", at: this.now })
    return "Invalidated"
  }

  clear(): void {
    this.coverage.hit(this.flight === undefined ? "clear" : "clear: a flight under way")
    this.token = undefined
    this.emptied = "Cleared"
    if (this.flight !== undefined) this.flight.unwanted = true
    this.events.push({ _tag: "Cleared", at: this.now })
  }

  interrupt(caller: number): void {
    const { flight } = this
    if (flight?.waiters.some((waiter) => waiter.caller === caller) !== true) return
    this.coverage.hit(flight.waiters.length > 1 ? "interrupt: one of several" : "interrupt: the only one")
    flight.waiters = flight.waiters.filter((waiter) => waiter.caller !== caller)
    this.finish(caller, { _tag: "Interrupted" })
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    const { flight } = this
    if (flight === undefined) return
    if (this.setting.replay === "once" && flight.attempt !== undefined) {
      this.coverage.hit("close: finishing")
    } else {
      this.coverage.hit(flight.attempt === undefined ? "close: between attempts" : "close: interrupted")
      this.endByClose(flight)
    }
  }

  /** What the server answers from now on. */
  serve(script: Script): void {
    this.script = script
  }

  // --------------------------------------------------------------------------------------------------- what it tells

  status(): Status {
    const token = this.tokenInHand
    return {
      state: token === undefined ? "Empty" : this.now < token.refreshAt ? "Fresh" : "Due",
      isRefreshing: this.flight !== undefined && !this.closed,
      token,
      windowUntil: this.openWindow?.until,
      lastFailure: this.lastFailure
    }
  }

  /** Those who wait for a flight. */
  get waiting(): ReadonlyArray<number> {
    return this.flight?.waiters.map(({ caller }) => caller) ?? []
  }

  /** Whether the next request is answered without leaving the fiber. */
  get answersAtOnce(): boolean {
    return this.script?.some(({ delay }) => delay === "at once") ?? true
  }

  /** The instants to come at which something changes by itself. */
  get instants(): Readonly<Record<Instant, number | undefined>> {
    return {
      "refresh due": this.token?.refreshAt,
      expiry: this.token?.expiresAt,
      "the window's end": this.openWindow?.until,
      "the guard's end": this.guardUntil,
      "the flight's next step": this.flight?.nextAt
    }
  }

  // ------------------------------------------------------------------------------------------------------------ time

  /** Lets time pass, one thing after the other. What happens at `instant` itself has happened afterwards. */
  advanceTo(instant: number): void {
    for (;;) {
      const { flight } = this
      if (flight === undefined || flight.nextAt > instant) break
      this.now = Math.max(this.now, flight.nextAt)
      if (flight.attempt === undefined) this.beginAttempt(flight)
      else this.endAttempt(flight, flight.attempt)
    }
    this.now = Math.max(this.now, instant)
  }

  /** What happens without the clock moving. */
  settle(): void {
    this.advanceTo(this.now)
  }

  // ----------------------------------------------------------------------------------------------------- the machine

  private get tokenInHand(): Token | undefined {
    return this.token !== undefined && this.now < this.token.expiresAt ? this.token : undefined
  }

  /** L7's window answers before L8's. */
  private get openWindow(): Window | undefined {
    return [this.transient, this.rejected].find((window) => window !== undefined && this.now < window.until)
  }

  private finish(caller: number, outcome: Outcome): void {
    this.finished.set(caller, { at: this.now, outcome })
  }

  /** Due: a flight behind the token, unless one is under way or a window is open (L2, L7, L8). */
  private refreshBehind(): void {
    const reason =
      this.flight !== undefined
        ? "a flight under way"
        : this.openWindow !== undefined
          ? "inside a window"
          : this.closed
            ? "closed"
            : // L9: what was presented and not answered for is left alone while there is a token that serves.
              this.presented !== undefined
              ? "held back, for it was presented"
              : undefined
    if (reason === undefined) this.launch("Due")
    else this.coverage.hit(`due: ${reason}`)
  }

  /** A caller who needs what a flight brings. */
  private need(waiter: Waiter): void {
    const { ask, caller } = waiter
    const window = this.openWindow
    if (ask === "get" && window !== undefined) {
      const which = window === this.transient ? "L7" : window.until === Infinity ? "final" : "L8"
      this.coverage.hit(`get: ${which} window${this.flight === undefined ? "" : " beside a flight"}`)
      this.finish(caller, { _tag: "Failure", failure: window.failure })
      return
    }
    if (this.flight !== undefined && !this.closed) {
      this.coverage.hit(`${ask}: join`)
      this.flight.waiters = [...this.flight.waiters, waiter]
      return
    }
    if (window !== undefined && (window === this.transient || window.until === Infinity)) {
      this.coverage.hit(`refresh: ${window === this.transient ? "L7" : "final"} window`)
      this.finish(caller, { _tag: "Failure", failure: window.failure })
      return
    }
    if (this.closed) {
      this.coverage.hit(`${ask}: after close`)
      this.finish(caller, { _tag: "Interrupted" })
      return
    }
    if (window !== undefined) this.coverage.hit("refresh: through L8's window")
    // Without a usable token, that is the cause, whoever asks.
    const inHand = this.tokenInHand !== undefined
    const flight = this.launch(inHand ? "Requested" : this.token !== undefined ? "Expired" : this.emptied)
    flight.waiters = [waiter]
  }

  private launch(cause: FlightCause): Flight {
    this.coverage.hit(`launch: ${cause}`)
    const flight: Flight = {
      cause,
      startedAt: this.now,
      tokenInHand: this.tokenInHand !== undefined,
      attempts: 0,
      attempt: undefined,
      nextAt: this.now,
      waiters: [],
      unwanted: false
    }
    if (cause === "Invalidated") this.guardUntil = this.now + this.setting.numbers.refusalGuard
    this.flight = flight
    this.beginAttempt(flight)
    return flight
  }

  private beginAttempt(flight: Flight): void {
    const { delay, result } = this.nextAnswer()
    const { lastToken: accessToken, presented, refreshToken } = this
    const request = this.requests.push({ at: this.now, accessToken, refreshToken, presented })
    if (presented !== undefined) this.coverage.hit("request: presentedAt seen")
    const takes = delay === "at once" ? 0 : delay
    const { deadline } = this.setting.numbers
    flight.attempts++
    flight.attempt = { request, begunAt: this.now, result: takes < deadline ? result : { _tag: "Deadline" } }
    flight.nextAt = this.now + Math.min(takes, deadline)
  }

  private nextAnswer(): Answer {
    if (this.script === undefined) throw new Error("a schedule starts with what the server answers")
    const [answer, ...rest] = this.script
    const [next, ...others] = rest
    if (next !== undefined) this.script = [next, ...others]
    return answer
  }

  private endAttempt(flight: Flight, attempt: Attempt): void {
    const { result } = attempt
    this.coverage.hit(
      `answer: ${result._tag}${result._tag === "TransientFailure" ? ` ${result.status ?? result.reason}` : ""}`
    )
    switch (result._tag) {
      case "Token": {
        this.issued(flight, attempt, result)
        return
      }
      case "Deadline": {
        this.failTransiently(flight, attempt, unasked("Timeout"), undefined)
        return
      }
      case "TransientFailure": {
        this.failTransiently(flight, attempt, result, attempt.request)
        return
      }
      default: {
        this.failForGood(flight, attempt, result._tag)
        return
      }
    }
  }

  /** L12. */
  private issued(flight: Flight, attempt: Attempt, result: TokenResult): void {
    const { numbers, random } = this.setting
    const value =
      result.sameValue && this.issuedValue !== undefined ? this.issuedValue : `token-${attempt.request}`
    if (value === this.issuedValue) this.coverage.hit("the same value again")
    this.issuedValue = value
    this.lastToken = value
    if (result.rotates) this.refreshToken = `refresh-${attempt.request}`
    this.coverage.hit(result.rotates ? "refresh token: rotated" : "refresh token: left out")
    // An answer came back, so that nothing is in doubt any more.
    this.presented = undefined

    const told = result.expiresIn !== undefined && result.expiresIn > 0
    const lifetime = told ? result.expiresIn : numbers.defaultLifetime
    this.coverage.hit(
      !told ? "lifetime: the default" : lifetime === Infinity ? "lifetime: for ever" : "lifetime: told"
    )
    const expiresAt = attempt.begunAt + lifetime
    if (this.now >= expiresAt) {
      this.coverage.hit("expired on arrival")
      this.failTransiently(flight, attempt, unasked("ExpiredOnArrival"), undefined)
      return
    }
    const { refreshIn } = result
    const wished = refreshIn !== undefined && refreshIn > 0 && refreshIn < lifetime
    if (refreshIn !== undefined) this.coverage.hit(wished ? "refresh_in: wins" : "refresh_in: outside")
    const margin =
      Math.min(numbers.margin, lifetime * numbers.marginFraction) * (1 - numbers.marginJitter * random)
    const token: Token = {
      value,
      issuedAt: attempt.begunAt,
      refreshAt: wished ? attempt.begunAt + refreshIn : expiresAt - Math.round(margin),
      expiresAt
    }
    this.succeed(flight, token)
  }

  private succeed(flight: Flight, token: Token): void {
    const open = this.openWindow !== undefined
    const closedWindow = open
      ? true
      : this.transient === undefined && this.rejected === undefined
        ? false
        : undefined
    if (open) this.coverage.hit("success: closes a window")
    if (this.closed) this.coverage.hit("close: finished with a token")
    this.transient = undefined
    this.rejected = undefined
    if (this.lastFailure !== undefined) this.lastFailure = { ...this.lastFailure, mended: true }
    this.flight = undefined
    if (flight.unwanted) {
      this.coverage.hit(flight.waiters.length === 0 ? "discarded" : "discarded: asked again")
      this.events.push({ _tag: "Discarded", ...this.summary(flight) })
      for (const { ask, caller } of flight.waiters) {
        if (ask === "get") this.get(caller)
        else this.refresh(caller)
      }
      return
    }
    this.token = token
    const _tag = flight.tokenInHand ? "Refreshed" : "Acquired"
    this.coverage.hit(_tag)
    this.events.push({ _tag, ...this.summary(flight), expiresAt: token.expiresAt, closedWindow })
    if (flight.waiters.length > 1) this.coverage.hit("shared token")
    for (const { caller } of flight.waiters) {
      this.finish(caller, { _tag: "Token", value: token.value, expiresAt: token.expiresAt })
    }
  }

  /** L7, and L9 for what may not be sent again. */
  private failTransiently(
    flight: Flight,
    attempt: Attempt,
    failure: Omit<TransientResult, "_tag" | "reason"> & { readonly reason: string },
    request: number | undefined
  ): void {
    const { numbers, random, replay } = this.setting
    if (this.closed) {
      this.endByClose(flight)
      return
    }
    const { reason, status } = failure
    const neverTaken = reason === "NotSent" || status === 429 || status === 503
    const wish = failure.wish !== undefined && failure.wish > 0 ? failure.wish : undefined
    if (failure.wish !== undefined && wish === undefined) this.coverage.hit("wish: in the past")

    if (replay === "once" && !neverTaken && reason !== "ExpiredOnArrival") {
      this.coverage.hit("once: in doubt")
      this.presented = { from: attempt.begunAt, until: this.now }
    }
    const mayRetry = replay === "safe" || neverTaken
    if (mayRetry && flight.attempts < numbers.attempts && (wish ?? 0) <= numbers.retryAfterWait) {
      const backoff = numbers.retryDelay * 2 ** (flight.attempts - 1) * (0.8 + 0.4 * random)
      this.coverage.hit(`retry (${replay}): ${wish === undefined ? "after the backoff" : "after the wish"}`)
      if (wish === numbers.retryAfterWait) this.coverage.hit("wish: as long as is waited for")
      flight.attempt = undefined
      flight.nextAt = this.now + (wish ?? Math.round(backoff))
      return
    }
    if (mayRetry) this.coverage.hit(flight.attempts < numbers.attempts ? "wish: too long" : "attempts: spent")
    this.openTransient(flight, "TransientFailure", reason, request, wish)
  }

  private failForGood(flight: Flight, attempt: Attempt, tag: FatalTag): void {
    if (this.closed) {
      this.endByClose(flight)
      return
    }
    const { request } = attempt
    const inDoubt = tag === "InvalidTokenResponse" || tag === "Defect"
    if (inDoubt && this.setting.replay === "once") {
      this.coverage.hit("once: in doubt")
      this.presented = { from: attempt.begunAt, until: this.now }
    }
    switch (tag) {
      case "InvalidTokenResponse":
      case "StoreFailure": {
        this.openTransient(flight, tag, undefined, request, undefined)
        return
      }
      case "Defect": {
        const { waiters } = flight
        flight.waiters = []
        this.openTransient(flight, "TransientFailure", "Defect", undefined, undefined)
        for (const { caller } of waiters) this.finish(caller, { _tag: "Defect", request })
        return
      }
      default: {
        this.openRejected(flight, tag, request)
        return
      }
    }
  }

  private openTransient(
    flight: Flight,
    tag: Failure["tag"],
    reason: string | undefined,
    request: number | undefined,
    wish: number | undefined
  ): void {
    const { retryAfterMax, window, windowMax } = this.setting.numbers
    const count = (this.transient?.count ?? 0) + 1
    const doubled = window * 2 ** (count - 1)
    if (wish !== undefined)
      this.coverage.hit(wish > retryAfterMax ? "L7 window: the wish, cut" : "L7 window: the wish")
    else if (doubled > windowMax) this.coverage.hit("L7 window: at its longest")
    else this.coverage.hit(count > 1 ? "L7 window: doubled" : "L7 window: the first")
    const until =
      this.now + (wish === undefined ? Math.min(doubled, windowMax) : Math.min(wish, retryAfterMax))
    const failure = this.failure(tag, reason, request, tag === "TransientFailure" ? until : undefined)
    this.transient = { until, failure, count }
    if (this.rejected !== undefined && this.now < this.rejected.until) this.coverage.hit("both windows open")
    this.conclude(flight, "RefreshFailed", failure, until)
  }

  /** L8. */
  private openRejected(flight: Flight, tag: Failure["tag"], request: number): void {
    const { rejectedWindow, rejectedWindowMax } = this.setting.numbers
    const count = (this.rejected?.count ?? 0) + 1
    const doubled = rejectedWindow * 2 ** (count - 1)
    const final = tag === "ReauthorizationRequired"
    this.coverage.hit(
      final
        ? "L8 window: without end"
        : doubled > rejectedWindowMax
          ? "L8 window: at its longest"
          : count > 1
            ? "L8 window: doubled"
            : "L8 window: the first"
    )
    const until = final ? Infinity : this.now + Math.min(doubled, rejectedWindowMax)
    const failure = this.failure(tag, undefined, request, undefined)
    this.rejected = { until, failure, count }
    this.conclude(flight, "Rejected", failure, until)
  }

  private failure(
    tag: Failure["tag"],
    reason: string | undefined,
    request: number | undefined,
    retryAt: number | undefined
  ): Failure {
    return { id: ++this.failures, tag, reason, request, retryAt }
  }

  private conclude(
    flight: Flight,
    _tag: "RefreshFailed" | "Rejected",
    failure: Failure,
    retryAt: number
  ): void {
    const { waiters } = flight
    if (this.tokenInHand !== undefined) this.coverage.hit(`${_tag} behind a token in hand`)
    if (flight.unwanted) this.coverage.hit("cleared, and failed")
    if (waiters.length > 1) this.coverage.hit("shared failure")
    this.lastFailure = { at: this.now, failure, mended: false }
    this.events.push({ _tag, ...this.summary(flight), failure, retryAt })
    this.flight = undefined
    for (const { caller } of waiters) this.finish(caller, { _tag: "Failure", failure })
  }

  private endByClose(flight: Flight): void {
    this.flight = undefined
    for (const { caller } of flight.waiters) this.finish(caller, { _tag: "Interrupted" })
  }

  private summary(flight: Flight): Summary {
    return {
      at: this.now,
      cause: flight.cause,
      attempts: flight.attempts,
      took: this.now - flight.startedAt
    }
  }
}
