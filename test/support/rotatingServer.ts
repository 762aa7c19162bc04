/**
 * `oidc-provider` in a process of its own, with refresh tokens that rotate: each is good for one use, and its second use
 * revokes the grant, unless the client has a time of grace.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { News, Orders, Word } from "./rotatingServerMessages.js"

export type { Client, ClientSettings, News, Presented, TokenRequest } from "./rotatingServerMessages.js"

export interface RotatingServer {
  readonly tokenUrl: string
  /** Asks the server for something; see `Orders`. */
  readonly ask: <K extends keyof Orders>(
    order: K,
    input: Orders[K]["input"]
  ) => Effect.Effect<Orders[K]["output"]>
  /** Calls whenever something happens to a token request, until the function that it gives is called. */
  readonly listen: (listener: (news: News) => void) => () => void
  /** The next news of which this is true. */
  readonly next: (isIt: (news: News) => boolean) => Effect.Effect<News>
}

const program = fileURLToPath(new URL("rotatingServerProgram.ts", import.meta.url))

/** Runs as long as the scope is open. */
export const make: Effect.Effect<RotatingServer, never, Scope.Scope> = Effect.gen(function* () {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      fork(program, { execArgv: ["--import", "tsx"], stdio: ["ignore", "ignore", "pipe", "ipc"] })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  // the package warns at once where Node is older than it likes: what is said counts where the process ends too early
  const said: Array<string> = []
  child.stderr?.on("data", (text: Buffer) => said.push(text.toString()))

  const answers = new Map<number, (output: unknown) => void>()
  const listeners = new Set<(news: News) => void>()
  const end = new Promise<never>((_, reject) => {
    child.once("exit", (code, signal) => {
      reject(new Error(`the authorization server has ended: ${String(signal ?? code)}\n${said.join("")}`))
    })
  })
  end.catch(() => undefined)

  const tokenUrl = yield* Effect.promise(() =>
    Promise.race([
      end,
      new Promise<string>((resolve) => {
        child.on("message", (word: Word) => {
          if (word.told === "listening") resolve(word.tokenUrl)
          else if (word.told === "answer") answers.get(word.id)?.(word.output)
          else for (const listener of [...listeners]) listener(word)
        })
      })
    ])
  )

  const listen = (listener: (news: News) => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  let asked = 0
  return {
    tokenUrl,
    ask: <K extends keyof Orders>(order: K, input: Orders[K]["input"]) =>
      Effect.promise(() => {
        const id = ++asked
        const answer = new Promise<Orders[K]["output"]>((resolve) => {
          // IPC does not tell types: what is answered to an order is its output
          answers.set(id, resolve as (output: unknown) => void)
        })
        child.send({ id, order, input })
        return Promise.race([end, answer.finally(() => answers.delete(id))])
      }),
    listen,
    next: (isIt) =>
      Effect.async<News>((resume) => {
        const stop = listen((news) => {
          if (!isIt(news)) return
          stop()
          resume(Effect.succeed(news))
        })
        return Effect.sync(stop)
      })
  }
})
