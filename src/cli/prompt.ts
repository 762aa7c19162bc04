/** A question on the terminal. */
import * as Terminal from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as ExitCode from "./ExitCode.js"
import { Stop } from "./ExitCode.js"
import type { Writer } from "./Output.js"
import { Output } from "./Output.js"
import { node } from "./process.js"

/** Whether a question can be asked: standard input and output are terminals. */
export const canAsk = ({ isTerminal }: Writer): boolean => isTerminal && node.stdin.isTTY === true

/** Whether the answer is yes. One key answers; each one but `y` says no, and Ctrl-C ends the command. */
export const ask = (question: string): Effect.Effect<boolean, Stop, Output | Terminal.Terminal> =>
  Effect.gen(function* () {
    const { line, write } = yield* Output
    // reading begins before the question, so that the terminal does not echo the answer
    const keys = yield* (yield* Terminal.Terminal).readInput
    yield* write(`${question} [y/N] `)
    const { key } = yield* Effect.mapError(keys.take, () => ended)
    yield* line(key.ctrl ? "" : key.name === "y" ? "yes" : "no")
    return key.ctrl ? yield* ended : key.name === "y"
  }).pipe(Effect.scoped)

const ended = new Stop({ code: ExitCode.interrupted })
