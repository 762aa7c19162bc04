import { AccessToken } from "effect-oauth"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import type { Command, Refused, Schedule } from "./commands.js"
import { showCommand, showSetting } from "./commands.js"
import { Comparison } from "./Comparison.js"
import type { Coverage } from "./coverage.js"
import { Model } from "./Model.js"
import { World } from "./World.js"

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
  private readonly compare: Comparison
  private readonly log: Array<string> = []
  private callers = 0

  constructor(
    private readonly schedule: Schedule,
    coverage: Coverage
  ) {
    this.model = new Model(schedule.setting, coverage)
    this.world = new World(schedule.setting)
    this.compare = new Comparison(this.model, this.world, (message) => this.fail(message))
  }

  run(): void {
    this.compare.all()
    for (const command of this.schedule.commands) this.step(command)
    // Nobody is left hanging, whatever the schedule did.
    this.step({ do: "close" })
    this.step({ do: "advance", by: longEnough })
    if (this.world.ended.size !== this.callers) this.fail("a caller hangs")
  }

  private step(command: Command): void {
    this.log.push(`${String(this.model.now).padStart(9)}  ${showCommand(command)}`)
    try {
      this.perform(command)
      this.settle()
      this.compare.all()
    } catch (error) {
      if (error instanceof Disagreement) throw error
      this.fail(error instanceof Error ? (error.stack ?? error.message) : String(error))
    }
  }

  private perform(command: Command): void {
    switch (command.do) {
      case "get":
      case "refresh":
        this.ask(command.do, command.times)
        break
      case "invalidate":
        this.invalidate(command.which)
        break
      case "clear":
      case "close":
        this.model[command.do]()
        this.world[command.do]()
        break
      case "interrupt":
        this.interrupt(command.nth)
        break
      case "advance":
        this.advanceTo(this.model.now + command.by)
        break
      case "advance to": {
        const instant = this.model.instants[command.instant]
        if (instant !== undefined && instant !== Infinity) this.advanceTo(instant + command.offset)
        break
      }
      case "outlast windows":
        for (let i = 0; i < command.times; i++) this.outlast(command.ask)
        break
      case "server":
        this.model.serve(command.script)
        this.world.serve(command.script)
        break
    }
  }

  private ask(what: "get" | "refresh", times: number): void {
    // Whether one caller of a burst sees what an answer at once brings to another is up to the scheduler.
    const burst = this.model.answersAtOnce ? 1 : times
    for (let done = 0; done < times; done += burst) {
      const callers = Array.from({ length: burst }, () => ++this.callers)
      for (const caller of callers) {
        this.note(`#${caller}`)
        this.compare.expect(caller)
        this.model[what](caller)
      }
      this.world.ask(what, callers)
      this.settle()
    }
  }

  private outlast(ask: "get" | "refresh"): void {
    this.ask(ask, 1)
    if (this.model.instants["the flight's next step"] !== undefined)
      this.advanceTo(this.model.now + longEnough)
    const end = this.model.instants["the window's end"]
    if (end !== undefined && end !== Infinity) this.advanceTo(end)
    this.compare.all()
  }

  private invalidate(which: Refused): void {
    const { tokens } = this.world
    const token = which === "a foreign token" ? foreign : tokens.at(which === "the newest token" ? -1 : -2)
    if (token === undefined) return
    const value = Redacted.value(token.value)
    this.note(`(${value})`)
    this.compare.equal(`invalidate ${value}`, this.model.invalidate(value), this.world.invalidate(token))
  }

  private interrupt(nth: number): void {
    const { waiting } = this.model
    const caller = waiting[nth % waiting.length]
    if (caller === undefined) return
    this.note(`#${caller}`)
    this.model.interrupt(caller)
    this.world.interrupt(caller)
  }

  private advanceTo(instant: number): void {
    this.model.advanceTo(instant)
    this.world.advanceTo(instant)
  }

  private settle(): void {
    this.model.settle()
    this.world.settle()
  }

  /** Adds to the line of the command under way. */
  private note(text: string): void {
    const line = this.log.pop()
    if (line !== undefined) this.log.push(`${line} ${text}`)
  }

  private fail(message: string): never {
    const setting = `with ${showSetting(this.schedule.setting)}`
    throw new Disagreement([setting, "", ...this.log, "", `at ${this.model.now}: ${message}`].join("\n"))
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
