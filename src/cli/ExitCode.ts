/** How the command ends. */
import * as ValidationError from "@effect/cli/ValidationError"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"

/**
 * What the command was asked for did not come to pass: a step failed, there is no such provider, a file is not right.
 */
export const failed = 1

/** There is no provider to do anything with. */
export const nothingConfigured = 2

/** Somebody pressed Ctrl-C: 128 and the number of the signal, as a shell counts it. */
export const interrupted = 130

/** Somebody ended the process by `SIGTERM`. */
export const terminated = 143

/** Whoever read the output has gone, as `head` does: what a shell sees of a program that dies of it. */
export const outputClosed = 141

/** The command ends here, with this exit code. Everything that is to be said has been said. */
export class Stop extends Data.TaggedError("Stop")<{ readonly code: number }> {}

/** The exit code of a command that has ended so; `interruption` is that of one that was interrupted. */
export const of = (exit: Exit.Exit<unknown, unknown>, interruption: number): number =>
  Exit.match(exit, {
    onSuccess: () => 0,
    onFailure: (cause) =>
      Option.match(stopIn(cause), {
        onSome: ({ code }) => code,
        onNone: () => (Cause.isInterruptedOnly(cause) ? interruption : failed)
      })
  })

/**
 * What to say of an end that nobody foresaw. The message stays behind, since nobody knows what it tells: the kind of the
 * error and the lines of its stack have to do.
 */
export const unforeseen = (cause: Cause.Cause<unknown>): ReadonlyArray<string> => {
  if (Cause.isInterruptedOnly(cause) || Option.isSome(stopIn(cause))) return []
  const error = Cause.squash(cause)
  // a wrong command line has been answered with what is wrong about it
  if (ValidationError.isValidationError(error)) return []
  const { message, name, stack = "" } = error instanceof Error ? error : { message: "", name: typeof error }
  return [
    `This is a bug in effect-oauth: it ended by ${name}.`,
    ...stack
      .replace(message, "")
      .split("\n")
      .filter((line) => line.startsWith("    at "))
  ]
}

const stopIn = (cause: Cause.Cause<unknown>): Option.Option<Stop> =>
  Option.filter(
    Option.orElse(Cause.failureOption(cause), () => Cause.dieOption(cause)),
    (error) => error instanceof Stop
  )
