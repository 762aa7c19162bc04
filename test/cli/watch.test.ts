import { expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CommandLine from "./support/commandLine.js"
import { oidc, secret, variables } from "./support/server.js"
import { onTerminal, show } from "./support/terminal.js"

/** The first of the objects that stand on a line each. */
const firstOf = (stdout: string): unknown => JSON.parse(stdout.slice(0, stdout.indexOf("\n")))

const ctrlC = "\u0003"

layer(CommandLine.layer, { excludeTestServices: true })("effect-oauth watch", (it) => {
  it.scoped("draws in place on a terminal, fits its width, and clears it on Ctrl-C", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc(6)
      const { code, written } = yield* onTerminal(command, ["watch"], {
        columns: 110,
        rows: 10,
        env: { ...variables(server.tokenUrl), AZURE_TENANT_ID: "contoso" },
        steps: [
          ["expect", "refreshed"],
          // the second token, kept alive by nobody but the command
          ["expect", "2s ago"],
          ["expect", "just now"],
          ["resize", 50, 5],
          ["expect", "AZURE_CLIENT_ID…"],
          ["send", ctrlC]
        ]
      })
      expect(code).toBe(130)
      expect(server.tokenRequests().length).toBeGreaterThan(1)
      expect(written).not.toContain(secret)

      const atTheEnd = show(written)
      expect(atTheEnd).toMatchObject({ isOtherScreen: false, hasCursor: true, wraps: true })
      // a terminal echoes what is typed
      expect(atTheEnd.lines.join("").replace("^C", "")).toBe("")

      const narrow = show(written.slice(0, written.lastIndexOf("\u001b[?7h")), 50)
      expect(narrow.isOtherScreen).toBe(true)
      expect(narrow.hasCursor).toBe(false)
      expect(narrow.lines).toHaveLength(5)
      expect(Math.max(...narrow.lines.map((line) => line.length))).toBeLessThanOrEqual(50)
      expect(narrow.lines[3]).toBe("    azure: settings are missing: AZURE_CLIENT_ID…")
      expect(narrow.lines[0]).toMatch(/^effect-oauth watch {2}2 providers/)

      const frames = written.split("\u001b[H").slice(1)
      const wide = show(frames.find((drawn) => drawn.includes("2s ago")) ?? "").lines
      expect(wide.find((line) => line.startsWith("  oauth2"))).toMatch(
        /^ {2}oauth2 +(fresh|due|refreshing) +█+░* +\ds +refreshed 2s ago \([^)]+\)/
      )
      expect(wide.find((line) => line.startsWith("  azure"))).toMatch(/^ {2}azure +incomplete +░+/)
      expect(wide.some((line) => line.includes("AZURE_CLIENT_ID"))).toBe(true)
    })
  )

  it.scoped("writes a line for each event without a terminal, until it is stopped", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc(4)
      const env = { ...variables(server.tokenUrl), AZURE_TENANT_ID: "contoso" }
      const ended = yield* command.spawn(["watch"], { env }, { after: "Refreshed", signal: "SIGINT" })
      expect(ended.code).toBe(130)
      expect(ended.stderr).toBe("")
      const lines = ended.stdout.trimEnd().split("\n")
      expect(lines[0]).toMatch(
        /^\d{4}-\S+Z {2}azure {2}Incomplete {2}InvalidConfiguration \(Missing\): .*AZURE_CLIENT_ID/
      )
      expect(lines.find((line) => line.includes("Acquired"))).toMatch(
        /^\d{4}-\S+Z {2}oauth2 {2}Acquired {2}cause Cold, took [^,]+, lives 4s$/
      )
      // a process that is starved for a second may find its token expired
      expect(lines.find((line) => line.includes("Refreshed"))).toMatch(
        /^\d{4}-\S+Z {2}oauth2 {2}Refreshed {2}cause (Due|Expired), took [^,]+, lives 4s$/
      )
      expect(ended.output).not.toContain(secret)
      expect(ended.output).not.toContain("\u001b")
    })
  )

  it.scoped("--json writes one object per line", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      const env = variables(server.tokenUrl)
      const acquired = yield* command.spawn(["watch", "--json"], { env }, { after: "}\n", signal: "SIGTERM" })
      expect(acquired.code).toBe(143)
      expect(firstOf(acquired.stdout)).toEqual({
        at: expect.stringMatching(/Z$/) as string,
        provider: "oauth2",
        event: "Acquired",
        grant: "client_credentials",
        cause: "Cold",
        attempts: 1,
        joined: 0,
        milliseconds: expect.any(Number) as number,
        issuedAt: expect.stringMatching(/Z$/) as string,
        expiresAt: expect.stringMatching(/Z$/) as string,
        lifetimeSeconds: 600
      })
      const wrong = variables(server.tokenUrl, "wrong")
      const rejected = yield* command.spawn(
        ["watch", "--json"],
        { env: wrong },
        { after: "}\n", signal: "SIGTERM" }
      )
      expect(firstOf(rejected.stdout)).toMatchObject({
        event: "Rejected",
        retryAt: expect.stringMatching(/Z$/) as string,
        error: { tag: "CredentialRejected", reason: "InvalidClient", remedy: expect.any(String) as string }
      })
    })
  )

  it.scoped("exits with 2 if nothing is configured", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const ended = yield* command.spawn(["watch"])
      expect(ended).toMatchObject({ code: 2, stdout: "" })
    })
  )
})
