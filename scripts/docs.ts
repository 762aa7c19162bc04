/**
 * Writes the API reference to `.api`, with docgen. Its folder has a package.json of its own, since docgen demands a homepage.
 * The examples are left to `npm run check:docs`: docgen would run them, and many declare what they do not define.
 */
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

rmSync(".api", { recursive: true, force: true })
const { status } = spawnSync(process.execPath, ["../node_modules/@effect/docgen/bin.cjs"], {
  cwd: "docgen",
  stdio: "inherit",
  // Neither the flag nor docgen.json switches the examples off.
  env: { ...process.env, DOCGEN_RUN_EXAMPLES: "false" }
})
if (status !== 0) process.exit(1)

// The formatter that docgen calls turns the first line of the front matter into a rule.
for (const file of readdirSync(".api", { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".md")) continue
  const page = readFileSync(join(".api", file), "utf8")
  writeFileSync(join(".api", file), page.replace(/^\*\*\*\n\n/, "---\n"))
}
