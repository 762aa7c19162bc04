import type { TokenError } from "effect-oauth"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Model } from "./Model.js"
import type { Failure, Finished, Request } from "./predictions.js"
import {
  epoch,
  plainError,
  plainEvent,
  plainFailure,
  plainPrediction,
  plainRealStatus,
  plainStatus,
  show,
  showExit,
  showOutcome
} from "./show.js"
import type { Ended, SeenRequest, World } from "./World.js"
import { markOf, providerName, readMark } from "./World.js"

/** Compares what the real thing did with what the model says; `differ` is told the first difference, and throws. */
export class Comparison {
  private readonly errors = new Map<number, TokenError.TokenError>()
  private readonly callers = new Set<number>()
  private requests = 0
  private events = 0

  constructor(
    private readonly model: Model,
    private readonly world: World,
    private readonly differ: (message: string) => never
  ) {}

  /** A caller to be looked at from now on. */
  expect(caller: number): void {
    this.callers.add(caller)
  }

  /** Everything; except that what has been compared and cannot change any more is not looked at again. */
  all(): void {
    const { model, world } = this
    for (const breach of world.breaches) this.differ(breach)
    for (const caller of this.callers) if (this.caller(caller)) this.callers.delete(caller)
    for (; this.requests < Math.max(model.requests.length, world.requests.length); this.requests++) {
      this.request(
        `request ${this.requests + 1}`,
        model.requests[this.requests],
        world.requests[this.requests]
      )
    }
    for (; this.events < Math.max(model.events.length, world.events.length); this.events++) {
      this.event(this.events)
    }
    this.status()
  }

  equal(what: string, expected: unknown, actual: unknown): void {
    const [wanted, found] = [show(expected), show(actual)]
    if (wanted !== found) this.differ(`${what}\n    the laws say   ${wanted}\n    the cache says ${found}`)
  }

  /** Whether the caller has ended, in both. */
  private caller(caller: number): boolean {
    const expected = this.model.finished.get(caller)
    const actual = this.world.ended.get(caller)
    if (expected !== undefined && actual !== undefined) {
      this.end(`caller #${caller}`, expected, actual)
      return true
    }
    this.equal(
      `caller #${caller}`,
      expected === undefined ? "waiting" : showOutcome(expected.outcome),
      actual === undefined ? "waiting" : showExit(actual.exit)
    )
    return false
  }

  private end(name: string, { at, outcome }: Finished, actual: Ended): void {
    const { exit } = actual
    this.equal(`${name} ended`, at, actual.at)
    const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
    if (outcome._tag === "Failure" && error !== undefined) {
      this.failure(name, outcome.failure, error)
      return
    }
    this.equal(name, showOutcome(outcome), showExit(exit))
    if (outcome._tag === "Token" && Exit.isSuccess(exit)) {
      this.equal(`${name}'s token's expiry`, outcome.expiresAt, epoch(exit.value.expiresAt))
      this.equal(`${name}'s token's scopes`, [Redacted.value(exit.value.value)], exit.value.scopes)
    }
  }

  private request(name: string, expected: Request | undefined, actual: SeenRequest | undefined): void {
    if (expected === undefined || actual === undefined) {
      this.equal(
        name,
        expected === undefined ? "not sent" : "sent",
        actual === undefined ? "not sent" : "sent"
      )
      return
    }
    const { presented, ...held } = expected
    const { presentedAt, ...seen } = actual
    this.equal(name, held, seen)
    // The laws do not say at which instant of an attempt something counts as presented.
    const agrees =
      presented === undefined || presentedAt === undefined
        ? presented === presentedAt
        : presented.from <= presentedAt && presentedAt <= presented.until
    if (!agrees) this.equal(`${name}: presentedAt`, presented, presentedAt)
  }

  private event(index: number): void {
    const expected = this.model.events[index]
    const actual = this.world.events[index]
    const name = `event ${index + 1}`
    this.equal(name, expected?._tag, actual?._tag)
    if (expected === undefined || actual === undefined) return
    this.equal(`${name}, ${expected._tag}`, plainPrediction(expected), plainEvent(actual))
    if ("closedWindow" in expected && expected.closedWindow !== undefined && "closedWindow" in actual) {
      this.equal(`${name}, ${expected._tag}: closedWindow`, expected.closedWindow, actual.closedWindow)
    }
    if ("failure" in expected && "error" in actual) this.failure(name, expected.failure, actual.error)
  }

  private failure(name: string, failure: Failure, error: TokenError.TokenError): void {
    this.equal(name, plainFailure(failure), plainError(error))
    this.equal(`${name}: the provider of the error`, providerName, error.provider)
    if (failure.request !== undefined) {
      this.equal(`${name}: whose error`, markOf(failure.request), readMark(error))
    }
    const first = this.errors.get(failure.id)
    if (first === undefined) this.errors.set(failure.id, error)
    else if (first !== error) this.differ(`${name}: the same failure, and not the same error`)
  }

  private status(): void {
    const expected = this.model.status()
    const actual = this.world.status()
    this.equal("status", plainStatus(expected, this.model.now), plainRealStatus(actual))
    const failed = expected.lastFailure
    const last = Option.getOrUndefined(actual.lastFailure)
    // Whether the last failure is told of after a success is left open.
    if (last === undefined && failed?.mended === true) return
    this.equal("status: last failure", failed?.failure.tag, last?.error._tag)
    if (failed === undefined || last === undefined) return
    this.equal("status: last failure's instant", failed.at, epoch(last.at))
    this.failure("status: last failure", failed.failure, last.error)
  }
}
