/** Programs that tests run in processes of their own, and the messages that are exchanged with them. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Node from "node:child_process"

/** Messages tell their kinds apart by `type`. */
export interface Message {
  readonly type: string
}

/** The messages of one type. */
export type OfType<M extends Message, T extends M["type"]> = Extract<M, { readonly type: T }>

export interface Options {
  readonly args?: ReadonlyArray<string>
  readonly cwd?: string
  /** The whole environment. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv
}

/** How a process ended, once all that it wrote and sent was read. */
export interface Ended {
  /** Its exit code; `null` if a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Both, in the order in which they came. */
  readonly output: string
}

export interface ChildProcess {
  readonly pid: number
  readonly ended: Effect.Effect<Ended>
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** Ends it at once; waits until it has ended. */
  readonly kill: Effect.Effect<Ended>
  /** When it has written this to standard output. */
  readonly writes: (text: string) => Effect.Effect<void>
  /** Closes the reading end of its standard output. */
  readonly hangUp: Effect.Effect<void>
}

/** A process with which messages are exchanged over IPC: it sends `Out` and receives `In`. */
export interface Worker<In, Out extends Message> extends ChildProcess {
  /** What it has sent so far. */
  readonly messages: ReadonlyArray<Out>
  readonly send: (message: In) => Effect.Effect<void>
  /** Calls with each message to come, as long as the scope is open. */
  readonly listen: (listener: (message: Out) => void) => Effect.Effect<void, never, Scope.Scope>
  /** The first message of a type that fits, of those that it has sent or will send. */
  readonly tells: Expect<Out>
  /** The same of those to come alone. */
  readonly next: Expect<Out>
}

type Expect<Out extends Message> = <T extends Out["type"]>(
  type: T,
  fits?: (message: OfType<Out, T>) => boolean
) => Effect.Effect<OfType<Out, T>>

/** Starts a program, which is killed with the scope if it has not ended. */
export const start = (
  program: string,
  options: Options = {}
): Effect.Effect<ChildProcess, never, Scope.Scope> =>
  Effect.map(launch(program, options, ["ignore", "pipe", "pipe"]), ({ process }) => process)

/** Runs a program to its end. One that cannot be started is a defect that names it. */
export const run = (program: string, options: Options = {}): Effect.Effect<Ended> =>
  Effect.scoped(Effect.flatMap(start(program, options), ({ ended }) => ended))

/** Starts a program of Node that exchanges messages. */
export const startWorker = <In, Out extends Message>(
  file: string,
  options: Options = {}
): Effect.Effect<Worker<In, Out>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { child, process: worker } = yield* launch(
      process.execPath,
      { ...options, args: [file, ...(options.args ?? [])] },
      ["ignore", "pipe", "pipe", "ipc"]
    )
    const messages: Array<Out> = []
    const listeners = new Set<(message: Out) => void>()
    // the types of a program's messages are declared beside the program
    child.on("message", (message: Out) => {
      messages.push(message)
      for (const listener of [...listeners]) listener(message)
    })

    const expecting =
      (before: ReadonlyArray<Out>): Expect<Out> =>
      (type, fits = () => true) =>
        Effect.suspend(() => {
          const found = before.find(isFitting(type, fits))
          if (found !== undefined) return Effect.succeed(found)
          return Effect.raceFirst(
            Effect.async((resume) => {
              const look = (message: Out) => {
                if (!isFitting(type, fits)(message)) return
                listeners.delete(look)
                resume(Effect.succeed(message))
              }
              listeners.add(look)
              return Effect.sync(() => listeners.delete(look))
            }),
            Effect.flatMap(worker.ended, (ended) =>
              Effect.dieMessage(`${file} ended before it sent "${type}" (${describe(ended)}`)
            )
          )
        })

    return {
      ...worker,
      messages,
      send: (message) => Effect.sync(() => void child.send(message as object)),
      listen: (listener) =>
        Effect.acquireRelease(
          Effect.sync(() => void listeners.add(listener)),
          () => Effect.sync(() => listeners.delete(listener))
        ),
      tells: expecting(messages),
      next: expecting([])
    }
  })

const isFitting =
  <Out extends Message, T extends Out["type"]>(type: T, fits: (message: OfType<Out, T>) => boolean) =>
  (message: Out): message is OfType<Out, T> =>
    // the type decides which member of the union it is
    message.type === type && fits(message as OfType<Out, T>)

const launch = (
  program: string,
  { args = [], cwd, env = process.env }: Options,
  stdio: Array<"ignore" | "pipe" | "ipc">
) =>
  Effect.acquireRelease(
    Effect.async<{ readonly child: Node.ChildProcess; readonly process: ChildProcess }>((resume) => {
      const child = Node.spawn(program, args, { cwd, env, stdio })
      child.once("error", (problem) =>
        resume(Effect.dieMessage(`${program} cannot be started: ${problem.message}`))
      )
      child.once("spawn", () => resume(Effect.succeed({ child, process: observe(child) })))
    }),
    ({ process }) => process.kill
  )

const observe = (child: Node.ChildProcess): ChildProcess => {
  const written = { stdout: "", stderr: "", output: "" }
  const waiting = new Set<() => void>()
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      written[name] += text
      written.output += text
      for (const look of [...waiting]) look()
    })
  }
  const end = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, ...written }))
  })
  const ended = Effect.promise(() => end)
  const signal = (name: NodeJS.Signals) => Effect.sync(() => void child.kill(name))
  return {
    pid: child.pid ?? 0,
    ended,
    signal,
    kill: Effect.zipRight(signal("SIGKILL"), ended),
    writes: (text) =>
      Effect.raceFirst(
        Effect.async<void>((resume) => {
          const look = () => {
            if (!written.stdout.includes(text)) return
            waiting.delete(look)
            resume(Effect.void)
          }
          waiting.add(look)
          look()
          return Effect.sync(() => void waiting.delete(look))
        }),
        Effect.flatMap(ended, (ended) =>
          Effect.dieMessage(`${child.spawnfile} ended before it wrote "${text}" (${describe(ended)}`)
        )
      ),
    hangUp: Effect.sync(() => void child.stdout?.destroy())
  }
}

const describe = ({ code, output, signal }: Ended): string =>
  `${signal ?? `exit code ${code ?? ""}`}):\n${output}`
