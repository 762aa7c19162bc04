import { spawnSync } from "node:child_process"

const checks = [
  "codegen",
  "types",
  "effect",
  "lint",
  "format",
  "structure",
  "tstyche",
  "docs",
  "links",
  "package"
]

// npm tells its own path to the scripts that it runs; calling it through Node needs no shell on any system.
const npm = process.env["npm_execpath"]

function run(script: string): boolean {
  const args = ["run", "--silent", script]
  const [command, rest] = npm === undefined ? ["npm", args] : [process.execPath, [npm, ...args]]
  return spawnSync(command, rest, { stdio: "inherit" }).status === 0
}

const failed: Array<string> = []
for (const check of checks) {
  const start = performance.now()
  console.log(`\n--- check:${check}`)
  const ok = run(`check:${check}`)
  if (!ok) failed.push(check)
  console.log(`${ok ? "ok" : "FAILED"} check:${check} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
}

if (failed.length > 0) {
  console.error(`\n${failed.length} of ${checks.length} checks failed: ${failed.join(", ")}`)
  process.exitCode = 1
} else {
  console.log(`\nall ${checks.length} checks passed`)
}
