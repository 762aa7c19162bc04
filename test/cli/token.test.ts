import { expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CommandLine from "./support/commandLine.js"
import { oidc, secret, variables } from "./support/server.js"

layer(CommandLine.layer, { excludeTestServices: true })("effect-oauth token", (it) => {
  it.scoped("prints a valid token and nothing else", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      const ended = yield* command.spawn(["token", "oauth2"], { env: variables(server.tokenUrl) })
      expect(ended.code).toBe(0)
      expect(ended.stderr).toBe("")
      expect(ended.stdout).toMatch(/^\S+\n$/)
      const seen = yield* Effect.promise(() => server.lookUp(ended.stdout.trimEnd()))
      expect(seen).toMatchObject({ client: "app", scope: "read" })
    })
  )

  it.scoped("writes logs to standard error, and only the token to standard output", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      const args = ["token", "--log-level", "all", "oauth2"]
      const ended = yield* command.run(args, { env: variables(server.tokenUrl) })
      expect(ended.stdout).toMatch(/^\S+\n$/)
    })
  )

  it.scoped("--json writes the token, its header and its expiry", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      const ended = yield* command.run(["token", "oauth2", "--json"], { env: variables(server.tokenUrl) })
      const answer = JSON.parse(ended.stdout) as { readonly token: string }
      expect(answer).toEqual({
        provider: "oauth2",
        token: expect.any(String) as string,
        header: "authorization",
        scheme: "Bearer",
        scopes: ["read"],
        expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) as string
      })
      expect(yield* Effect.promise(() => server.lookUp(answer.token))).toMatchObject({ client: "app" })
    })
  )

  it.scoped("exits with 1 if there is no token, and writes the error and remedy to standard error only", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      const ended = yield* command.run(["token", "oauth2"], { env: variables(server.tokenUrl, "wrong") })
      expect(ended.code).toBe(1)
      expect(ended.stdout).toBe("")
      expect(ended.stderr).toContain("CredentialRejected (InvalidClient)")
      expect(ended.stderr).toContain("The server does not accept this client id with this secret.")
      expect(server.tokenRequests()).toHaveLength(1)
    })
  )

  it.scoped("exits with 1 for an unknown provider, and with 2 if nothing is configured", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const env = variables("https://login.example.com/token")
      const unknown = yield* command.run(["token", "graph"], { env })
      expect(unknown).toMatchObject({ code: 1, stdout: "" })
      expect(unknown.stderr).toContain("graph: expected one of oauth2")
      expect(unknown.output).not.toContain(secret)
      const nothing = yield* command.run(["token", "graph"])
      expect(nothing).toMatchObject({ code: 2, stdout: "" })
    })
  )

  it.scoped("--json writes a failure as an object", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      const env = variables(server.tokenUrl, "wrong")
      const rejected = yield* command.run(["token", "oauth2", "--json"], { env })
      expect(rejected.code).toBe(1)
      expect(JSON.parse(rejected.stdout)).toMatchObject({
        error: { tag: "CredentialRejected", reason: "InvalidClient", status: 401 }
      })
      const unknown = yield* command.run(["token", "graph", "--json"], { env })
      expect(JSON.parse(unknown.stdout)).toMatchObject({
        error: { tag: "InvalidConfiguration", reason: "UnknownProvider", issues: [{ path: "graph" }] }
      })
    })
  )

  it.scoped("no option accepts a secret", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const help = yield* Effect.forEach(["check", "token", "providers", "watch"], (name) =>
        command.run([name, "--help"])
      )
      const options = new Set(help.flatMap(({ stdout }) => stdout.match(/--[a-z-]+/g) ?? []))
      const builtIn = ["--completions", "--help", "--log-level", "--version", "--wizard"]
      expect([...options].sort()).toEqual(["--config", "--env-file", "--json", ...builtIn].sort())
    })
  )
})
