import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"
import { digestsAtOnce } from "./digestsAtOnce.js"

/** More steps than this without the clock moving are a loop. */
const mostSteps = 100_000

interface Timer {
  readonly at: number
  readonly run: () => void
}

/**
 * A clock, timers and fibers that move only when a test says so. Fibers run in `settle` until none can continue; time
 * moves from one timer to the next, and everything settles after each. Nothing is asynchronous, so a schedule runs the
 * same way every time, exact to the millisecond. `TestClock` finds out by system timers whether fibers are suspended,
 * which takes too long for thousands of schedules.
 */
export class VirtualTime {
  private readonly schedulers: Array<VirtualScheduler> = []
  private timers: Array<Timer> = []
  private running: VirtualScheduler | undefined

  /** `choose(n)` picks which of `n` things that could happen next happens: a number from 0 to n - 1. */
  constructor(
    public now = 0,
    private readonly choose: (among: number) => number = () => 0
  ) {}

  /**
   * The scheduler of one more simulated process. `onYield` decides when a fiber continues that yields to the event loop;
   * by default at the same instant, after everything else.
   */
  addScheduler(onYield?: (resume: () => void) => void): VirtualScheduler {
    const scheduler = new VirtualScheduler(
      onYield ?? ((resume) => void this.after(0, () => scheduler.scheduleTask(resume)))
    )
    this.schedulers.push(scheduler)
    return scheduler
  }

  /** Runs something after a time. Returns what cancels it. */
  after(millis: number, run: () => void): () => void {
    const timer: Timer = { at: this.now + Math.max(0, millis), run }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((other) => other !== timer)
    }
  }

  readonly sleep = (duration: Duration.Duration): Effect.Effect<void> =>
    Effect.async((resume) => {
      const cancel = this.after(Duration.toMillis(duration), () => resume(Effect.void))
      return Effect.sync(cancel)
    })

  /** Runs everything that can happen while the clock stands still. */
  settle(): void {
    const { setTimeout } = globalThis
    // a fiber yields to the event loop by a timer without delay; here that is the event loop of its simulated process
    Reflect.set(globalThis, "setTimeout", (callback: () => void, delay = 0) =>
      delay > 0 || this.running === undefined ? setTimeout(callback, delay) : this.running.onYield(callback)
    )
    try {
      digestsAtOnce(() => {
        for (let steps = 0; this.step(); steps++) {
          if (steps > mostSteps) throw new Error("the fibers do not come to rest")
        }
      })
    } finally {
      Reflect.set(globalThis, "setTimeout", setTimeout)
    }
  }

  /** Moves to an instant, stopping at every instant at which a timer ends. */
  advanceTo(instant: number): void {
    this.settle()
    while (this.next <= instant) {
      this.now = this.next
      this.settle()
    }
    this.now = Math.max(this.now, instant)
  }

  /** The next instant at which a timer ends. */
  get next(): number {
    return this.timers.reduce((earliest, { at }) => Math.min(earliest, at), Infinity)
  }

  private step(): boolean {
    const waiting = this.schedulers.filter(({ hasWork }) => hasWork)
    const scheduler = waiting[waiting.length > 1 ? this.choose(waiting.length) : 0]
    if (scheduler !== undefined) {
      this.running = scheduler
      scheduler.runNext()
      this.running = undefined
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

/** What the fibers of one simulated process have to do next; only {@link VirtualTime} runs it. */
export class VirtualScheduler implements Scheduler.Scheduler {
  private tasks: Array<Scheduler.Task> = []
  isPaused = false

  constructor(readonly onYield: (resume: () => void) => void) {}

  shouldYield = Scheduler.defaultShouldYield

  scheduleTask(task: Scheduler.Task): void {
    this.tasks.push(task)
  }

  get hasWork(): boolean {
    return !this.isPaused && this.tasks.length > 0
  }

  runNext(): void {
    this.tasks.shift()?.()
  }

  /** Nothing runs any more. */
  kill(): void {
    this.tasks = []
    this.isPaused = true
  }
}

/** The virtual time as an effect sees it, on a clock that may be ahead of the others. */
export const clockOf = (
  time: VirtualTime,
  sleep: (duration: Duration.Duration) => Effect.Effect<void> = time.sleep,
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
