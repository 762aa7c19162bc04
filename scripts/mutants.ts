/**
 * Applies each patch of `test/mutants` to a copy of the project, one at a time, and expects the test file that it names
 * to fail. These are the mutants that `npm run mutation` cannot make: other wiring, another argument, another order.
 *
 * - `npm run mutants`: every patch.
 * - `npm run mutants -- S27 L9-presented`: those whose names begin so.
 */
import * as Schema from "effect/Schema"
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const project = fileURLToPath(new URL("..", import.meta.url))
const patches = join(project, "test", "mutants")
const copy = mkdtempSync(join(tmpdir(), "effect-oauth-mutants-"))
process.once("exit", () => rmSync(copy, { recursive: true, force: true }))

const Report = Schema.parseJson(
  Schema.Struct({ numFailedTests: Schema.Number, numPassedTests: Schema.Number })
)

/** What became of the tests of some files; without a report they hung, or vitest did not start. */
function runTests(files: ReadonlyArray<string>, title: string): "Passed" | "Failed" | "NoTests" | "NoReport" {
  const report = join(copy, "report.json")
  rmSync(report, { force: true })
  const vitest = join(copy, "node_modules", "vitest", "vitest.mjs")
  const options = ["--bail=1", "--testTimeout=60000", "--reporter=json", `--outputFile=${report}`]
  spawnSync(process.execPath, [vitest, "run", ...files, "--testNamePattern", title, ...options], {
    cwd: copy,
    stdio: "ignore",
    timeout: 900_000,
    killSignal: "SIGKILL"
  })
  try {
    const { numFailedTests, numPassedTests } = Schema.decodeSync(Report)(readFileSync(report, "utf8"))
    if (numFailedTests > 0) return "Failed"
    return numPassedTests > 0 ? "Passed" : "NoTests"
  } catch {
    return "NoReport"
  }
}

const apply = (file: string, ...options: ReadonlyArray<string>): boolean =>
  spawnSync("git", ["apply", ...options, join(patches, file)], { cwd: copy, stdio: "inherit" }).status === 0

/** The value of a line `Name: value` above the diff. */
const field = (text: string, name: string) => new RegExp(`^${name}: (.+)$`, "m").exec(text)?.[1]

const filters = process.argv.slice(2)
const mutants = readdirSync(patches)
  .filter((file) => filters.length === 0 || filters.some((filter) => new RegExp(`^${filter}\\b`).test(file)))
  .map((file) => {
    const text = readFileSync(join(patches, file), "utf8")
    const title = field(text, "Title")
    return { file, test: field(text, "Test") ?? "", title: title === undefined ? "" : `(^| )${title}[ ,:]` }
  })
if (mutants.length === 0) throw new Error(`No patch begins with ${filters.join(" or ")}.`)

for (const part of readdirSync(project)) {
  if (/^(src|test|scripts|schema|docs|.*\.(json|ts|mjs))$/.test(part)) {
    cpSync(join(project, part), join(copy, part), { recursive: true })
  }
}
symlinkSync(join(project, "node_modules"), join(copy, "node_modules"), "junction")

const unchanged = runTests([...new Set(mutants.map(({ test }) => test))], "")
if (unchanged !== "Passed") throw new Error(`The tests do not pass without a patch: ${unchanged}.`)

let failures = 0
for (const { file, test, title } of mutants) {
  const isApplied = apply(file)
  const outcome = isApplied ? runTests([test], title) : "does not apply"
  if (isApplied && !apply(file, "--reverse")) throw new Error(`${file} cannot be undone.`)
  if (outcome !== "Failed") failures++
  console.log(`${outcome === "Failed" ? "killed  " : "SURVIVED"}  ${file}  (${test}: ${outcome})`)
}
console.log(`\n${mutants.length - failures} of ${mutants.length} mutants killed`)
if (failures > 0) process.exitCode = 1
