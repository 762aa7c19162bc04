import { expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as CommandLine from "./support/commandLine.js"
import { oidc, secret, variables } from "./support/server.js"

const folderWith = (files: Readonly<Record<string, string>>) =>
  Effect.tap(CommandLine.temporaryFolder, (folder) =>
    Effect.promise(() =>
      Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)))
    )
  )

const provider = (name: string, clientSecret = "${APP_SECRET}") => `
  ${name}:
    type: generic
    token_url: https://login.example.com/token
    client_id: app
    client_secret: ${clientSecret}
`

const names = (stdout: string) =>
  (
    JSON.parse(stdout) as { readonly providers: ReadonlyArray<{ name: string; source: string }> }
  ).providers.map(({ name, source }) => `${name} from ${source}`)

layer(CommandLine.layer, { excludeTestServices: true })(
  "where effect-oauth finds its configuration",
  (it) => {
    it.scoped("providers lists what is configured and its source without secrets, and sends nothing", () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const server = yield* oidc()
        const ended = yield* command.run(["providers"], { env: variables(server.tokenUrl) })
        expect(ended.code).toBe(0)
        expect(ended.stderr).toBe("")
        expect(ended.stdout).toMatch(/^oauth2 {2}generic, from the environment$/m)
        expect(ended.stdout).toMatch(/^ {2}client_id +app$/m)
        expect(ended.output).not.toContain(secret)
        expect(server.tokenRequests()).toHaveLength(0)
      })
    )

    it.scoped("--config uses only the named file, with variables from the environment", () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const server = yield* oidc()
        const text = `providers:${provider("local")}    allow_loopback_http: true\n`
        const cwd = yield* folderWith({ "a.yaml": text.replace(/https:.*/, "${APP_URL}") })
        const env = { APP_SECRET: secret, APP_URL: server.tokenUrl, OAUTH2_CLIENT_ID: "other" }
        const check = yield* command.run(["check", "--config", "a.yaml"], { cwd, env })
        expect(check.stdout).toMatch(/^local {2}generic, from a\.yaml$/m)
        expect(check.code).toBe(0)
        expect(check.output).not.toContain(secret)
        const listed = yield* command.run(["providers", "--json", "--config", "a.yaml"], { cwd, env })
        expect(names(listed.stdout)).toEqual(["local from a.yaml"])
        expect(listed.output).not.toContain(secret)
      })
    )

    it.scoped("finds a configuration file by its usual name, and --config overrides it", () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const json = { providers: { found: { type: "static", value: "${APP_SECRET}" } } }
        const cwd = yield* folderWith({
          "effect-oauth.json": JSON.stringify(json),
          "a.yaml": `providers:${provider("named")}`
        })
        const found = yield* command.run(["providers", "--json"], { cwd, env: { APP_SECRET: secret } })
        expect(names(found.stdout)).toEqual(["found from effect-oauth.json"])
        const named = yield* command.run(["providers", "--json", "--config=a.yaml"], { cwd })
        expect(names(named.stdout)).toEqual(["named from a.yaml"])
      })
    )

    it.scoped("the environment overrides .env, and --env-file names another file", () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const server = yield* oidc()
        const lines = (entries: Readonly<Record<string, string>>) =>
          Object.entries(entries)
            .map(([name, value]) => `${name}=${value}\n`)
            .join("")
        const cwd = yield* folderWith({
          ".env": lines(variables(server.tokenUrl, "wrong")),
          "right.env": lines(variables(server.tokenUrl))
        })
        const wrong = yield* command.run(["check"], { cwd })
        expect(wrong.code).toBe(1)
        const above = yield* command.run(["check"], { cwd, env: { OAUTH2_CLIENT_SECRET: secret } })
        expect(above.code).toBe(0)
        const other = yield* command.run(["check", "--env-file", "right.env"], { cwd })
        expect(other.code).toBe(0)
        expect(wrong.output + above.output + other.output).not.toContain(secret)
      })
    )

    it.scoped("S45 providers writes no control characters of a file, as text or as JSON", () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const json = {
          providers: {
            found: {
              type: "generic",
              token_url: "https://login.example.com/token",
              client_id: "app\u001b[2J\u009b1m\u202eend",
              client_secret: "${APP_SECRET}"
            }
          }
        }
        const cwd = yield* folderWith({ "effect-oauth.json": JSON.stringify(json) })
        for (const args of [["providers"], ["providers", "--json"]]) {
          const ended = yield* command.run(args, { cwd, env: { APP_SECRET: secret } })
          expect(ended.output).not.toMatch(
            /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
          )
          expect(ended.output).toContain("app[2J1mend")
        }
      })
    )

    it.scoped("warns on standard error of a secret in plain text, and does not show it", () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const cwd = yield* folderWith({ "effect-oauth.yml": `providers:${provider("plain", secret)}` })
        const ended = yield* command.run(["providers"], { cwd })
        expect(ended.code).toBe(0)
        expect(ended.stderr).toMatch(/^warning: providers\.plain\.client_secret: /m)
        expect(ended.output).not.toContain(secret)
        const json = yield* command.run(["providers", "--json"], { cwd })
        expect(JSON.parse(json.stdout)).toMatchObject({
          warnings: [expect.stringContaining("providers.plain.client_secret")]
        })
        expect(json.output).not.toContain(secret)
      })
    )

    it.scoped("exits with 1 for a missing or malformed file, and names every issue but no secret", () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const cwd = yield* folderWith({
          "mistakes.yaml": `providers:${provider("one", secret)}    margn: 5\n  two: {type: azur, client_secret: ${secret}}\n`,
          "broken.yaml": `providers:\n  one:\n    client_secret: "${secret}\n`,
          "broken.env": `OAUTH2_CLIENT_SECRET="${secret}\n`
        })
        yield* Effect.promise(() => mkdir(join(cwd, "folder.yaml")))
        const check = (...args: ReadonlyArray<string>) => command.run(["check", ...args], { cwd })
        const mistakes = yield* check("--config", "mistakes.yaml")
        expect(mistakes.stderr).toContain("providers.one.margn: ")
        expect(mistakes.stderr).toContain("providers.two.type: ")
        expect(mistakes.stderr).toContain("mistakes.yaml:")
        const missing = yield* check("--config", "none.yaml")
        expect(missing.stderr).toContain("none.yaml: expected a file; there is none")
        const others = yield* Effect.all([
          check("--config", "folder.yaml"),
          check("--config", "broken.yaml"),
          check("--env-file", "broken.env")
        ])
        for (const ended of [mistakes, missing, ...others]) {
          expect(ended.code).toBe(1)
          expect(ended.stdout).toBe("")
          expect(ended.stderr).not.toBe("")
          expect(ended.output).not.toContain(secret)
        }
      })
    )

    it.scoped("names a missing --env-file", () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const ended = yield* command.run(["check", "--env-file", "none.env"])
        // some versions of Node read this option themselves, wherever it stands
        expect([1, 9]).toContain(ended.code)
        expect(ended.stderr).toContain("none.env")
      })
    )
  }
)
