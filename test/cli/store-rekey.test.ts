import { expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import * as CommandLine from "./support/commandLine.js"
import { contents, newer, older, recordKey, seed, stores } from "./support/stores.js"

const keys = Array.from({ length: 300 }, (_, n) => recordKey("crm", `tenant-${n}.example`))

/** Runs the command, and kills it once this is so. */
const killedWhen = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
  isTime: () => boolean
) =>
  Effect.flatMap(CommandLine.CommandLine, ({ emptyFolder, file }) =>
    Effect.async<NodeJS.Signals | null>((resume) => {
      const child = spawn(process.execPath, [file, ...args], {
        cwd: emptyFolder,
        env: { ...CommandLine.bare, ...env },
        stdio: "ignore"
      })
      const timer = setInterval(() => isTime() && child.kill("SIGKILL"), 2)
      child.on("close", (_, signal) => {
        clearInterval(timer)
        resume(Effect.succeed(signal))
      })
      return Effect.sync(() => void child.kill("SIGKILL"))
    })
  )

layer(CommandLine.layer, { excludeTestServices: true })("effect-oauth store rekey", (it) => {
  it.scoped("goes on where a run was killed", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const store = yield* stores["files"] ?? Effect.dieMessage("no files")
      yield* seed(
        store,
        older,
        keys.map((key) => ({ key, content: `content of ${key.id}` }))
      )
      const directory = (store.env["OAUTH_STORE"] ?? "").replace("files:", "")
      const isBegun = () =>
        readdirSync(directory).filter((name) => existsSync(join(directory, name, "record-2.json"))).length >
        10
      const env = { ...store.env, OAUTH_STORE_KEYS: `${newer},${older}` }
      expect(yield* killedWhen(["store", "rekey"], env, isBegun)).toBe("SIGKILL")

      const behind = yield* command.run(["store", "check", "--json"], { env })
      expect(behind.code).toBe(0)
      const again = yield* command.run(["store", "rekey", "--json"], { env })
      expect(again.code).toBe(0)
      const { current, rekeyed } = JSON.parse(again.stdout) as {
        readonly current: number
        readonly rekeyed: number
      }
      expect(current).toBeGreaterThan(0)
      expect(rekeyed).toBeGreaterThan(0)
      expect(current + rekeyed).toBe(keys.length)
      expect(yield* contents(store, newer, keys)).toEqual(keys.map(({ id }) => `content of ${id}`))
    })
  )
})
