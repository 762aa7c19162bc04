import { expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { optionsOf } from "../../src/cli/effectCliWorkarounds.js"
import { strip } from "../../src/cli/render/style.js"
import * as Child from "../support/childProcess.js"
import * as CommandLine from "./support/commandLine.js"
import { oidc, variables } from "./support/server.js"
import { onTerminal } from "./support/terminal.js"

const escape = "\u001b"

layer(CommandLine.layer, { excludeTestServices: true })("the command line of effect-oauth", (it) => {
  it.effect("--help names the commands, and each command has its own help", () =>
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

  for (const columns of [80, 100]) {
    it.scoped(`--help fits a terminal of ${columns} columns`, () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const commands = [["--help"], ["check", "--help"], ["store", "--help"], ["store", "remove", "--help"]]
        for (const args of commands) {
          const { code, written } = yield* onTerminal(command, args, {
            columns,
            rows: 50,
            env: {},
            steps: []
          })
          expect(code).toBe(0)
          const lines = strip(written).split(/\r?\n/)
          for (const line of lines) expect(line.length).toBeLessThan(columns)
          for (const line of lines.filter((one) => one.startsWith("  - "))) {
            expect(line).toMatch(/^ {2}- [a-z ]{5,12} {2}[A-Z]/)
          }
        }
      })
    )
  }

  it.effect("unknownOption knows the options that the help of each command lists", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      for (const [path, options] of optionsOf) {
        const words = path.split(" ").filter((word) => word !== "")
        const { stdout } = yield* command.run([...words, "--help"])
        const listed = [...stdout.matchAll(/^ {2}\(?(--[\w-]+)/gm)].map(([, name]) => name)
        const builtIns = ["--completions", "--log-level", "--wizard", "--version"]
        expect([path, listed.filter((name) => !builtIns.includes(name ?? "")).sort()]).toEqual([
          path,
          [...options].sort()
        ])
      }
    })
  )

  it.scoped("an unknown option is named on a terminal, with exit code 1", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      for (const columns of [80, 100]) {
        const size = { columns, rows: 24, env: {}, steps: [] }
        const { code, written } = yield* onTerminal(command, ["check", "--foo"], size)
        expect(code).toBe(1)
        expect(written.trim()).toBe("Unknown option --foo; see effect-oauth check --help")
      }
    })
  )

  it.effect("S45 standard error shows no control characters of an argument", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      for (const args of [
        ["chek\u001b[2J\u202e"],
        ["check", "--\u009b1m"],
        ["events", "--limit", "\u001b[2J"]
      ]) {
        const ended = yield* command.run(args)
        expect(ended.code).toBe(1)
        expect(ended.output).not.toMatch(
          /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
        )
      }
    })
  )

  it.effect("--version prints the version of the package", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const ended = yield* command.spawn(["--version"])
      expect(ended.stdout.trim()).toMatch(/^\d+\.\d+\.\d+/)
    })
  )

  it.effect("--completions prints a script for bash, zsh and fish", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      for (const shell of ["bash", "zsh", "fish"]) {
        const ended = yield* command.spawn(["--completions", shell])
        expect(ended.code).toBe(0)
        expect(ended.stdout).toContain("providers")
      }
    })
  )

  it.effect("bash completes the commands and their options", () =>
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

  it.effect("exits with 1 for an unknown command, option or argument", () =>
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

  it.scoped("writes colors to a terminal only, and not with NO_COLOR", () =>
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

  it.scoped("exits with 141 when standard output is closed", () =>
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
