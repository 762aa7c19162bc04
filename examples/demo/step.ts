/** A step of the demo: what it claims, and what was measured. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { figure, type Screen } from "./screen.js"
import type { World } from "./world.js"

export interface Step {
  readonly title: string
  /** What it claims, in a line or two. */
  readonly claim: ReadonlyArray<string>
  /** Runs, says through `progress` how far it has come, and brings what was measured. */
  readonly run: (
    world: World,
    show: <A, E, R>(progress: () => string, self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  ) => Effect.Effect<ReadonlyArray<Finding>, unknown, HttpClient.HttpClient | Scope.Scope>
}

/** Something that was measured and, if it is part of the claim, whether it is as claimed. */
export interface Finding {
  readonly what: string
  readonly measured: number | string
  readonly claimed?: string
  readonly holds?: boolean
}

export const exactly = <A extends number | string>(what: string, measured: A, claimed: A): Finding => ({
  what,
  measured,
  claimed: figure(claimed),
  holds: measured === claimed
})

export const atLeast = (what: string, measured: number, least: number): Finding => ({
  what,
  measured,
  claimed: `at least ${figure(least)}`,
  holds: measured >= least
})

/** Worth knowing, and not part of the claim. */
export const note = (what: string, measured: number | string): Finding => ({ what, measured })

/** Runs a step before a person's eyes, and says whether everything was as claimed. */
export const perform = (
  screen: Screen,
  world: World,
  step: Step,
  number: number
): Effect.Effect<boolean, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    yield* screen.line(`\n${screen.bold(`${number}  ${step.title}`)}`)
    for (const line of step.claim) yield* screen.line(`   ${screen.dim(line)}`)
    const exit = yield* Effect.exit(Effect.scoped(step.run(world, screen.during)))
    if (Exit.isFailure(exit)) {
      if (Cause.isInterruptedOnly(exit.cause)) return yield* Effect.interrupt
      yield* screen.line(`   ${screen.red("✗")} it failed: ${String(Cause.squash(exit.cause))}`)
      return false
    }
    for (const { claimed, holds, measured, what } of exit.value) {
      const sign = holds === undefined ? screen.dim("·") : holds ? screen.green("✓") : screen.red("✗")
      const instead = holds === false ? screen.red(`, claimed: ${claimed ?? ""}`) : ""
      yield* screen.line(`   ${sign} ${what}: ${screen.bold(figure(measured))}${instead}`)
    }
    return exit.value.every(({ holds }) => holds !== false)
  })
