/**
 * Mutation testing: changes the sources of a folder in one place at a time, and runs the folder's tests. A mutant that
 * survives is a test to write.
 *
 * - `npm run mutation`: every folder, one after the other.
 * - `npm run mutation -- wire http`: these folders.
 * - `npm run mutation -- --changed [base]`: the files that changed since `base` (`main`).
 *
 * Reports are written to `reports/mutation/<folder>`.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const folders = ["grant", "token", "wire", "http", "store", "cache"]
const stryker = fileURLToPath(
  new URL("../node_modules/@stryker-mutator/core/bin/stryker.js", import.meta.url)
)

function mutate(folder: string, files: ReadonlyArray<string> = []): boolean {
  console.log(`\n=== ${folder}`)
  const only = files.length === 0 ? [] : ["--mutate", files.join()]
  const { status } = spawnSync(process.execPath, [stryker, "run", ...only], {
    env: { ...process.env, MUTATION_FOLDER: folder },
    stdio: "inherit"
  })
  return status === 0
}

function changedSince(base: string): ReadonlyArray<string> {
  const listed = execFileSync("git", ["diff", "--name-only", "--diff-filter=d", base, "--", "src"], {
    encoding: "utf8"
  })
  return listed.split("\n").filter((file) => file.endsWith(".ts"))
}

const [first, second] = process.argv.slice(2)
const isChangedOnly = first === "--changed"
const chosen = isChangedOnly || first === undefined ? folders : process.argv.slice(2)
const unknown = chosen.filter((folder) => !folders.includes(folder))
if (unknown.length > 0) throw new Error(`Unknown folder: ${unknown.join(", ")}. Use ${folders.join(", ")}.`)

const changed = isChangedOnly ? changedSince(second ?? "main") : []
const failed = chosen
  .map((folder) => ({ folder, files: changed.filter((file) => file.startsWith(`src/${folder}/`)) }))
  .filter(({ files }) => !isChangedOnly || files.length > 0)
  .filter(({ files, folder }) => !mutate(folder, files))
if (failed.length > 0) process.exitCode = 1
