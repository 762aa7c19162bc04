/**
 * Imports each entry point that it is given. One whose peer is not installed has to say which: `effect-oauth/config` when it
 * reads a file, `effect-oauth/sql` when it is imported.
 */
import { createRequire } from "node:module"

function resolves(name) {
  try {
    import.meta.resolve(name)
    return true
  } catch {
    return false
  }
}

const messageOf = (run) =>
  run().then(
    () => undefined,
    (error) => String(error.message)
  )

const expectMissing = (message, name) => {
  if (message?.includes(name) !== true) throw new Error(`expected an error that names ${name}: ${message}`)
}

for (const name of process.argv.slice(2)) {
  const message = await messageOf(() => import(name))
  if (name === "effect-oauth/sql" && !resolves("@effect/sql/SqlClient")) expectMissing(message, "@effect/sql")
  else if (message !== undefined) throw new Error(`${name}: ${message}`)
}

if (process.argv.includes("effect-oauth/config") && !resolves("yaml")) {
  const { ConfigFile } = await import("effect-oauth/config")
  const { Effect } = await import("effect")
  const read = Effect.runPromise(ConfigFile.parse("providers: {}", { path: "effect-oauth.yaml" }))
  expectMissing(await messageOf(() => read), "npm install yaml@2")
}

const { version } = createRequire(import.meta.url)("effect/package.json")
if (!version.startsWith("3.")) throw new Error(`effect ${version} was installed`)
