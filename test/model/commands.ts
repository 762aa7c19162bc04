import * as fc from "effect/FastCheck"
import { laws, others } from "./laws.js"
import type { Instant, Setting } from "./predictions.js"
import type { Answer, FatalTag, Result, Script } from "./Server.js"
import { showScript, time } from "./Server.js"

/** Which token a server refused: among those that callers got, or one that no caller got. */
export type Refused = "the newest token" | "the token before" | "a foreign token"

/** One step of a schedule. Each of them can be done in any state, so that shrinking may leave out any other. */
export type Command =
  | { readonly do: "get" | "refresh"; readonly times: number }
  | {
      readonly do: "invalidate"
      readonly which: "the newest token" | "the token before" | "a foreign token"
    }
  | { readonly do: "clear" | "close" }
  | { readonly do: "interrupt"; readonly nth: number }
  | { readonly do: "advance"; readonly by: number }
  | { readonly do: "advance to"; readonly instant: Instant; readonly offset: -1 | 0 | 1 }
  /** A caller who comes back at the end of each window. */
  | { readonly do: "outlast windows"; readonly ask: "get" | "refresh"; readonly times: number }
  | { readonly do: "server"; readonly script: Script }

export interface Schedule {
  readonly setting: Setting & {
    /** How soon fibers give way to each other. */
    readonly opsBeforeYield: number
  }
  readonly commands: ReadonlyArray<Command>
}

export const showCommand = (command: Command): string => {
  switch (command.do) {
    case "get":
    case "refresh":
      return command.times === 1 ? command.do : `${command.do} ×${command.times}`
    case "invalidate":
      return `invalidate ${command.which}`
    case "clear":
    case "close":
      return command.do
    case "interrupt":
      return "interrupt"
    case "advance":
      return `advance ${time(command.by)}`
    case "advance to":
      return `advance to ${command.instant}${command.offset === 0 ? "" : command.offset > 0 ? " + 1 ms" : " - 1 ms"}`
    case "outlast windows":
      return `outlast windows by ${command.ask} ×${command.times}`
    case "server":
      return `server: ${showScript(command.script)}`
  }
}

export const showSetting = ({ numbers, opsBeforeYield, random, replay }: Schedule["setting"]): string =>
  `a ${replay} grant, ${numbers === laws ? "the numbers of the laws" : "other numbers"}, ` +
  `chance ${random}, ${opsBeforeYield} steps before a fiber yields`

// ------------------------------------------------------------------------------------------------------- arbitraries

const seconds = (...values: ReadonlyArray<number>): ReadonlyArray<number> =>
  values.map((value) => value * 1000)

/** Shrinks towards the first of several, so the plainest comes first. */
const simplestFirst = { withCrossShrink: true }

const delay: fc.Arbitrary<Answer["delay"]> = fc.oneof(
  simplestFirst,
  { weight: 10, arbitrary: fc.constantFrom(50, 400, 2_000) },
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.constant("at once" as const) },
  { weight: 2, arbitrary: fc.constantFrom(2_999, 9_999) },
  { weight: 2, arbitrary: fc.constantFrom(12_000, Infinity) }
)

const token: fc.Arbitrary<Result> = fc.record({
  _tag: fc.constant("Token" as const),
  expiresIn: fc.oneof(
    simplestFirst,
    { weight: 6, arbitrary: fc.constantFrom(...seconds(60, 600, 3_600, 10)) },
    { weight: 2, arbitrary: fc.constantFrom(...seconds(1, 2)) },
    { weight: 2, arbitrary: fc.constantFrom(undefined, 0, Infinity) }
  ),
  refreshIn: fc.oneof(
    simplestFirst,
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: fc.constantFrom(...seconds(5, 30, 0, 60, 7_200)) }
  ),
  rotates: fc.boolean(),
  sameValue: fc.oneof(
    simplestFirst,
    { weight: 8, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) }
  )
})

const wish: fc.Arbitrary<number | undefined> = fc.oneof(
  simplestFirst,
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 4, arbitrary: fc.constantFrom(...seconds(1, 1.999, 2, 4.999, 5)) },
  { weight: 3, arbitrary: fc.constantFrom(...seconds(5.001, 30, 60, 600)) },
  { weight: 2, arbitrary: fc.constantFrom(...seconds(0, -1, 0.001)) },
  { weight: 1, arbitrary: fc.constantFrom(...seconds(60.001, 600.001, 3_600)) }
)

const transient: fc.Arbitrary<Result> = fc
  .tuple(
    fc.constantFrom(
      { reason: "ServerError", status: 503 } as const,
      { reason: "NotSent", status: undefined } as const,
      { reason: "NoAnswer", status: undefined } as const,
      { reason: "RateLimited", status: 429 } as const,
      { reason: "ServerError", status: 500 } as const,
      { reason: "RateLimited", status: 400 } as const,
      { reason: "Timeout", status: undefined } as const
    ),
    wish
  )
  .map(([failure, wish]) => ({ _tag: "TransientFailure", ...failure, wish }))

const fatal: fc.Arbitrary<Result> = fc
  .oneof(
    simplestFirst,
    { weight: 4, arbitrary: fc.constant<FatalTag>("CredentialRejected") },
    { weight: 3, arbitrary: fc.constant<FatalTag>("InvalidTokenResponse") },
    {
      weight: 3,
      arbitrary: fc.constantFrom<FatalTag>(
        "StoreFailure",
        "InvalidConfiguration",
        "LoginFailed",
        "ReauthorizationRequired",
        "Defect"
      )
    }
  )
  .map((_tag) => ({ _tag }))

/** A bug is not met at once, for whether another caller meets the bug or its window would be up to the scheduler. */
const answerOf = (result: fc.Arbitrary<Result>): fc.Arbitrary<Answer> =>
  fc.record({ result, delay }).map(({ delay, result }) => ({
    result,
    delay: result._tag === "Defect" && delay === "at once" ? 0 : delay
  }))

const answer = fc.oneof(
  simplestFirst,
  { weight: 8, arbitrary: answerOf(token) },
  { weight: 4, arbitrary: answerOf(transient) },
  { weight: 2, arbitrary: answerOf(fatal) }
)

const script: fc.Arbitrary<Script> = fc.oneof(
  simplestFirst,
  { weight: 3, arbitrary: answer.map((first): Script => [first]) },
  { weight: 2, arbitrary: fc.tuple(answer, answer) },
  { weight: 1, arbitrary: fc.tuple(answer, answer, answer) }
)

/** Most schedules begin with a server that is well, so that there is a token to lose. */
const firstScript: fc.Arbitrary<Script> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(answerOf(token), fc.option(answer, { freq: 9, nil: undefined }))
      .map(([first, second]): Script => (second === undefined ? [first] : [first, second]))
  },
  { weight: 2, arbitrary: script }
)

const serverOf = (script: fc.Arbitrary<Script>): fc.Arbitrary<Command> =>
  fc.record({ do: fc.constant("server" as const), script })

const times = fc.oneof(
  simplestFirst,
  { weight: 5, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constantFrom(2, 3) }
)

const get: fc.Arbitrary<Command> = fc.record({ do: fc.constant("get" as const), times })

const advance: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("advance to" as const),
      instant: fc.oneof(
        simplestFirst,
        { weight: 4, arbitrary: fc.constant<Instant>("the flight's next step") },
        { weight: 4, arbitrary: fc.constant<Instant>("refresh due") },
        { weight: 2, arbitrary: fc.constant<Instant>("the window's end") },
        { weight: 1, arbitrary: fc.constantFrom<Instant>("expiry", "the guard's end") }
      ),
      offset: fc.oneof(
        simplestFirst,
        { weight: 6, arbitrary: fc.constant(0 as const) },
        { weight: 1, arbitrary: fc.constantFrom(-1 as const, 1 as const) }
      )
    })
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      by: fc.oneof(
        simplestFirst,
        { weight: 5, arbitrary: fc.constantFrom(1, 100, 250, 500, 1_000, 2_000, 5_000) },
        { weight: 2, arbitrary: fc.constantFrom(10_000, 30_000, 60_000) },
        { weight: 1, arbitrary: fc.constantFrom(300_000, 3_600_000) }
      )
    })
  }
)

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 20, arbitrary: get },
  { weight: 24, arbitrary: advance },
  { weight: 8, arbitrary: serverOf(script) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("refresh" as const), times }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("invalidate" as const),
      which: fc.oneof(
        simplestFirst,
        { weight: 4, arbitrary: fc.constant("the newest token" as const) },
        { weight: 1, arbitrary: fc.constantFrom("the token before" as const, "a foreign token" as const) }
      )
    })
  },
  { weight: 2, arbitrary: fc.constant<Command>({ do: "clear" }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("interrupt" as const), nth: fc.nat({ max: 3 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("outlast windows" as const),
      ask: fc.constantFrom("get" as const, "refresh" as const),
      times: fc.integer({ min: 1, max: 7 })
    })
  }
)

const commands = (maxLength: number) => fc.array(command, { maxLength, size: "max" })

export const schedule: fc.Arbitrary<Schedule> = fc.record({
  setting: fc.record({
    replay: fc.constantFrom("safe" as const, "once" as const),
    numbers: fc.oneof(
      simplestFirst,
      { weight: 4, arbitrary: fc.constant(laws) },
      { weight: 1, arbitrary: fc.constant(others) }
    ),
    random: fc.constantFrom(0.5, 0, 0.25, 0.75),
    // Effect's own default; and about as few as its fibers still get on with.
    opsBeforeYield: fc.oneof(
      simplestFirst,
      { weight: 3, arbitrary: fc.constant(2048) },
      { weight: 2, arbitrary: fc.constantFrom(40, 17, 11) }
    )
  }),
  commands: fc
    .tuple(
      serverOf(firstScript),
      commands(40),
      fc.oneof(
        simplestFirst,
        { weight: 3, arbitrary: fc.constant<ReadonlyArray<Command>>([]) },
        {
          weight: 1,
          arbitrary: fc
            .tuple(commands(2), commands(6))
            .map(([before, after]): ReadonlyArray<Command> => [...before, { do: "close" }, ...after])
        }
      )
    )
    .map(([first, main, end]) => [first, ...main, ...end])
})
