/** Builds and packs the library into a temporary folder, and has publint and attw check what would be published. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const dir = mkdtempSync(join(tmpdir(), "effect-oauth-package-"))

/** Runs a program of Node and prints what it says only if it fails: attw has five lines for each of the entry points. */
function succeeds(script: string, ...args: ReadonlyArray<string>): boolean {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" })
  if (status !== 0) console.error(stdout + stderr)
  return status === 0
}

try {
  const npm = process.env["npm_execpath"]
  if (npm === undefined) throw new Error("Run this check as npm run check:package.")
  if (!succeeds(npm, "pack", "--silent", "--pack-destination", dir)) throw new Error("npm pack failed")
  const tarballs = readdirSync(dir).map((name) => join(dir, name))
  const results = [
    succeeds("node_modules/publint/src/cli.js", "run", ...tarballs, "--strict"),
    succeeds("node_modules/@arethetypeswrong/cli/dist/index.js", ...tarballs, "--profile", "esm-only")
  ]
  if (results.includes(false)) process.exitCode = 1
  else console.log("publint and attw found no problem")
} finally {
  rmSync(dir, { recursive: true, force: true })
}
