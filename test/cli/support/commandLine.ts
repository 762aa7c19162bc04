/**
 * The command: as one file in a process of its own, and in the process of the tests, which takes a tenth of the time.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { mkdtemp, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { bundleCommand } from "../../../scripts/lib/command-bundle.js"
import * as Child from "../../support/childProcess.js"
import { runInProcess } from "./inProcess.js"
import type { Result } from "./inProcess.js"
import type { Ended } from "../../support/childProcess.js"

export type { Ended } from "../../support/childProcess.js"

export interface Surroundings {
  /** The environment, but for the way to Node. */
  readonly env?: Readonly<Record<string, string>>
  /** The working folder. Default: an empty one. */
  readonly cwd?: string
}

/** The signal that the command gets once it has written this to standard output. */
export interface Then {
  readonly after: string
  readonly signal: NodeJS.Signals
}

export interface Command {
  /** The bundled file. */
  readonly file: string
  /** A folder with nothing in it. */
  readonly emptyFolder: string
  /** Runs the file in a process of its own, to its end. */
  readonly spawn: (
    args: ReadonlyArray<string>,
    surroundings?: Surroundings,
    then?: Then
  ) => Effect.Effect<Ended>
  /** The same in the process of the test, by the same program on the same services of Node. */
  readonly run: (args: ReadonlyArray<string>, surroundings?: Surroundings) => Effect.Effect<Result>
  /** Starts the file, for a test that does something else while it runs. */
  readonly start: (
    args: ReadonlyArray<string>,
    surroundings?: Surroundings
  ) => Effect.Effect<Child.ChildProcess, never, Scope.Scope>
}

/** Bundles the command; the file is gone with the scope. */
export const make: Effect.Effect<Command, never, Scope.Scope> = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const emptyFolder = yield* temporaryFolder
  const file = join(folder, "effect-oauth.mjs")
  yield* Effect.promise(async () => {
    await bundleCommand(file)
    // where it is installed, the drivers of databases are beside it
    await symlink(packages, join(folder, "node_modules"), "junction")
  })
  return {
    file,
    emptyFolder,
    spawn: (args, { cwd = emptyFolder, env = {} } = {}, then) => runFile(file, args, { cwd, env }, then),
    run: (args, { cwd = emptyFolder, env = {} } = {}) =>
      runInProcess(args, { cwd, env: { ...bare, ...env } }),
    start: (args, { cwd = emptyFolder, env = {} } = {}) => startFile(file, args, { cwd, env })
  }
})

/** Runs a bundled file that lies somewhere else. */
export const runFile = (
  file: string,
  args: ReadonlyArray<string>,
  surroundings: Surroundings & { readonly cwd: string },
  then?: Then
): Effect.Effect<Ended> =>
  Effect.gen(function* () {
    const child = yield* startFile(file, args, surroundings)
    if (then !== undefined) {
      yield* Effect.fork(Effect.zipRight(child.writes(then.after), child.signal(then.signal)))
    }
    return yield* child.ended
  }).pipe(Effect.scoped)

const startFile = (
  file: string,
  args: ReadonlyArray<string>,
  { cwd, env }: Surroundings & { readonly cwd: string }
) => Child.start(process.execPath, { args: [file, ...args], cwd, env: { ...bare, ...env } })

const packages = fileURLToPath(new URL("../../../node_modules", import.meta.url))

/** What a process needs to find its programs, and nothing that configures anything. */
export const bare: Readonly<Record<string, string>> = { PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8" }

export const temporaryFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "effect-oauth-cli-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

export class CommandLine extends Context.Tag("test/cli/CommandLine")<CommandLine, Command>() {}

/** Bundled once for a file of tests. */
export const layer: Layer.Layer<CommandLine> = Layer.scoped(CommandLine, make)
