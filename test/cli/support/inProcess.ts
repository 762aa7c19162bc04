/** The command in the process of the tests. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Terminal from "@effect/platform/Terminal"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Console as NodeConsole } from "node:console"
import { Writable } from "node:stream"
import { run } from "../../../src/cli/app.js"
import * as ExitCode from "../../../src/cli/ExitCode.js"
import * as Output from "../../../src/cli/Output.js"
import type { Ended } from "../../support/childProcess.js"

/** How it ended, as a process would have. */
export type Result = Pick<Ended, "code" | "output" | "stderr" | "stdout">

interface Surroundings {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** One after the other: the environment and the working folder are those of the whole process. */
export const runInProcess = (
  args: ReadonlyArray<string>,
  surroundings: Surroundings
): Effect.Effect<Result> =>
  oneAtATime.withPermits(1)(
    Effect.acquireUseRelease(
      Effect.sync(() => enter(surroundings)),
      () =>
        Effect.promise(async () => {
          const stdout: Array<string> = []
          const stderr: Array<string> = []
          const output: Array<string> = []
          const collect = (to: Array<string>) => (text: string) => {
            to.push(text)
            output.push(text)
          }
          // on a runtime of its own, as in a process of its own
          const exit = await Effect.runPromiseExit(
            run([process.execPath, "effect-oauth", ...args]).pipe(
              Effect.provide(Layer.provideMerge(Output.layer, platform(collect(stdout)))),
              withConsoleOf(collect(stdout), collect(stderr))
            )
          )
          return {
            code: ExitCode.of(exit, ExitCode.interrupted),
            stdout: stdout.join(""),
            stderr: stderr.join(""),
            output: output.join("")
          }
        }),
      (leave) => Effect.sync(leave)
    )
  )

const oneAtATime = Effect.unsafeMakeSemaphore(1)

/** Takes on an environment and a working folder; returns what takes them off. */
const enter = ({ cwd, env }: Surroundings): (() => void) => {
  const before = { cwd: process.cwd(), env: { ...process.env } }
  const become = (variables: NodeJS.ProcessEnv) => {
    for (const name of Object.keys(process.env))
      if (!(name in variables)) Reflect.deleteProperty(process.env, name)
    Object.assign(process.env, variables)
  }
  become(env)
  process.chdir(cwd)
  return () => {
    process.chdir(before.cwd)
    become(before.env)
  }
}

/** The services of Node, with a standard output that is no terminal. */
const platform = (write: (text: string) => void) =>
  Layer.mergeAll(
    NodeFileSystem.layer,
    NodePath.layer,
    FetchHttpClient.layer,
    Layer.succeed(
      Terminal.Terminal,
      Terminal.Terminal.of({
        columns: Effect.succeed(0),
        rows: Effect.succeed(0),
        isTTY: Effect.succeed(false),
        readInput: Effect.dieMessage("there is no terminal"),
        readLine: Effect.dieMessage("there is no terminal"),
        display: (text) => Effect.sync(() => write(text))
      })
    )
  )

/** Writes what goes to the console as Node does. */
const withConsoleOf =
  (stdout: (text: string) => void, stderr: (text: string) => void) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    const unsafe = new NodeConsole(writableTo(stdout), writableTo(stderr))
    return Console.consoleWith((console) =>
      Effect.withConsole(self, {
        ...console,
        unsafe,
        log: (...values: ReadonlyArray<unknown>) => Effect.sync(() => unsafe.log(...values)),
        error: (...values: ReadonlyArray<unknown>) => Effect.sync(() => unsafe.error(...values))
      })
    )
  }

const writableTo = (write: (text: string) => void): Writable =>
  new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      write(text)
      done()
    }
  })
