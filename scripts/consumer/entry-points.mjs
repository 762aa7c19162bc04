/**
 * Imports each entry point that it is given. One whose peer is not installed may fail, and has to name it: `effect-oauth/sql`
 * when it is imported, `effect-oauth/config` when it reads a file. pnpm's hidden folder may lend a peer to either.
 */
import { createRequire } from "node:module"

const messageOf = (promise) =>
  promise.then(
    () => undefined,
    (error) => String(error.message)
  )

const expectNamed = (message, name) => {
  if (message !== undefined && !message.includes(name))
    throw new Error(`expected an error that names ${name}: ${message}`)
}

for (const name of process.argv.slice(2)) {
  if (name === "effect-oauth/sql") expectNamed(await messageOf(import(name)), "'@effect/sql'")
  else await import(name)
}

const { ConfigFile } = await import("effect-oauth/config")
const { Effect } = await import("effect")
const text = "providers: { api: { type: static, value: a-test-token, origins: https://api.example.com } }"
const read = Effect.runPromise(ConfigFile.parse(text, { path: "effect-oauth.yaml" }))
expectNamed(await messageOf(read), "npm install yaml@2")

const { version } = createRequire(import.meta.url)("effect/package.json")
if (!version.startsWith("3.")) throw new Error(`effect ${version} was installed`)
