import * as Effect from "effect/Effect"
import type { ChildProcess } from "node:child_process"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("worker.ts", import.meta.url))

export interface Worker {
  readonly process: ChildProcess
  /** What it has told so far, as words. */
  readonly told: ReadonlyArray<ReadonlyArray<string>>
  /** When it has told a line that begins with this word. */
  readonly tells: (word: string) => Effect.Effect<void, Error>
  /** When it has ended and everything that it told was read: its exit code, or the signal that ended it. */
  readonly ended: Effect.Effect<number | NodeJS.Signals>
  readonly kill: Effect.Effect<void>
}

/** A process that uses the store of a directory. It is killed with the scope, if it has not ended. */
export const startWorker = (directory: string, job: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, ["--import", "tsx", program, directory, job], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      const told: Array<ReadonlyArray<string>> = []
      const waiting = new Map<string, () => void>()
      createInterface(child.stdout).on("line", (line) => {
        const words = line.split(" ")
        told.push(words)
        waiting.get(words[0] ?? "")?.()
      })
      const end = new Promise<number | NodeJS.Signals>((resolve) => {
        child.on("close", (code, signal) => resolve(signal ?? code ?? 1))
      })
      const ended = Effect.promise(() => end)
      const worker: Worker = {
        process: child,
        told,
        ended,
        kill: Effect.zipRight(
          Effect.sync(() => child.kill("SIGKILL")),
          ended
        ),
        tells: (word) =>
          Effect.raceFirst(
            Effect.async<void>((resume) => {
              if (told.some(([first]) => first === word)) resume(Effect.void)
              else waiting.set(word, () => resume(Effect.void))
            }),
            Effect.flatMap(ended, (how) => Effect.dieMessage(`ended (${how}) before it told ${word}`))
          )
      }
      return worker
    }),
    (worker) => worker.kill
  )
