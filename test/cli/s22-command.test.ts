import { expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { marks, marksIn } from "../canary/marks.js"
import * as CommandLine from "./support/commandLine.js"
import { answering, variables } from "./support/server.js"
import { onTerminal } from "./support/terminal.js"

const token = { access_token: marks.accessToken, token_type: "Bearer", expires_in: 60 }

/** What a server may say back, of the secret that it was sent. */
const refusal = {
  error: "invalid_client",
  error_description: `no client has the secret ${marks.clientSecret}`
}

const modes: ReadonlyArray<ReadonlyArray<string>> = [
  ["check"],
  ["check", "--json"],
  ["check", "--log-level", "all"],
  ["providers"],
  ["providers", "--json"],
  ["watch", "--log-level", "all"],
  ["watch", "--json"]
]

layer(CommandLine.layer, { excludeTestServices: true })(
  "S22 no secret and no token in what the command writes",
  (it) => {
    it.scoped("S22 wherever it is not asked for a token", () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const ended = yield* Effect.forEach(
          [yield* answering(200, token), yield* answering(401, refusal)],
          ({ tokenUrl }) =>
            Effect.forEach(
              modes,
              (args) => {
                const env = variables(tokenUrl, marks.clientSecret)
                // ends once it has told what it has to tell
                return args[0] === "watch"
                  ? command.spawn(args, { env }, { after: "\n", signal: "SIGTERM" })
                  : command.run(args, { env })
              },
              { concurrency: 2 }
            )
        )
        for (const { output } of ended.flat()) {
          expect(output).not.toBe("")
          expect(marksIn(output)).toEqual([])
        }
      })
    )

    it.scoped("S22 on a terminal", () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const good = variables((yield* answering(200, token)).tokenUrl, marks.clientSecret)
        const bad = variables((yield* answering(401, refusal)).tokenUrl, marks.clientSecret)
        const size = { columns: 200, rows: 50 }
        const endsWatch = [
          ["expect", "next attempt"],
          ["send", "\u0003"]
        ] as const
        const written = yield* Effect.all([
          onTerminal(command, ["check"], { ...size, env: good, steps: [] }),
          onTerminal(command, ["check"], { ...size, env: bad, steps: [] }),
          onTerminal(command, ["watch"], { ...size, env: bad, steps: endsWatch })
        ])
        for (const one of written) expect(marksIn(one.written)).toEqual([])
      })
    )

    it.scoped(
      "S22 the token stands on standard output of the command that is asked for it, and nowhere else",
      () =>
        Effect.gen(function* () {
          const command = yield* CommandLine.CommandLine
          const { tokenUrl } = yield* answering(200, token)
          const args = ["token", "oauth2", "--log-level", "all"]
          const ended = yield* command.run(args, { env: variables(tokenUrl, marks.clientSecret) })
          expect(ended).toMatchObject({ code: 0, stdout: `${marks.accessToken}\n`, stderr: "" })
          const refused = yield* answering(400, { ...refusal, ...token })
          const failed = yield* command.run(args, { env: variables(refused.tokenUrl, marks.clientSecret) })
          expect(failed.code).toBe(1)
          expect(failed.stdout).toBe("")
          expect(marksIn(failed.stderr)).toEqual([])
        })
    )

    it.scoped("S22 with secrets at every wrong place of a file", () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const secret = marks.otherSecret
        const files = [
          `providers: ${secret}`,
          `providers:\n  one: ${secret}`,
          `providers:\n  one: {type: generic, client_secret: [${secret}], policy: {margin: ${secret}}}`,
          `providers:\n  one: {type: static, value: {value: ${secret}}}`,
          `{"providers": {"one": {"type": "generic", "client_secret": "${secret}"`,
          `oauth2: {provider_type: azure, client_secret: ${secret}, tenant_id: 5}`
        ]
        const cwd = yield* CommandLine.temporaryFolder
        yield* Effect.forEach(files, (text) =>
          Effect.gen(function* () {
            yield* Effect.promise(() => writeFile(join(cwd, "effect-oauth.yaml"), text))
            const ended = yield* command.run(["check", "--json", "--log-level", "all"], { cwd })
            expect(ended.code).toBe(1)
            expect(marksIn(ended.output)).toEqual([])
          })
        )
      })
    )
  }
)
