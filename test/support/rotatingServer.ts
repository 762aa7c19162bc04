/**
 * `oidc-provider` in a process of its own, with refresh tokens that rotate: each is good for one use, and its second use
 * revokes the grant, unless the client has a time of grace.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { bundledProgram } from "./bundledProgram.js"
import type { Worker } from "./childProcess.js"
import { startWorker } from "./childProcess.js"
import type { Command, Commands, Message } from "./rotatingServerMessages.js"

export type { Client, ClientSettings, News, Presented, TokenRequest } from "./rotatingServerMessages.js"

export interface RotatingServer extends Pick<Worker<Command, Message>, "listen" | "next" | "tells"> {
  readonly tokenUrl: string
  readonly ask: <K extends keyof Commands>(
    command: K,
    input: Commands[K]["input"]
  ) => Effect.Effect<Commands[K]["output"]>
}

/** Runs as long as the scope is open. */
export const make: Effect.Effect<RotatingServer, never, Scope.Scope> = Effect.gen(function* () {
  const program = yield* bundledProgram("test/support/rotatingServerProgram.ts")
  const { listen, next, send, tells } = yield* startWorker<Command, Message>(program)
  const { tokenUrl } = yield* tells("listening")
  let asked = 0
  const ask = <K extends keyof Commands>(command: K, input: Commands[K]["input"]) =>
    Effect.suspend(() => {
      const id = ++asked
      return Effect.zipRight(
        send(commandOf(id, command, input)),
        // the answer to a command is its output
        Effect.map(
          tells("answer", (answer) => answer.id === id),
          ({ output }) => output as Commands[K]["output"]
        )
      )
    })
  return { tokenUrl, ask, listen, next, tells }
})

const commandOf = <K extends keyof Commands>(id: number, command: K, input: Commands[K]["input"]) =>
  ({ id, command, input }) as Command
