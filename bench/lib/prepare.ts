import { spawnSync } from "node:child_process"
import { existsSync, statSync } from "node:fs"
import { join } from "node:path"
import { bench, root } from "./paths.js"

// npm tells its own path to the scripts that it runs; calling it through Node needs no shell on any system
const npm = process.env["npm_execpath"]

const runNpm = (folder: string, ...args: ReadonlyArray<string>): void => {
  const [command, all] = npm === undefined ? ["npm", args] : [process.execPath, [npm, ...args]]
  const { status } = spawnSync(command, all, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] })
  if (status !== 0) throw new Error(`npm ${args.join(" ")} failed in ${folder}`)
}

const isInstalled = (): boolean => {
  const installed = join(bench, "node_modules", ".package-lock.json")
  return (
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(bench, "package-lock.json")).mtimeMs
  )
}

/** Installs the peers where they are not, and builds the library. */
export const prepare = ({ build }: { readonly build: boolean }): void => {
  if (!isInstalled()) runNpm(bench, "ci", "--no-audit", "--no-fund")
  if (build) runNpm(root, "run", "build")
  // two copies of effect would know nothing of each other's fibers
  if (existsSync(join(bench, "node_modules", "effect")))
    throw new Error("the peers brought an effect of their own")
}
