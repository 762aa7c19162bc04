/** Processes that share a grant. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { fork } from "node:child_process"
import { createInterface } from "node:readline"
import { bundledProgram } from "../../support/bundledProgram.js"
import type { Orders, Word } from "./orders.js"

/** The words of one kind. */
export type Told<T extends Word["told"]> = Extract<Word, { readonly told: T }>

export interface Worker {
  readonly pid: number
  /** What it has told so far. */
  readonly words: ReadonlyArray<Word>
  /** The next word of this kind, those that it has told already included, of which this is true. */
  readonly tells: <T extends Word["told"]>(
    told: T,
    isIt?: (word: Told<T>) => boolean
  ) => Effect.Effect<Told<T>>
  /** Gives it its orders. */
  readonly begin: (orders: Orders) => Effect.Effect<void>
  readonly signal: (signal: "SIGSTOP" | "SIGCONT") => Effect.Effect<void>
  /** Once it has a token, lets it refresh that, however good it is. */
  readonly refresh: Effect.Effect<void>
  /** Ends when it has ended, and all that it has told was read. */
  readonly kill: Effect.Effect<void>
  /** Lets it finish its gets and close its scope. */
  readonly stop: Effect.Effect<Told<"done">>
  /** How it has ended. */
  readonly ended: Effect.Effect<string>
}

/** The program of a worker. */
export const program: Effect.Effect<string, never, Scope.Scope> = bundledProgram(
  "test/sharing/support/worker.ts"
)

/** A worker that waits for its orders. It is killed with the scope, if it has not ended. */
export const idle = (program: string): Effect.Effect<Worker, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => spawn(program)),
    (worker) => worker.kill
  )

/** A worker that has its orders. */
export const start = (program: string, orders: Orders): Effect.Effect<Worker, never, Scope.Scope> =>
  Effect.tap(idle(program), (worker) => worker.begin(orders))

const spawn = (program: string): Worker => {
  const child = fork(program, { execArgv: [], stdio: ["ignore", "pipe", "inherit", "ipc"] })
  const words: Array<Word> = []
  const listeners = new Set<() => void>()
  if (child.stdout === null || child.pid === undefined) throw new Error("no worker was started")
  createInterface(child.stdout).on("line", (line) => {
    // a worker tells nothing else
    words.push(JSON.parse(line) as Word)
    for (const listener of [...listeners]) listener()
  })
  const end = new Promise<string>((resolve) => {
    child.once("close", (code, signal) => resolve(String(signal ?? code)))
  })
  const ended = Effect.promise(() => end)
  const tells: Worker["tells"] = (told, isIt = () => true) =>
    Effect.raceFirst(
      Effect.async((resume) => {
        const look = () => {
          const word = words.find(isWord(told, isIt))
          if (word === undefined) return
          listeners.delete(look)
          resume(Effect.succeed(word))
        }
        listeners.add(look)
        look()
        return Effect.sync(() => listeners.delete(look))
      }),
      Effect.flatMap(ended, (how) => Effect.dieMessage(`a worker has ended (${how}) before it told ${told}`))
    )
  return {
    pid: child.pid,
    words,
    begin: (orders) => Effect.sync(() => child.send(orders)),
    tells,
    ended,
    signal: (signal) => Effect.sync(() => child.kill(signal)),
    kill: Effect.zipRight(
      Effect.sync(() => child.kill("SIGKILL")),
      ended
    ),
    refresh: Effect.flatMap(tells("token"), () => {
      const before = words.length
      child.send("refresh")
      return Effect.asVoid(tells("refreshed", (word) => words.indexOf(word) >= before))
    }),
    stop: Effect.zipRight(
      Effect.sync(() => child.send("stop")),
      Effect.zipLeft(tells("done"), ended)
    )
  }
}

const isWord =
  <T extends Word["told"]>(told: T, isIt: (word: Told<T>) => boolean) =>
  (word: Word): word is Told<T> =>
    // the words of a kind are those that tell so
    word.told === told && isIt(word as Told<T>)
