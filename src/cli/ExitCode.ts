/** The exit codes of the command. */
import * as ValidationError from "@effect/cli/ValidationError"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"

/**
 * What the command was asked for did not come to pass: a step failed, there is no such provider, a file is not right.
 */
export const failed = 1

/** Nothing is configured. */
export const nothingConfigured = 2

/** Ctrl-C interrupted the command: 128 and the number of the signal, as shells count. */
export const interrupted = 130

/** `SIGTERM` ended the command. */
export const terminated = 143

/** The reader of standard output closed it, as `head` does. Shells show this code for `SIGPIPE`. */
export const outputClosed = 141

/** Ends the command with an exit code. The reason has been written before. */
export class Stop extends Data.TaggedError("Stop")<{ readonly code: number }> {}

/** The exit code of an exit. `interruption` is the code of an interrupted command. */
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
  // @effect/cli has written what is wrong with the command line
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
