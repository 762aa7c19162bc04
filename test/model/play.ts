import type { TokenError, TokenEvent } from "effect-oauth"
import { AccessToken } from "effect-oauth"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Command, Schedule } from "./commands.js"
import { showCommand, showSetting } from "./commands.js"
import type { Coverage } from "./coverage.js"
import type { Event, Failure, Outcome } from "./Model.js"
import { Model } from "./Model.js"
import { Bug, markOf, providerName, readMark, World } from "./World.js"

/** Where the real thing and the model, or the real thing and a plain statement, part. */
export class Disagreement extends Error {
  override readonly name = "Disagreement"
}

/** Longer than any flight. */
const longEnough = 60_000

/** Runs a schedule against the real thing and the model; throws a {@link Disagreement} at the first difference. */
export const play = (schedule: Schedule, coverage: Coverage): void => {
  new Play(schedule, coverage).run()
}

class Play {
  private readonly model: Model
  private readonly world: World
  private readonly errors = new Map<number, TokenError.TokenError>()
  private readonly log: Array<string> = []
  private callers = 0

  constructor(
    private readonly schedule: Schedule,
    coverage: Coverage
  ) {
    this.model = new Model(schedule.setting, coverage)
    this.world = new World(schedule.setting)
  }

  run(): void {
    this.compare()
    for (const command of this.schedule.commands) this.step(showCommand(command), () => this.perform(command))
    // Nobody is left hanging, whatever the schedule did.
    this.step("close", () => this.perform({ do: "close" }))
    this.step("advance 60 s", () => this.advanceTo(this.model.now + longEnough))
    if (this.world.ended.size !== this.callers) this.fail("a caller hangs")
  }

  private step(name: string, perform: () => void): void {
    const at = this.model.now
    this.log.push(`${String(at).padStart(9)}  ${name}`)
    try {
      perform()
      this.settle()
      this.compare()
    } catch (error) {
      if (error instanceof Disagreement) throw error
      this.fail(error instanceof Error ? (error.stack ?? error.message) : String(error))
    }
  }

  // ------------------------------------------------------------------------------------------------------- performing

  private perform(command: Command): void {
    switch (command.do) {
      case "get":
      case "refresh":
        return this.ask(command.do, command.times)
      case "invalidate":
        return this.invalidate(command.which)
      case "clear":
      case "close":
        this.model[command.do]()
        return this.world[command.do]()
      case "interrupt": {
        const { waiting } = this.model
        const caller = waiting[command.nth % waiting.length]
        if (caller === undefined) return
        this.note(`#${caller}`)
        this.model.interrupt(caller)
        return this.world.interrupt(caller)
      }
      case "advance":
        return this.advanceTo(this.model.now + command.by)
      case "advance to": {
        const instant = this.model.instants[command.instant]
        if (instant === undefined || instant === Infinity) return
        return this.advanceTo(instant + command.offset)
      }
      case "outlast windows":
        for (let i = 0; i < command.times; i++) {
          this.ask(command.ask, 1)
          this.advanceTo(this.model.instants["the flight's next step"] === undefined ? this.model.now : this.model.now + longEnough)
          const end = this.model.instants["the window's end"]
          if (end !== undefined && end !== Infinity) this.advanceTo(end)
          this.compare()
        }
        return
      case "server":
        this.model.serve(command.script)
        return this.world.serve(command.script)
    }
  }

  private ask(what: "get" | "refresh", times: number): void {
    // Whether one caller of a burst sees what an answer at once brings to another is up to the scheduler.
    const burst = this.model.answersAtOnce ? 1 : times
    for (let done = 0; done < times; done += burst) {
      const callers = Array.from({ length: burst }, () => ++this.callers)
      this.note(callers.map((caller) => `#${caller}`).join(" "))
      for (const caller of callers) this.model[what](caller)
      this.world.ask(what, callers)
      this.settle()
    }
  }

  private invalidate(which: "the current token" | "the token before" | "a foreign token"): void {
    const { tokens } = this.world
    const token = which === "a foreign token" ? foreign : tokens.at(which === "the current token" ? -1 : -2)
    if (token === undefined) return
    const value = Redacted.value(token.value)
    this.note(value)
    this.equal(`invalidate ${value}`, this.model.invalidate(value), this.world.invalidate(token))
  }

  private advanceTo(instant: number): void {
    this.model.advanceTo(instant)
    this.world.advanceTo(instant)
  }

  private settle(): void {
    this.model.settle()
    this.world.settle()
  }

  // -------------------------------------------------------------------------------------------------------- comparing

  private compare(): void {
    const { model, world } = this
    for (const breach of world.breaches) this.fail(breach)
    for (let caller = 1; caller <= this.callers; caller++) this.compareCaller(caller)
    const requests = Math.max(model.requests.length, world.requests.length)
    for (let i = 0; i < requests; i++) this.equal(`request ${i + 1}`, {...model.requests[i],presentedAt:world.requests[i]?.presentedAt}, world.requests[i])
    const events = Math.max(model.events.length, world.events.length)
    for (let i = 0; i < events; i++) this.compareEvent(i)
    this.compareStatus()
  }

  private compareCaller(caller: number): void {
    const expected = this.model.finished.get(caller)
    const actual = this.world.ended.get(caller)
    const name = `caller #${caller}`
    if (expected === undefined || actual === undefined) {
      return this.equal(
        name,
        expected === undefined ? "waiting" : showOutcome(expected.outcome),
        actual === undefined ? "waiting" : showExit(actual.exit)
      )
    }
    const { exit } = actual
    const { outcome } = expected
    this.equal(`${name} ended`, expected.at, actual.at)
    switch (outcome._tag) {
      case "Token":
        return Exit.isSuccess(exit) && Redacted.value(exit.value.value) === outcome.value
          ? this.equal(`${name}'s token's expiry`, outcome.expiresAt, epoch(exit.value.expiresAt))
          : this.equal(name, showOutcome(outcome), showExit(exit))
      case "Failure": {
        const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
        return error === undefined
          ? this.equal(name, showOutcome(outcome), showExit(exit))
          : this.compareFailure(name, outcome.failure, error)
      }
      case "Defect": {
        const defect = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.dieOption(exit.cause)) : undefined
        return this.equal(name, showOutcome(outcome), defect instanceof Bug ? `defect ${defect.request}` : showExit(exit))
      }
      case "Interrupted":
        return Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)
          ? undefined
          : this.equal(name, showOutcome(outcome), showExit(exit))
    }
  }

  private compareFailure(name: string, failure: Failure, error: TokenError.TokenError): void {
    const transient = error._tag === "TransientFailure"
    this.equal(name, showFailure(failure), {
      tag: error._tag,
      reason: transient ? error.reason : undefined,
      retryAt: transient ? epoch(error.retryAt) : undefined
    })
    this.equal(`${name}'s provider`, providerName, error.provider)
    if (failure.request !== undefined) this.equal(`${name}'s error`, markOf(failure.request), readMark(error))
    const first = this.errors.get(failure.id)
    if (first === undefined) this.errors.set(failure.id, error)
    else if (first !== error) this.fail(`${name}: the same failure, and another error object`)
  }

  private compareEvent(index: number): void {
    const expected = this.model.events[index]
    const actual = this.world.events[index]
    const name = `event ${index + 1}`
    if (expected === undefined || actual === undefined || expected._tag !== actual._tag) {
      return this.equal(name, expected?._tag ?? "none", actual?._tag ?? "none")
    }
    this.equal(`${name} ${expected._tag}`, plainExpected(expected), plainActual(actual))
    if ("closedWindow" in expected && expected.closedWindow !== undefined && "closedWindow" in actual) {
      this.equal(`${name} closedWindow`, expected.closedWindow, actual.closedWindow)
    }
    if ("failure" in expected && "error" in actual) this.compareFailure(name, expected.failure, actual.error)
  }

  private compareStatus(): void {
    const expected = this.model.status()
    const actual = this.world.status()
    const { token } = expected
    this.equal(
      "status",
      {
        provider: providerName,
        isConfigured: true,
        state: expected.state,
        isRefreshing: expected.isRefreshing,
        issuedAt: token?.issuedAt,
        refreshAt: token?.refreshAt,
        expiresAt: token?.expiresAt,
        remainingSeconds: token === undefined ? 0 : (token.expiresAt - this.model.now) / 1000,
        scopes: token === undefined ? [] : [token.value],
        windowUntil: expected.windowUntil
      },
      {
        provider: actual.provider,
        isConfigured: actual.isConfigured,
        state: actual.state,
        isRefreshing: actual.isRefreshing,
        issuedAt: epochOption(actual.issuedAt),
        refreshAt: epochOption(actual.refreshAt),
        expiresAt: epochOption(actual.expiresAt),
        remainingSeconds: token?.expiresAt === Infinity && actual.remainingSeconds > 1e12 ? Infinity : actual.remainingSeconds,
        scopes: actual.scopes,
        windowUntil: epochOption(actual.windowUntil)
      }
    )
    const last = Option.getOrUndefined(actual.lastFailure)
    if (expected.lastFailure === undefined || last === undefined) {
      if (expected.lastFailure?.mended === true) return
      return this.equal("status: last failure", expected.lastFailure?.failure.tag, last?.error._tag)
    }
    this.equal("status: last failure's instant", expected.lastFailure.at, epoch(last.at))
    this.compareFailure("status: last failure", expected.lastFailure.failure, last.error)
  }

  private equal(what: string, expected: unknown, actual: unknown): void {
    const [wanted, found] = [show(expected), show(actual)]
    if (wanted !== found) this.fail(`${what}\n    the laws say  ${wanted}\n    the cache says ${found}`)
  }

  // -------------------------------------------------------------------------------------------------------- reporting

  private note(text: string): void {
    this.log[this.log.length - 1] += ` ${text}`
  }

  private fail(message: string): never {
    const lines = [`with ${showSetting(this.schedule.setting)}`, "", ...this.log, "", `at ${this.model.now}: ${message}`]
    throw new Disagreement(lines.join("\n"))
  }
}

const foreign = new AccessToken.AccessToken({
  value: Redacted.make("foreign"),
  presentation: AccessToken.bearer,
  scopes: [],
  issuedAt: DateTime.unsafeMake(0),
  expiresAt: AccessToken.never,
  parameters: {}
})

/** The far end of dates stands for what never comes. */
const epoch = (date: DateTime.Utc): number => {
  const millis = DateTime.toEpochMillis(date)
  return millis >= DateTime.toEpochMillis(AccessToken.never) ? Infinity : millis
}

const epochOption = (date: Option.Option<DateTime.Utc>): number | undefined =>
  Option.getOrUndefined(Option.map(date, epoch))

const show = (value: unknown): string =>
  typeof value === "string"
    ? value
    : JSON.stringify(value, (_, value: unknown) =>
        value === undefined ? "none" : value === Infinity ? "never" : value
      )

const showFailure = ({ reason, retryAt, tag }: Failure) => ({
  tag,
  reason: tag === "TransientFailure" ? reason : undefined,
  retryAt
})

const showOutcome = (outcome: Outcome): string => {
  switch (outcome._tag) {
    case "Token":
      return outcome.value
    case "Failure":
      return show(showFailure(outcome.failure))
    case "Defect":
      return `defect ${outcome.request}`
    case "Interrupted":
      return "interrupted"
  }
}

const showExit = (exit: Exit.Exit<AccessToken.AccessToken, TokenError.TokenError>): string =>
  Exit.match(exit, {
    onSuccess: (token) => Redacted.value(token.value),
    onFailure: (cause) =>
      Cause.isInterruptedOnly(cause)
        ? "interrupted"
        : Option.match(Cause.failureOption(cause), {
            onNone: () => Cause.pretty(cause),
            onSome: (error) =>
              show({
                tag: error._tag,
                reason: error._tag === "TransientFailure" ? error.reason : undefined,
                retryAt: error._tag === "TransientFailure" ? epoch(error.retryAt) : undefined
              })
          })
  })

const plainExpected = (event: Event): unknown => ({
  at: event.at,
  cause: "cause" in event ? event.cause : undefined,
  attempts: "attempts" in event ? event.attempts : undefined,
  took: "took" in event ? event.took : undefined,
  expiresAt: "expiresAt" in event ? event.expiresAt : undefined,
  retryAt: "retryAt" in event ? event.retryAt : undefined
})

const plainActual = (event: TokenEvent.TokenEvent): unknown => ({
  at: epoch(event.at),
  cause: "cause" in event ? event.cause : undefined,
  attempts: "attempts" in event ? event.attempts : undefined,
  took: "took" in event ? Duration.toMillis(event.took) : undefined,
  expiresAt: "expiresAt" in event ? epoch(event.expiresAt) : undefined,
  retryAt: "retryAt" in event ? epoch(event.retryAt) : undefined
})
