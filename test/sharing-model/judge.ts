import { AccessToken } from "effect-oauth"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Call, Process } from "./Process.js"
import type { Request } from "./Server.js"
import type { Hazards, Schedule } from "./schedule.js"
import type { World } from "./World.js"
import { short, valueOf } from "./World.js"

/** Something that may never be, and was. */
export class Breach extends Error {
  override readonly name = "Breach"
}

const second = 1000

/** Nobody waits longer for an answer, while its process runs. */
export const patience = 150 * second

/** With nothing in the way, nobody waits longer. */
const shortPatience = 12 * second

/** What became of a schedule. */
export interface History {
  readonly schedule: Schedule
  readonly hazards: Hazards
  readonly world: World
  /** The refresh token that all of them began with. */
  readonly seed: string
  /** Those who were stopped once: what they do may be late. */
  readonly late: ReadonlySet<Process>
  readonly closed: ReadonlySet<Process>
  readonly closing: ReadonlyArray<Call<void, never>>
  readonly deaths: number
  readonly count: (what: string, by?: number) => void
}

/** Looks whether everything was as it has to be; throws a {@link Breach} if not. */
export const judge = (history: History): void => {
  new Judge(history).check()
}

class Judge {
  constructor(private readonly history: History) {}

  check(): void {
    for (const process of this.history.world.processes) {
      for (const call of process.calls) this.checkCall(process, call)
      for (const { _tag } of process.events) this.history.count(_tag)
      this.checkEvents(process)
    }
    for (const call of this.history.closing) {
      const process = this.history.world.processes.find(({ name }) => name === call.process)
      if (call.ended === undefined && process?.isAlive === true)
        throw new Breach(`L5 ${call.process} hangs as it is closed`)
    }
    this.checkRequests()
    if (this.history.schedule.replay === "once") this.checkPresented()
    if (this.history.world.leased > 0) throw new Breach("the lease was not given back")
  }

  /** L3, L15: one flight after the other, and one event of each. */
  private checkEvents({ events, name }: Process): void {
    let end = -Infinity
    for (const event of events) {
      if (!("took" in event)) continue
      const at = DateTime.toEpochMillis(event.at)
      // an instant is told in whole milliseconds
      if (at - Duration.toMillis(event.took) < end - 1) {
        throw new Breach(`L15 ${name} told twice of a flight, or had two at once: ${event._tag}`)
      }
      end = at
    }
  }

  private checkCall(process: Process, { askedAt, ended }: Call): void {
    if (ended === undefined) {
      if (process.isAlive) throw new Breach(`L5 ${process.name} hangs: asked at ${askedAt}`)
      return
    }
    const took = ended.at - askedAt
    if (!this.history.late.has(process) && took > this.patience) {
      throw new Breach(`${process.name} waited for ${took} ms`)
    }
    if (Exit.isSuccess(ended.exit)) {
      const token = ended.exit.value
      const expiry = this.history.world.server.issued.get(valueOf(token))
      if (expiry === undefined) throw new Breach(`${process.name} was given a token that nobody issued`)
      if (!this.history.late.has(process) && AccessToken.isExpiredAt(token, ended.at - this.skew)) {
        throw new Breach(`${process.name} was given an expired token`)
      }
      if (DateTime.toEpochMillis(token.expiresAt) > expiry + this.skew) {
        throw new Breach(`L12 ${process.name} takes a token for good longer than its server does`)
      }
      return
    }
    if (Cause.isInterrupted(ended.exit.cause) && this.history.closed.has(process)) return
    const error = Option.getOrUndefined(Cause.failureOption(ended.exit.cause))
    if (error === undefined) throw new Breach(`${process.name}: ${Cause.pretty(ended.exit.cause)}`)
    this.history.count(short(error))
    if (!this.mayFail(process, short(error))) throw new Breach(`${process.name} failed: ${short(error)}`)
  }

  /** Each death costs others a lease, and a strict server's grant the deadline and the turn of who asks once more. */
  private get patience(): number {
    const { outages, stops, trouble } = this.history.hazards
    if (outages || stops || trouble) return patience
    return this.history.hazards.death
      ? Math.min(patience, (30 + 40 * this.history.deaths) * second)
      : shortPatience
  }

  /** By how much clocks may differ. */
  private get skew(): number {
    return this.history.hazards.skew ? 4 * second : 0
  }

  private get isUndisturbed(): boolean {
    const { death, outages, stops, trouble } = this.history.hazards
    return !death && !outages && !stops && !trouble
  }

  private mayFail(process: Process, error: string): boolean {
    const { death, outages, stops, trouble } = this.history.hazards
    const { replay } = this.history.schedule
    switch (error) {
      case "StoreFailure Unavailable":
        return replay === "once" && (outages || this.history.late.has(process))
      case "ReauthorizationRequired AnswerLost":
      case "ReauthorizationRequired NoRefreshToken":
      case "ReauthorizationRequired InvalidGrant":
        return this.mayBeLost
      case "TransientFailure NotSent":
      case "TransientFailure RateLimited":
      case "TransientFailure ServerError":
        return trouble
      case "TransientFailure Timeout":
        return trouble || stops || this.history.deaths > 2
      case "TransientFailure ExpiredOnArrival":
        return this.history.late.has(process)
      case "TransientFailure NoAnswer":
        // told by a refresh: one who died, or could not save, has left an intent, and there is a token to go on with
        return trouble || ((death || stops || outages) && replay === "once")
      default:
        return false
    }
  }

  /** Whether a single-use refresh token may be lost: not where it can be saved in time, nor while a grace period lasts. */
  private get mayBeLost(): boolean {
    const { commands, gracePeriod, replay } = this.history.schedule
    const { death, stops, trouble } = this.history.hazards
    const away = commands.reduce((sum, command) => sum + (command.do === "store" ? command.lasts : 0), 0)
    const isSavedInTime = !death && !stops && !trouble && away < 15 * second
    return replay === "once" && !isSavedInTime && (gracePeriod ?? 0) < 3_600_000
  }

  /** At most one request at a time, and one for each token. */
  private checkRequests(): void {
    const { requests } = this.history.world.server
    this.history.count("requests", requests.length)
    if (!this.history.hazards.death && !this.history.hazards.outages && !this.history.hazards.stops) {
      for (const [index, request] of requests.entries()) {
        const before = requests[index - 1]
        if (before !== undefined && !((before.endedAt ?? Infinity) <= request.at)) {
          throw new Breach(`request ${request.number} was sent while another was under way`)
        }
      }
    }
    const { commands, lifetime } = this.history.schedule
    const isForced = commands.some(({ do: what }) => what !== "get" && what !== "advance" && what !== "start")
    if (this.isUndisturbed && !isForced) {
      for (const [index, request] of requests.entries()) {
        const before = requests[index - 1]
        if (before !== undefined && request.at - before.at < 0.8 * lifetime - this.skew) {
          throw new Breach(`L3 request ${request.number} was sent for a token that was fresh`)
        }
      }
    }
  }

  private checkPresented(): void {
    const { requests } = this.history.world.server
    const { seen } = this.history.world.store
    for (const process of this.history.world.processes) {
      const intents = seen.filter(
        ({ cameAbout, operation, process: name }) =>
          operation === "intent" && name === process.name && cameAbout === true
      )
      const own = requests.filter((request) => request.process === process.name)
      for (const [index, request] of own.entries()) {
        const intent = intents[index]
        if (intent === undefined || intent.at > request.at) {
          throw new Breach(`S27 request ${request.number} was sent without an intent`)
        }
      }
    }
    for (const [index, request] of requests.entries()) {
      const before = requests
        .slice(0, index)
        .filter(({ isConclusive, presented }) => presented === request.presented && !isConclusive)
      this.checkPatience(request, before)
      if (before.length > 0) this.history.count("presented again")
      if (before.length > 0 && !request.again) {
        throw new Breach(
          `S27 request ${request.number} presented ${request.presented ?? ""} blindly a second time`
        )
      }
      if (request.again && before.length === 0)
        this.history.count("presented for the first time, though marked before")
    }
    if (!this.mayBeLost && this.history.world.server.isRevoked(this.history.seed))
      throw new Breach("the grant was lost")
  }

  /** With a strict server nobody asks once more while the one before may still be at work. */
  private checkPatience(request: Request, before: ReadonlyArray<Request>): void {
    if (this.history.schedule.gracePeriod !== undefined) return
    for (const { at, process } of before) {
      if (!this.isLate(process) && process !== request.process && request.at - at < 24 * second - this.skew) {
        throw new Breach(`S27 request ${request.number} did not wait for the one before`)
      }
    }
  }

  private isLate(name: string): boolean {
    return [...this.history.late].some((process) => process.name === name)
  }
}
