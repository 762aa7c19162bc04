import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { build } from "esbuild"
import type { ChildProcess } from "node:child_process"
import { fork } from "node:child_process"
import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Orders, Word } from "./orders.js"

const root = fileURLToPath(new URL("../../../..", import.meta.url))

/** The program of a process as one file, which starts fast; it is gone with the scope. */
export const bundle: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function* () {
  // below the packages, so that what is not bundled is found
  const parent = join(root, "node_modules/.cache")
  const directory = yield* Effect.acquireRelease(
    Effect.promise(async () => {
      await mkdir(parent, { recursive: true })
      return mkdtemp(join(parent, "effect-oauth-"))
    }),
    (made) => Effect.promise(() => rm(made, { recursive: true, force: true }))
  )
  const outfile = join(directory, "sibling.mjs")
  yield* Effect.promise(() =>
    build({
      absWorkingDir: root,
      entryPoints: ["test/store/sql/support/sibling.ts"],
      outfile,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "esm",
      // what is made of machine code, or of CommonJS form
      external: ["better-sqlite3", "pg", "pg-cursor", "pg-connection-string"],
      tsconfigRaw: {},
      logLevel: "warning"
    })
  )
  return outfile
})

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
