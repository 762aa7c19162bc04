import { describe, expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CommandLine from "./support/commandLine.js"
import { oidc, secret, variables } from "./support/server.js"

const lines = (text: string) => text.trimEnd().split("\n")

layer(CommandLine.layer, { excludeTestServices: true })("effect-oauth check", (it) => {
  it.scoped("exits with 0 for the right secret, after four steps and two requests", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      const ended = yield* command.spawn(["check"], { env: variables(server.tokenUrl) })
      expect(ended.stderr).toBe("")
      expect(ended.code).toBe(0)
      expect(lines(ended.stdout).map((line) => line.trim().split(/\s+/).slice(0, 2))).toEqual([
        ["oauth2", "generic,"],
        ["ok", "settings"],
        ["ok", "token"],
        ["ok", "cache"],
        ["ok", "refresh"],
        [""],
        ["1", "provider,"]
      ])
      expect(server.tokenRequests()).toHaveLength(2)
      expect(ended.output).not.toContain(secret)
    })
  )

  it.scoped("exits with 1 for a wrong secret, after exactly one token request", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      const wrong = "canary-other-secret-77aa01be5d93"
      const ended = yield* command.run(["check"], { env: variables(server.tokenUrl, wrong) })
      expect(ended.code).toBe(1)
      expect(server.tokenRequests()).toHaveLength(1)
      expect(ended.stdout).toMatch(/^ {2}failed +token +CredentialRejected \(InvalidClient\)/m)
      expect(ended.stdout).toContain("The server does not accept this client id with this secret.")
      expect(ended.stdout).toMatch(/^ {2}skipped +cache/m)
      expect(ended.stdout).toMatch(/^ {2}skipped +refresh/m)
      expect(ended.output).not.toContain(wrong)
    })
  )

  it.scoped("exits with 1 if the server is down", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      yield* server.stop
      const ended = yield* command.run(["check"], { env: variables(server.tokenUrl) })
      expect(ended.code).toBe(1)
      expect(ended.stdout).toMatch(/^ {2}ok +settings/m)
      expect(ended.stdout).toMatch(/^ {2}failed +token +TransientFailure \(NotSent\)/m)
      expect(ended.stdout).toContain("No connection came about.")
      expect(ended.output).not.toContain(secret)
    })
  )

  it.scoped("exits with 1 before any request if a setting is missing, and names it", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      const { OAUTH2_CLIENT_ID: _, ...env } = variables(server.tokenUrl)
      const ended = yield* command.run(["check"], { env })
      expect(ended.code).toBe(1)
      expect(ended.stdout).toMatch(/^ {2}failed +settings +InvalidConfiguration \(Missing\)/m)
      expect(ended.stdout).toContain("OAUTH2_CLIENT_ID")
      expect(server.tokenRequests()).toHaveLength(0)
      expect(ended.output).not.toContain(secret)
    })
  )

  it.scoped("exits with 2 in an empty environment, and says what to set and where to get it", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const ended = yield* command.run(["check"])
      expect(ended.code).toBe(2)
      expect(ended.stdout).toBe("")
      for (const name of [
        "AZURE_TENANT_ID",
        "AUTH0_DOMAIN",
        "OAUTH2_CLIENT_ID",
        "Where to get them:",
        "--config"
      ]) {
        expect(ended.stderr).toContain(name)
      }
    })
  )

  it.scoped("exits with 130 when it is interrupted while it waits for the server", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      yield* server.answerAfter("1 minute")
      const env = variables(server.tokenUrl)
      const ended = yield* command.spawn(["check"], { env }, { after: "settings", signal: "SIGINT" })
      expect(ended.code).toBe(130)
      expect(ended.stderr).toBe("")
    })
  )

  it.scoped("checks only the named providers, and each of them once", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      const env = { ...variables(server.tokenUrl), AZURE_TENANT_ID: "contoso" }
      const ended = yield* command.run(["check", "oauth2", "oauth2"], { env })
      expect(ended.stdout).not.toContain("azure")
      expect(ended.code).toBe(0)
      expect(server.tokenRequests()).toHaveLength(2)
    })
  )

  it.scoped("exits with 1 for an unknown provider, and lists the configured ones", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      const ended = yield* command.run(["check", "oauth2", "grahp"], { env: variables(server.tokenUrl) })
      expect(ended.code).toBe(1)
      expect(ended.stderr).toContain("grahp: expected one of oauth2")
      expect(server.tokenRequests()).toHaveLength(0)
    })
  )

  describe("--json", () => {
    it.scoped("writes one object with the steps of each provider", () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const server = yield* oidc()
        const ended = yield* command.run(["check", "--json"], { env: variables(server.tokenUrl) })
        expect(ended.code).toBe(0)
        expect(ended.stderr).toBe("")
        const token = {
          fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
          scopes: ["read"],
          expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
          lifetimeSeconds: 600
        }
        const milliseconds = expect.any(Number) as number
        const report: unknown = JSON.parse(ended.stdout)
        expect(report).toEqual({
          passed: true,
          providers: [
            {
              name: "oauth2",
              type: "generic",
              source: "environment",
              settings: expect.objectContaining({ client_id: "app", token_url: server.tokenUrl }) as object,
              passed: true,
              steps: [
                { step: "settings", outcome: "passed", milliseconds, requests: 0 },
                { step: "token", outcome: "passed", milliseconds, requests: 1, token },
                { step: "cache", outcome: "passed", milliseconds, requests: 0, token },
                { step: "refresh", outcome: "passed", milliseconds, requests: 1, token }
              ]
            }
          ],
          warnings: []
        })
        const prints = [...ended.stdout.matchAll(/"fingerprint":"(.{8})"/g)].map(([, print]) => print)
        expect(prints[0]).toBe(prints[1])
        expect(prints[1]).not.toBe(prints[2])
      })
    )

    it.scoped("writes the error of a failed step and what to do", () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const server = yield* oidc()
        const ended = yield* command.run(["check", "--json"], { env: variables(server.tokenUrl, "wrong") })
        expect(ended.code).toBe(1)
        const report = JSON.parse(ended.stdout) as {
          readonly passed: boolean
          readonly providers: [{ steps: unknown }]
        }
        expect(report.passed).toBe(false)
        const skipped = { outcome: "skipped", reason: "an earlier step failed" }
        expect(report.providers[0].steps).toEqual([
          expect.objectContaining({ step: "settings", outcome: "passed" }),
          {
            step: "token",
            outcome: "failed",
            milliseconds: expect.any(Number) as number,
            requests: 1,
            error: {
              tag: "CredentialRejected",
              reason: "InvalidClient",
              code: "invalid_client",
              status: 401,
              message: expect.stringContaining("oauth2: the credential was rejected") as string,
              remedy: expect.stringContaining("The server does not accept") as string
            }
          },
          { step: "cache", ...skipped },
          { step: "refresh", ...skipped }
        ])
      })
    )

    it.scoped("writes an object if nothing is configured", () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const ended = yield* command.run(["check", "--json"])
        expect(ended.code).toBe(2)
        const { error, wellKnown } = JSON.parse(ended.stdout) as {
          readonly error: unknown
          readonly wellKnown: ReadonlyArray<{ readonly name: string }>
        }
        expect(error).toMatchObject({ tag: "InvalidConfiguration", reason: "NothingConfigured" })
        expect(wellKnown.map(({ name }) => name)).toEqual(["azure", "auth0", "oauth2"])
      })
    )
  })
})
