import { expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Child from "../support/childProcess.js"
import * as CommandLine from "./support/commandLine.js"
import { oidc, variables } from "./support/server.js"
import { onTerminal } from "./support/terminal.js"

const escape = "\u001b"

layer(CommandLine.layer, { excludeTestServices: true })("the command line of effect-oauth", (it) => {
  it.effect("--help names the commands, and each command has help of its own", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const help = yield* command.spawn(["--help"])
      expect(help.code).toBe(0)
      for (const name of ["check", "token", "providers", "watch", "store list", "store remove", "events"]) {
        expect(help.stdout).toContain(`- ${name} `)
      }
      const check = yield* command.spawn(["check", "--help"])
      expect(check.stdout).toContain("--config")
      expect(help.output + check.output).not.toContain(escape)
    })
  )

  it.effect("--version is the package's", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const ended = yield* command.spawn(["--version"])
      expect(ended.stdout.trim()).toMatch(/^\d+\.\d+\.\d+/)
    })
  )

  it.effect("completions for the shells", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      for (const shell of ["bash", "zsh", "fish"]) {
        const ended = yield* command.spawn(["--completions", shell])
        expect(ended.code).toBe(0)
        expect(ended.stdout).toContain("providers")
      }
    })
  )

  it.effect("bash completes commands, and the options of each", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const { stdout } = yield* command.spawn(["--completions", "bash"])
      const completed = (...words: ReadonlyArray<string>) => {
        const script = [
          stdout,
          `COMP_WORDS=(effect-oauth ${words.join(" ")}); COMP_CWORD=${words.length}`,
          "_effect-oauth_bash_completions effect-oauth",
          'echo "${COMPREPLY[@]}"'
        ]
        return Effect.map(Child.run("bash", { args: ["-c", script.join("\n")] }), (ended) => ended.stdout)
      }
      expect(yield* completed("pr")).toBe("providers\n")
      expect(yield* completed("check", "--env")).toBe("--env-file\n")
      expect(yield* completed("check", "--j")).toBe("--json\n")
      expect(yield* completed("store", "rek")).toBe("rekey\n")
      expect(yield* completed("store", "remove", "--y")).toBe("--yes\n")
      expect(yield* completed("events", "--si")).toBe("--since\n")
    })
  )

  it.effect("1 for what there is not: a command, an option, an argument", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const wrong = [
        ["chek"],
        ["check", "--confg", "x"],
        ["providers", "graph"],
        ["token"],
        ["check", "--config"],
        ["--wizard"],
        ["check", "--wizard"],
        ["store", "lst"],
        ["store", "list", "crm"],
        ["store", "remove", "--provdier", "crm"],
        ["events", "--limit", "all"]
      ]
      for (const args of wrong) {
        const ended = yield* command.spawn(args)
        expect([args, ended.code, ended.stdout]).toEqual([args, 1, ""])
        expect(ended.stderr).not.toBe("")
        expect(ended.stderr).not.toContain("bug")
      }
    })
  )

  it.scoped("colour on a terminal alone, and not with NO_COLOR", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      const env = variables(server.tokenUrl)
      const size = { columns: 100, rows: 24, steps: [] }
      const piped = yield* command.spawn(["check"], { env })
      const coloured = yield* onTerminal(command, ["check"], { ...size, env })
      const plain = yield* onTerminal(command, ["check"], { ...size, env: { ...env, NO_COLOR: "1" } })
      const help = yield* onTerminal(command, ["--help"], { ...size, env: { NO_COLOR: "1" } })
      expect([coloured.code, plain.code, help.code]).toEqual([0, 0, 0])
      const colours = /\u001b\[[0-9;]*m/
      expect(coloured.written).toMatch(colours)
      expect(plain.written).not.toMatch(colours)
      expect(help.written).not.toMatch(colours)
      expect(piped.output).not.toContain(escape)
    })
  )

  it.scoped("141 where the reader has gone", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc(2)
      const child = yield* command.start(["watch"], { env: variables(server.tokenUrl) })
      yield* child.writes("\n")
      yield* child.hangUp
      const { code, stderr } = yield* child.ended
      expect({ code, stderr }).toEqual({ code: 141, stderr: "" })
    })
  )
})
