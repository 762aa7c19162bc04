import type { ChildProcess } from "node:child_process"
import { spawn } from "node:child_process"
import { rmSync } from "node:fs"
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** A fault of one line, and the promise that it breaks. */
export interface Fault {
  /** The law or statement, as the names of its tests begin. */
  readonly law: string
  /** The file, as a path from the root of the project. */
  readonly file: string
  /** What stands there, exactly once. */
  readonly find: string
  readonly replace: string
  /** The test files that should notice. */
  readonly tests: ReadonlyArray<string>
  /** What the names of the tests that should notice begin with. */
  readonly named: string
}

/** What came of a run: the first failed test, if one failed; or why nothing can be said. */
export type Verdict =
  | { readonly _tag: "Passed"; readonly tests: number }
  | { readonly _tag: "Failed"; readonly test: string; readonly why: string }
  | { readonly _tag: "Broken"; readonly why: string }

interface Report {
  readonly testResults: ReadonlyArray<{
    readonly name: string
    readonly message: string
    readonly assertionResults: ReadonlyArray<{
      readonly status: string
      readonly fullName: string
      readonly failureMessages: ReadonlyArray<string>
    }>
  }>
}

const project = fileURLToPath(new URL("../..", import.meta.url))

/** What a test run needs of the project. */
const parts = ["src", "test", "scripts", "schema", "package.json", "vitest.config.ts", "tsconfig.base.json"]

/** The longest time of one run. A fault may make the tests hang beyond their own timeouts. */
const patience = 120_000

/** The longest time of one test: without a fault, and with one, which may make it hang. */
const timeouts = { sound: 60_000, planted: 12_000 }

/** A pattern for the full names of tests: the name of a group may stand before the law; no name stands for all. */
export const patternOf = (names: ReadonlyArray<string>): string =>
  names.includes("")
    ? "."
    : `(^| )(${[...new Set(names)].map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})[ ,:]`

/** A copy of the project that may be broken. */
export class Copy {
  private constructor(private readonly root: string) {}

  static async make(root: string): Promise<Copy> {
    await mkdir(root, { recursive: true })
    for (const part of parts) await cp(join(project, part), join(root, part), { recursive: true })
    await symlink(join(project, "node_modules"), join(root, "node_modules"), "junction")
    // a cache of its own: the copies run side by side, and node_modules is everybody's
    await writeFile(
      join(root, "vitest.copy.config.ts"),
      [
        'import { mergeConfig } from "vitest/config"',
        'import config from "./vitest.config.js"',
        'export default mergeConfig(config, { cacheDir: ".cache" })'
      ].join("\n")
    )
    return new Copy(root)
  }

  /** Runs the tests of some files whose names fit a pattern, up to the first that fails. */
  async test(
    files: ReadonlyArray<string>,
    pattern: string,
    { timeout, workers }: { readonly timeout: number; readonly workers: number }
  ): Promise<Verdict> {
    const report = join(this.root, "report.json")
    await rm(report, { force: true })
    const args = ["--config", "vitest.copy.config.ts", "--reporter=json", `--outputFile=${report}`]
    const limits = [
      "--bail=1",
      `--maxWorkers=${workers}`,
      "--minWorkers=1",
      `--testTimeout=${timeout}`,
      `--hookTimeout=${timeout}`
    ]
    const { code, output } = await run(this.root, [
      "run",
      ...files,
      "--testNamePattern",
      pattern,
      ...args,
      ...limits
    ])
    const text = await readFile(report, "utf8").catch(() => undefined)
    if (text === undefined) {
      return code === undefined
        ? {
            _tag: "Failed",
            test: "none: the tests hang",
            why: `they did not end within ${patience / 1000} s`
          }
        : { _tag: "Broken", why: output.slice(-2000) }
    }
    const { testResults }: Report = JSON.parse(text) as Report
    const results = testResults.flatMap(({ assertionResults }) => assertionResults)
    const failed = results.find(({ status }) => status === "failed")
    if (failed !== undefined) {
      return { _tag: "Failed", test: failed.fullName, why: failed.failureMessages.join("\n") }
    }
    const passed = results.filter(({ status }) => status === "passed").length
    if (code === 0 && passed > 0) return { _tag: "Passed", tests: passed }
    const why = testResults.map(({ message }) => message).find((message) => message !== "")
    return { _tag: "Broken", why: why ?? (passed === 0 ? "no test has such a name" : output.slice(-2000)) }
  }

  /** Runs the tests that should notice a fault, with the fault in place. */
  async plant(fault: Fault): Promise<Verdict> {
    const path = join(this.root, fault.file)
    const text = await readFile(path, "utf8")
    await writeFile(path, planted(text, fault))
    try {
      return await this.test(fault.tests, patternOf([fault.named]), {
        timeout: timeouts.planted,
        workers: 1
      })
    } finally {
      await writeFile(path, text)
    }
  }
}

/** The text with the fault in it. */
export const planted = (text: string, { file, find, replace }: Fault): string => {
  const found = text.split(find).length - 1
  if (found !== 1) throw new Error(`${file}: found ${found} times instead of once: ${find}`)
  return text.replace(find, () => replace)
}

/** The test runs under way, each with processes of its own. */
const running = new Set<ChildProcess>()

function end(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    // a run is the leader of a group of processes, so that what it has started ends with it
    process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL")
  } catch {
    // it has ended by itself
  }
}

process.once("exit", () => running.forEach(end))
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1))

/** Runs vitest; without a code where it had to be ended. */
function run(
  root: string,
  args: ReadonlyArray<string>
): Promise<{ readonly code: number | undefined; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const vitest = join(root, "node_modules", "vitest", "vitest.mjs")
    const child = spawn(process.execPath, [vitest, ...args], {
      cwd: root,
      env: { ...process.env, CI: "true" },
      detached: process.platform !== "win32",
      stdio: ["ignore", "pipe", "pipe"]
    })
    running.add(child)
    let output = ""
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      end(child)
    }, patience)
    const listen = (chunk: Buffer) => (output += chunk.toString())
    child.stdout.on("data", listen)
    child.stderr.on("data", listen)
    child.on("error", reject)
    child.on("close", (code) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ code: isLate || code === null ? undefined : code, output })
    })
  })
}

/**
 * Plants the faults, or those that the filters name by their law or by where they are, one at a time in copies of the
 * project, and tells who noticed. Unless each was noticed, the process exits with a failure.
 */
export async function plantAll(faults: ReadonlyArray<Fault>, filters: ReadonlyArray<string>): Promise<void> {
  const chosen = faults.filter(
    ({ file, law }) =>
      filters.length === 0 || filters.some((filter) => law === filter || file.startsWith(filter))
  )
  if (chosen.length === 0) throw new Error(`no fault fits: ${filters.join(", ")}`)
  await checkPlaces(chosen)

  const start = performance.now()
  const took = () => `${((performance.now() - start) / 1000).toFixed(0)} s`
  const copies = await makeCopies(Math.max(2, Math.min(4, availableParallelism())))
  console.log(`${await testWithoutFault(copies, chosen)} tests pass without a fault (${took()})`)

  const survivors: Array<Fault> = []
  const queue = [...chosen]
  await Promise.all(
    copies.map(async (copy) => {
      for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
        const begun = performance.now()
        const verdict = await copy.plant(fault)
        tell(fault, verdict, performance.now() - begun)
        if (verdict._tag !== "Failed") survivors.push(fault)
      }
    })
  )

  console.log(`\n${chosen.length - survivors.length} of ${chosen.length} faults caught, in ${took()}`)
  for (const { file, find, law } of survivors) console.log(`SURVIVED  ${law}  ${file}: ${find.trim()}`)
  if (survivors.length > 0) process.exitCode = 1
}

/** Fails where a fault's line is not where the table says, exactly once. */
export async function checkPlaces(faults: ReadonlyArray<Fault>): Promise<void> {
  const misplaced: Array<string> = []
  for (const fault of faults) {
    try {
      planted(await readFile(join(project, fault.file), "utf8"), fault)
    } catch (error) {
      misplaced.push(String(error))
    }
  }
  if (misplaced.length > 0) throw new Error(`these faults have to be written anew:\n${misplaced.join("\n")}`)
}

async function makeCopies(count: number): Promise<ReadonlyArray<Copy>> {
  const room = await mkdtemp(join(tmpdir(), "effect-oauth-mutants-"))
  process.once("exit", () => rmSync(room, { recursive: true, force: true }))
  return Promise.all(Array.from({ length: count }, (_, i) => Copy.make(join(room, String(i)))))
}

async function testWithoutFault([copy, ...others]: ReadonlyArray<Copy>, faults: ReadonlyArray<Fault>) {
  const files = [...new Set(faults.flatMap(({ tests }) => tests))]
  const names = patternOf(faults.map(({ named }) => named))
  const run = () => copy?.test(files, names, { timeout: timeouts.sound, workers: 1 + others.length })
  const first = await run()
  // the one run that may not fail by chance, on a machine that is busy with something else
  const verdict = first?._tag === "Passed" ? first : await run()
  if (verdict?._tag === "Passed") return verdict.tests
  const test = verdict?._tag === "Failed" ? `${verdict.test}: ` : ""
  throw new Error(`without a fault the tests do not pass: ${test}${verdict?.why}`)
}

function tell({ file, find, law, replace }: Fault, verdict: Verdict, millis: number): void {
  const word = verdict._tag === "Failed" ? "caught  " : "SURVIVED"
  console.log(`\n${word}  ${law}  ${file}  (${(millis / 1000).toFixed(1)} s)`)
  console.log(`    - ${find.trim()}\n    + ${replace.trim()}`)
  if (verdict._tag === "Failed") console.log(`    by: ${verdict.test}`)
  if (verdict._tag === "Broken") console.log(`    the tests did not run: ${verdict.why}`)
}
