/** Runs `npm test` beside two busy processes a core, and ends with its exit code. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { availableParallelism } from "node:os"

const busy = Array.from({ length: 2 * availableParallelism() }, () =>
  spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" })
)
process.once("exit", () => {
  for (const child of busy) child.kill("SIGKILL")
})

const npm = process.env["npm_execpath"]
const args = ["test", "--", ...process.argv.slice(2)]
const [command, rest] = npm === undefined ? ["npm", args] : [process.execPath, [npm, ...args]]
const tests = spawn(command, rest, { stdio: "inherit" })
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => tests.kill(signal))
const [code] = (await once(tests, "exit")) as [number | null]
process.exitCode = code ?? 1
