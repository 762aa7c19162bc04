import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

/** More rounds than this without rest are a loop. */
const restlessness = 10_000

/**
 * Time and fibers under one hand: fibers run only in `settle`, until none can go on, and time moves from one sleeper
 * to the next, with a `settle` after each. Nothing is asynchronous, so that a schedule runs the same way each time,
 * exactly to the instant, and in well under a millisecond. `TestClock` decides in real time, by timers of its own,
 * that fibers are at rest: thousands of schedules would take minutes.
 */
export class VirtualTime implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  readonly scheduler = new Scheduler.ControlledScheduler()
  private now = 0
  private sleepers: ReadonlyArray<Sleeper> = []

  readonly currentTimeMillis = Effect.sync(() => this.now)
  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())

  unsafeCurrentTimeMillis(): number {
    return this.now
  }

  unsafeCurrentTimeNanos(): bigint {
    return BigInt(Math.round(this.now * 1_000_000))
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.async((resume) => {
      const sleeper = { until: this.now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
      this.sleepers = [...this.sleepers, sleeper]
      return Effect.sync(() => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper)
      })
    })
  }

  /** Lets every fiber that can run do so, while the clock stands still. */
  settle(): void {
    for (let rounds = 0; this.scheduler.tasks.buckets.length > 0; rounds++) {
      if (rounds > restlessness) throw new Error("the fibers do not come to rest")
      this.scheduler.step()
    }
  }

  /** Moves to an instant, waking whoever sleeps until then, one after the other. */
  advanceTo(instant: number): void {
    this.settle()
    for (let wakings = 0; ; wakings++) {
      if (wakings > restlessness) throw new Error("time does not move on")
      const next = this.sleepers
        .filter(({ until }) => until <= instant)
        .reduce<Sleeper | undefined>((a, b) => (a === undefined || b.until < a.until ? b : a), undefined)
      if (next === undefined) break
      this.sleepers = this.sleepers.filter((other) => other !== next)
      this.now = Math.max(this.now, next.until)
      next.wake()
      this.settle()
    }
    this.now = Math.max(this.now, instant)
  }
}
