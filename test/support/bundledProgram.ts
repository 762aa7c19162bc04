/** Programs of tests that run in processes of their own. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { build } from "esbuild"
import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** A program, by its path in the project, as one file, which starts fast; it is gone with the scope. */
export const bundledProgram = (entryPoint: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    // below the packages, so that what is not bundled is found
    const parent = join(root, "node_modules/.cache")
    const directory = yield* Effect.acquireRelease(
      Effect.promise(async () => {
        await mkdir(parent, { recursive: true })
        return mkdtemp(join(parent, "effect-oauth-"))
      }),
      (made) => Effect.promise(() => rm(made, { recursive: true, force: true }))
    )
    const outfile = join(directory, `${basename(entryPoint, ".ts")}.mjs`)
    yield* Effect.promise(() =>
      build({
        absWorkingDir: root,
        entryPoints: [entryPoint],
        outfile,
        bundle: true,
        platform: "node",
        target: "node20",
        format: "esm",
        // what is made of machine code, or of CommonJS form
        external: ["better-sqlite3", "oidc-provider", "pg", "pg-cursor", "pg-connection-string"],
        tsconfigRaw: {},
        logLevel: "warning"
      })
    )
    return outfile
  })
