import * as fc from "effect/FastCheck"
import type { Phase } from "./Process.js"
import type { Trouble } from "./Server.js"
import type { Operation, Outage } from "./SharedStore.js"

/** Where a process is caught: at once, or at one of its next steps. */
export type Where =
  "at once" | { readonly operation: Operation | "request"; readonly phase: Phase; readonly nth: number }

/** One step of a schedule. `who` is one of the processes that there are. Any can be left out. */
export type Command =
  | { readonly do: "get"; readonly who: number | "all"; readonly times: number }
  | { readonly do: "refresh" | "invalidate" | "clear"; readonly who: number }
  | { readonly do: "start" | "rekey" }
  | { readonly do: "close"; readonly who: number }
  | {
      readonly do: "kill" | "stop"
      readonly who: number
      readonly where: Where
      /** What it is asked for before that. */
      readonly at: "get" | "refresh" | undefined
      /** After how long one that was stopped goes on by itself. */
      readonly lasts?: number | undefined
    }
  | { readonly do: "go on"; readonly who: number; readonly first: "answers" | "timers" }
  | { readonly do: "advance"; readonly by: number }
  | { readonly do: "server"; readonly troubles: ReadonlyArray<Trouble | undefined> }
  | {
      readonly do: "store"
      readonly outage: Outage | undefined
      readonly operation: Operation | "any"
      readonly lasts: number
    }

/** What may happen in a schedule beside what callers do. */
export interface Hazards {
  readonly death: boolean
  readonly stops: boolean
  readonly outages: boolean
  readonly trouble: boolean
  /** Clocks differ by up to four seconds. */
  readonly skew: boolean
}

export interface Schedule {
  readonly replay: "safe" | "once"
  readonly gracePeriod: number | undefined
  readonly lifetime: number
  readonly storeLatency: number
  readonly serverLatency: number
  readonly chances: ReadonlyArray<number>
  readonly ahead: ReadonlyArray<number>
  readonly order: number
  readonly commands: ReadonlyArray<Command>
}

const who = fc.nat({ max: 5 })

const where: fc.Arbitrary<Where> = fc.oneof(
  { weight: 1, arbitrary: fc.constant("at once" as const) },
  {
    weight: 4,
    arbitrary: fc.record({
      operation: fc.constantFrom(
        ...(["load", "acquire", "intent", "request", "request", "save", "release"] as const)
      ),
      phase: fc.constantFrom(...(["leaving", "done", "answering"] as const)),
      nth: fc.constantFrom(1, 1, 1, 2)
    })
  }
)

const at = fc.constantFrom<"get" | "refresh" | undefined>("refresh", "get", undefined)

const calls: ReadonlyArray<fc.WeightedArbitrary<Command>> = [
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant("get" as const),
      who: fc.oneof(who, fc.constant("all" as const)),
      times: fc.constantFrom(1, 1, 3)
    })
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("refresh" as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("invalidate" as const, "clear" as const), who }) },
  { weight: 2, arbitrary: fc.constantFrom<Command>({ do: "start" }, { do: "start" }, { do: "rekey" }) },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      by: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 0, max: 400 }) },
        { weight: 3, arbitrary: fc.constantFrom(1_000, 5_000, 12_000) },
        { weight: 3, arbitrary: fc.constantFrom(16_000, 26_000, 48_000, 61_000) }
      )
    })
  }
]

const deaths: ReadonlyArray<fc.WeightedArbitrary<Command>> = [
  { weight: 3, arbitrary: fc.record({ do: fc.constant("kill" as const), who, where, at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const), who }) }
]

const stops: ReadonlyArray<fc.WeightedArbitrary<Command>> = [
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("stop" as const),
      who,
      where,
      at,
      lasts: fc.constantFrom(4_000, 16_000, 27_000, 40_000, undefined)
    })
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("go on" as const),
      who,
      first: fc.constantFrom("answers" as const, "timers" as const)
    })
  }
]

const outages: ReadonlyArray<fc.WeightedArbitrary<Command>> = [
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("store" as const),
      outage: fc.constantFrom<Outage | undefined>("down", "broken", "hanging", "mute", undefined),
      operation: fc.constantFrom(
        ...(["any", "load", "acquire", "intent", "save", "save", "renew", "release"] as const)
      ),
      lasts: fc.constantFrom(100, 2_000, 20_000)
    })
  }
]

const troubles: ReadonlyArray<fc.WeightedArbitrary<Command>> = [
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("server" as const),
      troubles: fc.array(
        fc.constantFrom<Trouble | undefined>(
          "not sent",
          "reset",
          "swallowed",
          "lost",
          "unanswered",
          "busy",
          "limited",
          "asks to wait",
          undefined
        ),
        { minLength: 1, maxLength: 4 }
      )
    })
  }
]

/** Schedules with these hazards. */
export const schedule = (hazards: Hazards): fc.Arbitrary<Schedule> =>
  fc.record({
    replay: fc.constantFrom("once" as const, "once" as const, "safe" as const),
    // longer than any schedule lasts, or shorter than it takes a lease to end
    gracePeriod: fc.constantFrom(undefined, undefined, 86_400_000, 10_000),
    lifetime: fc.constantFrom(60_000, 20_000, 600_000),
    storeLatency: fc.constantFrom(1, 30),
    serverLatency: fc.constantFrom(50, 700),
    chances: fc.array(fc.constantFrom(0, 0.5, 1), { minLength: 1, maxLength: 3 }),
    ahead: hazards.skew
      ? fc.array(fc.constantFrom(0, 2_000, -2_000, 700), { minLength: 2, maxLength: 4 })
      : fc.constant([0]),
    order: fc.nat(),
    commands: fc.array(
      fc.oneof(
        ...calls,
        ...(hazards.death ? deaths : []),
        ...(hazards.stops ? stops : []),
        ...(hazards.outages ? outages : []),
        ...(hazards.trouble ? troubles : [])
      ),
      { minLength: 4, maxLength: 30, size: "max" }
    )
  })

/** A schedule as whoever mends something wants to read it. */
export const show = ({ commands, ...setting }: Schedule): string =>
  [JSON.stringify(setting), ...commands.map((command) => `  ${JSON.stringify(command)}`)].join("\n")
