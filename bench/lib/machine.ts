import { readFileSync } from "node:fs"
import { cpus } from "node:os"
import { join } from "node:path"
import { bench, root } from "./paths.js"

interface Manifest {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
}

const manifest = (...path: ReadonlyArray<string>): Manifest =>
  JSON.parse(readFileSync(join(...path, "package.json"), "utf8")) as Manifest

/** The versions of everything that was measured. */
export const versions = (): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    ["effect", "@effect/platform", "@effect/platform-node", "@effect/sql-pg", "@effect/sql-sqlite-node"].map(
      (name) => [name, manifest(root, "node_modules", name).version]
    )
  ),
  ...Object.fromEntries(
    Object.keys(manifest(bench).dependencies ?? {}).map((name) => [
      name,
      manifest(bench, "node_modules", name).version
    ])
  )
})

/** The machine, as far as its figures depend on it. */
export const machine = (): string =>
  `${String(cpus().length)} cores, ${process.platform} ${process.arch}, Node ${process.versions.node}`
