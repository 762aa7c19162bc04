import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ChildProcess } from "node:child_process"
import { fork } from "node:child_process"
import { bundledProgram } from "../../../support/bundledProgram.js"
import type { Orders, Word } from "./orders.js"

/** The program of a process. */
export const bundle: Effect.Effect<string, never, Scope.Scope> = bundledProgram(
  "test/store/sql/support/sibling.ts"
)

/** Starts a process for each of the orders, gives them out when all are ready, and waits until all are done. */
export const runSiblings = (
  file: string,
  orders: ReadonlyArray<Orders>
): Effect.Effect<ReadonlyArray<string>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const children = yield* Effect.forEach(orders, (order) =>
      Effect.acquireRelease(
        Effect.sync(() => fork(file, { stdio: ["ignore", "inherit", "inherit", "ipc"] })),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      ).pipe(Effect.map((child) => [child, order] as const))
    )
    const nextWord = (child: ChildProcess) =>
      Effect.async<Word>((resume) => {
        child.once("exit", (code) => resume(Effect.succeed({ problem: `exit code ${String(code)}` })))
        child.once("message", (word: Word) => resume(Effect.succeed(word)))
      })
    yield* Effect.forEach(children, ([child]) => nextWord(child), { concurrency: "unbounded" })
    const words = yield* Effect.forEach(
      children,
      ([child, order]) =>
        Effect.zipRight(
          Effect.sync(() => child.send(order)),
          nextWord(child)
        ),
      { concurrency: "unbounded" }
    )
    return words.flatMap((word) => (typeof word === "string" ? [word] : (word.problem ?? [])))
  })
