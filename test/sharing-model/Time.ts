import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"
import { vi } from "vitest"
import * as Digests from "./digests.js"

/** When every test begins: no instant of a test is zero. */
export const epoch = Date.UTC(2030, 0, 1)

/** More steps than this without the clock moving are a loop. */
const restlessness = 100_000

/** The process whose fibers go on right now, for what they ask of the event loop. */
let current: Turns | undefined

const realTimeout = globalThis.setTimeout

/** A fiber that gives way to the event loop gives way to that of its process, which stands still with it. */
vi.spyOn(globalThis, "setTimeout").mockImplementation(((
  callback: (...rest: ReadonlyArray<unknown>) => void,
  delay?: number,
  ...rest: ReadonlyArray<unknown>
) => {
  if (current === undefined || (delay ?? 0) > 0) return realTimeout(callback, delay, ...rest)
  current.giveWay(callback)
  return undefined
  // what it gives is for `clearTimeout`, which nobody calls who only gives way
}) as typeof globalThis.setTimeout)

/** What the fibers of one process have to do next. Nobody but {@link Time} lets them. */
export class Turns implements Scheduler.Scheduler {
  private tasks: Array<Scheduler.Task> = []
  isHeld = false

  /** `giveWay`: goes on after a turn of the event loop. */
  constructor(readonly giveWay: (goOn: () => void) => void) {}

  shouldYield = Scheduler.defaultShouldYield

  scheduleTask(task: Scheduler.Task): void {
    this.tasks.push(task)
  }

  get areWaiting(): boolean {
    return !this.isHeld && this.tasks.length > 0
  }

  /** One of them goes on. */
  take(): void {
    const task = this.tasks.shift()
    if (task !== undefined) within(this, task)
  }

  /** None goes on ever again. */
  drop(): void {
    this.tasks = []
    this.isHeld = true
  }
}

const within = (turns: Turns, task: () => void): void => {
  current = turns
  try {
    task()
  } finally {
    current = undefined
  }
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** The one clock of all processes, and whose turn it is: everything happens in one order, which `choose` decides. */
export class Time {
  now = epoch
  private readonly turns: Array<Turns> = []
  private timers: Array<Timer> = []

  /** `choose(n)` is a number from 0 to n - 1. */
  constructor(private readonly choose: (among: number) => number = () => 0) {}

  /** The fibers of one more process. */
  addTurns(giveWay: (goOn: () => void) => void): Turns {
    const turns = new Turns(giveWay)
    this.turns.push(turns)
    return turns
  }

  /** Has something happen after a time, and gives the way to call it off. */
  after(millis: number, run: () => void): () => void {
    const timer: Timer = { at: this.now + Math.max(0, millis), run }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((other) => other !== timer)
    }
  }

  /** Lets happen what can while the clock stands still. */
  async settle(): Promise<void> {
    for (let steps = 0; ; steps++) {
      if (steps > restlessness) throw new Error("the fibers do not come to rest")
      if (this.step()) continue
      if (!Digests.areUnderWay()) return
      await Digests.told()
    }
  }

  /** Moves to an instant, by way of every instant at which something happens. */
  async advanceTo(instant: number): Promise<void> {
    await this.settle()
    for (;;) {
      const next = Math.min(...this.timers.map(({ at }) => at))
      if (next > instant) break
      this.now = next
      await this.settle()
    }
    this.now = Math.max(this.now, instant)
  }

  /** The next instant at which something happens. */
  get next(): number {
    return Math.min(...this.timers.map(({ at }) => at))
  }

  private step(): boolean {
    const waiting = this.turns.filter(({ areWaiting }) => areWaiting)
    const turns = waiting[waiting.length > 1 ? this.choose(waiting.length) : 0]
    if (turns !== undefined) {
      turns.take()
      return true
    }
    const due = this.timers.filter(({ at }) => at <= this.now)
    const timer = due[due.length > 1 ? this.choose(due.length) : 0]
    if (timer === undefined) return false
    this.timers = this.timers.filter((other) => other !== timer)
    timer.run()
    return true
  }
}

/** The time as an effect sees it, on a clock that may be ahead of the others. */
export const clockOf = (
  time: Time,
  sleep: (duration: Duration.Duration) => Effect.Effect<void>,
  ahead = 0
): Clock.Clock => {
  const millis = (): number => time.now + ahead
  const nanos = (): bigint => BigInt(Math.round(millis() * 1_000_000))
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanos: Effect.sync(nanos),
    unsafeCurrentTimeMillis: millis,
    unsafeCurrentTimeNanos: nanos,
    sleep
  }
}
