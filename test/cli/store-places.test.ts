import { expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { chmod, copyFile, cp, mkdir, readdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { restartable } from "../support/postgresRestart.js"
import * as Redacted from "effect/Redacted"
import * as CommandLine from "./support/commandLine.js"
import { databases, newer, older, recordKey, seed, stores } from "./support/stores.js"

const password = "canary-other-secret-77aa01be5d93"

const verbs: ReadonlyArray<ReadonlyArray<string>> = [
  ["store", "list"],
  ["store", "remove", "--provider", "crm", "--yes"],
  ["store", "rekey"],
  ["store", "check"]
]

/** Every command about a store, with this environment; each ends with 1 and writes nothing but its error. */
const refusals = (env: Readonly<Record<string, string>>, cwd?: string) =>
  Effect.gen(function* () {
    const command = yield* CommandLine.CommandLine
    const surroundings = { env: { OAUTH_STORE_KEYS: older, ...env }, ...(cwd === undefined ? {} : { cwd }) }
    return yield* Effect.forEach(
      verbs,
      (args) =>
        Effect.map(command.run(args, surroundings), (ended) => {
          expect([args, ended.code]).toEqual([args, 1])
          expect(ended.output).not.toContain(password)
          return ended.output.replace(/\s+/g, " ")
        }),
      { concurrency: verbs.length }
    )
  })

layer(CommandLine.layer, { excludeTestServices: true })("where effect-oauth finds the token store", (it) => {
  it.scoped("exits with 2 if nothing is configured, and says what to set", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      for (const args of [...verbs, ["events"]]) {
        const ended = yield* command.run(args)
        expect([args, ended.code, ended.stdout]).toEqual([args, 2, ""])
        expect(ended.stderr).toContain("OAUTH_STORE ")
        const needsKeys = ["rekey", "check"].includes(args[1] ?? "")
        expect(ended.stderr.includes("OAUTH_STORE_KEYS ")).toBe(needsKeys)
        const json = yield* command.run([...args, "--json"])
        expect(json.code).toBe(2)
        expect(JSON.parse(json.stdout)).toMatchObject({
          error: {
            reason: "NothingConfigured",
            issues: [{ path: "OAUTH_STORE" }, ...(needsKeys ? [{ path: "OAUTH_STORE_KEYS" }] : [])]
          }
        })
      }
      // an empty variable is one that is not set
      const env = { OAUTH_STORE: "files:x", OAUTH_STORE_KEYS: " " }
      const keyless = yield* command.run(["store", "check"], { env })
      expect(keyless.code).toBe(2)
      expect(keyless.stderr).toContain("OAUTH_STORE_PLAIN_TEXT=true")
      expect(keyless.stderr).toContain("crypto.randomBytes(32)")
      expect(keyless.stderr).not.toContain("OAUTH_STORE ")
    })
  )

  it.scoped("reads .env, --env-file, and --store except for a database server", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const store = yield* stores["files"] ?? Effect.dieMessage("no files")
      yield* seed(store, older, [{ key: recordKey("crm"), content: "x" }])
      const cwd = yield* CommandLine.temporaryFolder
      const lines = Object.entries(store.env).map(([name, value]) => `${name}=${value}`)
      yield* Effect.promise(() => writeFile(join(cwd, ".env"), lines.join("\n")))
      yield* Effect.promise(() => writeFile(join(cwd, "other.env"), "OAUTH_STORE=files:nowhere"))
      const here = yield* command.run(["store", "list"], { cwd })
      expect(here).toMatchObject({ code: 0, stderr: "" })
      const other = yield* command.run(["store", "list", "--env-file", "other.env"], { cwd })
      expect(other.stderr).toContain("files:nowhere: there is no such folder")
      const { OAUTH_STORE = "" } = store.env
      const named = yield* command.run(["store", "list", "--store", OAUTH_STORE])
      expect(named.stdout).toContain("1 record")
      const onCommandLine = `postgres://app:${password}@127.0.0.1/app`
      for (const args of [...verbs, ["events"]]) {
        const refused = yield* command.run([...args, "--store", onCommandLine], {
          env: { OAUTH_STORE_KEYS: older }
        })
        expect([args, refused.code, refused.stdout]).toEqual([args, 1, ""])
        expect(refused.stderr).toContain("set OAUTH_STORE to it")
        expect(refused.stderr).not.toContain(password)
      }
    })
  )

  it.scoped("exits with 1 for a malformed setting, and shows nothing of it", () =>
    Effect.gen(function* () {
      const wrong = [
        password,
        "files:",
        "sqlite::memory:",
        `mysql://app:${password}@host/app`,
        `postgres://app:12#${password}@host/app`,
        `postgres://app:12/${password}@host/app`,
        "postgres"
      ]
      const command = yield* CommandLine.CommandLine
      const refused = yield* Effect.forEach(
        wrong,
        (OAUTH_STORE) => command.run(["store", "list"], { env: { OAUTH_STORE } }),
        { concurrency: 4 }
      )
      for (const { code, stderr, stdout } of refused) {
        expect([code, stdout]).toEqual([1, ""])
        expect(stderr).toContain("OAUTH_STORE: expected files:/a/folder, sqlite:/a/file or postgres://")
        expect(stderr).not.toContain(password)
      }
      const settings = [
        { OAUTH_STORE_KEYS: password },
        { OAUTH_STORE_KEYS: older, OAUTH_STORE_PLAIN_TEXT: "true" },
        { OAUTH_STORE_PLAIN_TEXT: password }
      ]
      for (const env of settings) {
        const ended = yield* command.run(["store", "check"], { env: { OAUTH_STORE: "files:x", ...env } })
        expect([ended.code, ended.stdout]).toEqual([1, ""])
        expect(ended.stderr).toMatch(/OAUTH_STORE_(KEYS|PLAIN_TEXT)/)
        expect(ended.stderr).not.toContain(password)
      }
    })
  )

  it.scoped("exits with 1 if there is no store, and creates none", () =>
    Effect.gen(function* () {
      const cwd = yield* CommandLine.temporaryFolder
      for (const output of yield* refusals({ OAUTH_STORE: "files:tokens" }, cwd)) {
        expect(output).toContain("files:tokens: there is no such folder")
      }
      for (const output of yield* refusals({ OAUTH_STORE: "sqlite:tokens.sqlite" }, cwd)) {
        expect(output).toContain("sqlite:tokens.sqlite: there is no such file")
      }
      expect(yield* Effect.promise(() => readdir(cwd))).toEqual([])
      yield* Effect.promise(() => writeFile(join(cwd, "a-text"), "a text that is no database".repeat(100)))
      for (const output of yield* refusals({ OAUTH_STORE: "sqlite:a-text" }, cwd)) {
        expect(output).toContain("(SQLITE_NOTADB)")
      }
      yield* Effect.promise(() => mkdir(join(cwd, "open")))
      yield* Effect.promise(() => chmod(join(cwd, "open"), 0o755))
      for (const output of yield* refusals({ OAUTH_STORE: "files:open" }, cwd)) {
        expect(output).toContain("NoStore (NotPrivate)")
        expect(output).toContain("chmod go= open")
      }
      expect((yield* Effect.promise(() => readdir(cwd))).sort()).toEqual(["a-text", "open"])
    })
  )

  for (const [name, database] of Object.entries(databases)) {
    it.scoped(`exits with 1 if ${name} has no tables, and creates none`, () =>
      Effect.gen(function* () {
        const { client, env } = yield* database
        // the database is there, and empty
        yield* Effect.provide(Effect.void, client)
        for (let round = 0; round < 2; round++) {
          for (const output of yield* refusals(env)) {
            expect(output).toContain("there is no table oauth_tokens")
          }
        }
        const command = yield* CommandLine.CommandLine
        const ended = yield* command.run(["events"], { env })
        expect(ended.code).toBe(1)
        expect(ended.stderr).toContain("there is no table oauth_events")
      })
    )
  }

  it.scoped("exits with 1 if PostgreSQL refuses or is unavailable, and shows the code and what to do", () =>
    Effect.gen(function* () {
      const server = yield* restartable
      const store = { OAUTH_STORE: Redacted.value(server.url) }
      const changed = (change: (url: URL) => void) => {
        const url = new URL(Redacted.value(server.url))
        change(url)
        return { OAUTH_STORE: url.href }
      }
      const noDatabase = changed((url) => void (url.pathname = "/no_such_database"))
      for (const output of yield* refusals(noDatabase)) {
        expect(output).toContain("/no_such_database: the database cannot be used (3D000)")
      }
      const wrongPassword = changed((url) => void (url.password = password))
      for (const output of yield* refusals(wrongPassword)) {
        expect(output).toContain("(28P01)")
        expect(output).toContain("The database refuses the user or the password.")
      }
      yield* server.stop
      for (const output of yield* refusals(store)) {
        expect(output).toMatch(/the database cannot be used \((ECONNREFUSED|55000|57P03)\)/)
      }
      yield* server.start
      const command = yield* CommandLine.CommandLine
      const back = yield* command.run(["store", "list"], { env: store })
      expect(back.stderr).toContain("there is no table oauth_tokens")
    })
  )

  it.scoped("exits with 1 if the driver is not installed, and says what to install", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const folder = yield* CommandLine.temporaryFolder
      const alone = join(folder, "effect-oauth.mjs")
      yield* Effect.promise(async () => {
        await copyFile(command.file, alone)
        await cp(join(dirname(command.file), "command"), join(folder, "command"), { recursive: true })
        await writeFile(join(folder, "tokens.sqlite"), "")
      })
      const drivers = [
        [`sqlite:${join(folder, "tokens.sqlite")}`, "npm install @effect/sql-sqlite-node@0.53"],
        [`postgres://app:${password}@127.0.0.1:1/app`, "npm install @effect/sql-pg@0.53"]
      ] as const
      for (const [OAUTH_STORE, install] of drivers) {
        const ended = yield* CommandLine.runFile(alone, ["store", "list"], {
          cwd: folder,
          env: { OAUTH_STORE }
        })
        expect([ended.code, ended.stdout]).toEqual([1, ""])
        expect(ended.stderr).toContain(install)
        expect(ended.output).not.toContain(password)
      }
      // what has nothing to do with a database does without
      const version = yield* CommandLine.runFile(alone, ["--version"], { cwd: folder })
      expect(version.code).toBe(0)
    })
  )

  it.scoped("check warns of files that other users have access to", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const store = yield* stores["files"] ?? Effect.dieMessage("no files")
      yield* seed(store, newer, [{ key: recordKey("crm"), content: "x" }])
      const directory = (store.env["OAUTH_STORE"] ?? "").replace("files:", "")
      const [first = ""] = yield* Effect.promise(() => readdir(directory))
      yield* Effect.promise(() => chmod(join(directory, first, "record-1.json"), 0o644))
      const ended = yield* command.run(["store", "check"], {
        env: { ...store.env, OAUTH_STORE_KEYS: newer }
      })
      expect(ended.code).toBe(0)
      expect(ended.stdout).toMatch(/^ {2}warning +reach +others than its owner have access to 1 file/m)
      expect(ended.stdout).toContain("chmod -R go=")
    })
  )

  it.scoped("check accepts plain text only with OAUTH_STORE_PLAIN_TEXT", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const store = yield* stores["files"] ?? Effect.dieMessage("no files")
      yield* seed(store, newer, [{ key: recordKey("crm"), content: "x" }])
      const env = { ...store.env, OAUTH_STORE_PLAIN_TEXT: "true" }
      const sealed = yield* command.run(["store", "check"], { env })
      expect(sealed.code).toBe(1)
      expect(sealed.stdout).toMatch(/^ {2}failed +open /m)
      yield* command.run(["store", "remove", "--provider", "crm", "--yes"], { env })
      const ended = yield* command.run(["store", "check"], { env })
      expect(ended.code).toBe(0)
      expect(ended.stdout).toContain("all of them, in plain text")
    })
  )
})
