import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Call, Process } from "./Process.js"
import type { Command, Hazards, Schedule, Where } from "./schedule.js"
import type { History } from "./judge.js"
import { Breach, judge, patience } from "./judge.js"
import { short, World } from "./World.js"

const second = 1000

/** What came about in the schedules that were played. */
export type Tally = Map<string, number>

/** Plays a schedule, and looks whether everything is as it has to be. */
export const play = async (schedule: Schedule, hazards: Hazards, tally: Tally): Promise<void> => {
  await new Play(schedule, hazards, tally).run()
}

class Play implements History {
  readonly world: World
  readonly seed: string
  readonly late = new Set<Process>()
  readonly closed = new Set<Process>()
  readonly closing: Array<Call<void, never>> = []
  deaths = 0
  private readonly stopped = new Set<Process>()

  constructor(
    readonly schedule: Schedule,
    readonly hazards: Hazards,
    private readonly tally: Tally
  ) {
    const { gracePeriod, lifetime, order } = schedule
    this.world = new World({ gracePeriod, lifetime, choose: chooser(order) })
    this.world.store.latency = schedule.storeLatency
    this.world.server.latency = schedule.serverLatency
    this.seed = this.world.server.login()
  }

  async run(): Promise<void> {
    await this.start()
    await this.start()
    for (const command of this.schedule.commands) await this.do(command)
    await this.quiet()
    judge(this)
    await this.goesOn()
  }

  // ------------------------------------------------------------------------------------------------ the schedule

  private async start(): Promise<Process> {
    const { ahead, chances, replay } = this.schedule
    const count = this.world.processes.length
    const process = await this.world.start(
      {
        replay,
        seed: this.seed,
        chance: chances[count % chances.length],
        ahead: ahead[count % ahead.length]
      },
      `P${count + 1}`
    )
    return process
  }

  private get living(): ReadonlyArray<Process> {
    return this.world.processes.filter((process) => process.isAlive && !this.closed.has(process))
  }

  private one(who: number): Process | undefined {
    const { living } = this
    return living[who % living.length]
  }

  private async do(command: Command): Promise<void> {
    const { server, store } = this.world
    switch (command.do) {
      case "advance":
        return this.world.pass(command.by)
      case "start":
        if (this.living.length < 5) await this.start()
        return
      case "rekey":
        if (this.world.record !== undefined) this.world.rekey()
        return
      case "get":
        return this.get(command.who === "all" ? this.living : toArray(this.one(command.who)), command.times)
      case "server":
        server.troubles = [...command.troubles]
        return
      case "store": {
        const until = this.world.time.now + command.lasts
        store.outage = ({ operation }) =>
          this.world.time.now < until && (command.operation === "any" || command.operation === operation)
            ? command.outage
            : undefined
        return
      }
      case "refresh":
      case "invalidate":
      case "clear":
      case "close":
      case "kill":
      case "stop":
      case "go on": {
        const process = this.one(command.who)
        if (process !== undefined) await this.with(process, command)
      }
    }
  }

  private async with(
    process: Process,
    command: Extract<
      Command,
      { readonly do: "refresh" | "invalidate" | "clear" | "close" | "kill" | "stop" | "go on" }
    >
  ): Promise<void> {
    switch (command.do) {
      case "refresh":
        process.refresh()
        return
      case "invalidate": {
        const tokens = process.calls.flatMap(({ ended }) =>
          ended !== undefined && Exit.isSuccess(ended.exit) ? [ended.exit.value] : []
        )
        const token = tokens.at(-1)
        if (token !== undefined && process.isRunning) process.invalidate(token)
        return
      }
      case "clear":
        if (process.isRunning) process.clear()
        return
      case "close":
        this.closed.add(process)
        this.closing.push(process.close())
        return
      case "kill":
        this.catch(process, command.where, "kill", () => {
          if (!process.isAlive) return
          this.deaths++
          process.kill()
        })
        if (command.at !== undefined && process.isRunning) process[command.at]()
        // somebody takes its place
        if (this.living.length < 2) await this.start()
        return
      case "stop":
        this.catch(process, command.where, "stop", () => {
          this.late.add(process)
          this.stopped.add(process)
          process.stop()
          const { lasts } = command
          if (lasts !== undefined) this.world.time.after(lasts, () => process.goOn())
        })
        if (command.at !== undefined && process.isRunning) process[command.at]()
        return
      case "go on":
        this.stopped.delete(process)
        process.goOn(command.first)
    }
  }

  private catch(process: Process, where: Where, what: string, action: () => void): void {
    if (where === "at once") action()
    else {
      process.at(
        where.operation,
        where.phase,
        () => {
          this.count(`${what}: ${where.operation}`)
          action()
        },
        where.nth
      )
    }
  }

  /** L6: who has a token in hand is answered with it at once. */
  private async get(processes: ReadonlyArray<Process>, times: number): Promise<void> {
    const running = processes.filter(({ isRunning }) => isRunning)
    const usable = new Set<Process>()
    for (const process of running) {
      if (process.status().remainingSeconds > 0) usable.add(process)
    }
    const calls = running.flatMap((process) =>
      Array.from({ length: times }, () => ({ process, call: process.get() }))
    )
    await this.world.settle()
    for (const { call, process } of calls) {
      if (!usable.has(process) || !process.isRunning) continue
      if (call.ended === undefined || !Exit.isSuccess(call.ended.exit)) {
        throw new Breach(`L6 ${process.name} had a token in hand, and was not answered with one at once`)
      }
    }
  }

  // ------------------------------------------------------------------------------------------------ its end

  /** Nothing is in the way any more, and everything comes to an end. */
  private async quiet(): Promise<void> {
    const { server, store } = this.world
    server.troubles = []
    store.outage = () => undefined
    for (const process of this.world.processes) process.letGo()
    for (const process of this.stopped) process.goOn()
    this.stopped.clear()
    await this.world.pass(patience)
  }

  /** Every process has a token afterwards, or all of them say that the grant is gone. */
  private async goesOn(): Promise<void> {
    const isGone = this.schedule.replay === "once" && this.world.server.isRevoked(this.seed)
    const { lifetime } = this.schedule
    await this.world.pass(lifetime + second)
    if (this.living.length === 0) await this.start()
    const calls = this.living.map((process) => process.get())
    await this.world.pass(patience)
    const isGoneNow = this.schedule.replay === "once" && this.world.server.isRevoked(this.seed)
    for (const { ended, process } of calls) {
      if (ended === undefined) throw new Breach(`L5 ${process} hangs at the end`)
      if (Exit.isSuccess(ended.exit) && !isGone) continue
      const error = Exit.isFailure(ended.exit)
        ? Option.getOrUndefined(Cause.failureOption(ended.exit.cause))
        : undefined
      if (error?._tag !== "ReauthorizationRequired") {
        throw new Breach(
          `${process} has no token at the end, and no reason: ${error === undefined ? "" : short(error)}`
        )
      }
      if (!isGoneNow) throw new Breach(`${process} takes a grant for gone that is not`)
      this.count("a grant was lost")
    }
    if (this.world.leased > 0) throw new Breach("the lease was not given back at the end")
    if (this.world.hasIntent) throw new Breach("the intent was not cleared at the end")
    if (isGoneNow) return this.logsInAgain()
    const refreshToken = this.world.storedRefreshToken
    if (refreshToken !== undefined && this.world.server.isUsed(refreshToken)) {
      throw new Breach("S26 what is kept is older than what the server has granted last")
    }
  }

  /** A new login is found by all of them. */
  private async logsInAgain(): Promise<void> {
    const login = this.world.server.login()
    const process = await this.world.start({ seed: login }, "new")
    await this.world.token(process.get())
    await this.world.pass(601 * second)
    for (const other of this.living) {
      const call = other.get()
      await this.world.pass(patience)
      if (call.ended === undefined || !Exit.isSuccess(call.ended.exit)) {
        throw new Breach(`${other.name} does not find the new login`)
      }
    }
    this.count("a new login was found")
  }

  count(what: string, by = 1): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + by)
  }
}

const toArray = <A>(value: A | undefined): ReadonlyArray<A> => (value === undefined ? [] : [value])

/** A choice that is the same for the same number (mulberry32). */
const chooser = (order: number): ((among: number) => number) => {
  let state = order
  return (among) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % among
  }
}
