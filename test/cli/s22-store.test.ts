import { expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { marks, marksIn } from "../canary/marks.js"
import * as CommandLine from "./support/commandLine.js"
import { lost, newer, older, recordKey, seed, stores } from "./support/stores.js"
import { onTerminal } from "./support/terminal.js"

/** What a token cache keeps, with every secret that may be in it. */
const content = JSON.stringify(marks)

const modes: ReadonlyArray<ReadonlyArray<string>> = [
  ["store", "list"],
  ["store", "list", "--json"],
  ["store", "check"],
  ["store", "check", "--json"],
  ["store", "check", "--log-level", "all"],
  ["store", "rekey"],
  ["store", "rekey", "--json"],
  ["events"],
  ["events", "--json"],
  ["store", "remove", "--provider", "crm", "--yes", "--log-level", "all"]
]

const ways: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "keys that open": { OAUTH_STORE_KEYS: `${newer},${older}` },
  "a key that opens nothing": { OAUTH_STORE_KEYS: lost },
  "plain text": { OAUTH_STORE_PLAIN_TEXT: "true" }
}

/** The secret halves of the keys, and what a URL holds. */
const others = [older, newer, lost].map((key) => key.slice(key.indexOf(":") + 1))

const expectNoSecret = (text: string, { OAUTH_STORE = "" }: Readonly<Record<string, string>>): void => {
  const password = URL.canParse(OAUTH_STORE) ? new URL(OAUTH_STORE).password : ""
  expect(text).not.toBe("")
  expect(marksIn(text)).toEqual([])
  for (const secret of [...others, ...(password === "" ? [] : [password])]) {
    expect(text).not.toContain(secret)
  }
}

layer(CommandLine.layer, { excludeTestServices: true })("S22 no secret in what is told of a store", (it) => {
  for (const [name, make] of Object.entries(stores)) {
    const seeded = Effect.tap(make, (store) =>
      seed(store, older, [
        { key: recordKey("crm", "acme.example"), content, presentedFor: 900 },
        { key: recordKey("graph"), content, expiresIn: 60 }
      ])
    )

    for (const [way, keys] of Object.entries(ways)) {
      it.scoped(`S22 in ${name}, with ${way}`, () =>
        Effect.gen(function* () {
          const command = yield* CommandLine.CommandLine
          const { env } = yield* seeded
          const written = yield* Effect.forEach(
            modes,
            (args) => Effect.map(command.run(args, { env: { ...env, ...keys } }), ({ output }) => output),
            { concurrency: 3 }
          )
          for (const text of written) expectNoSecret(text, env)
        })
      )
    }

    it.scoped(`S22 in ${name}, on a terminal`, () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const { env } = yield* seeded
        const { written } = yield* onTerminal(command, ["store", "remove", "--provider", "graph"], {
          columns: 200,
          rows: 24,
          env,
          steps: [
            ["expect", "[y/N] "],
            ["send", "n"]
          ]
        })
        expectNoSecret(written, env)
      })
    )
  }

  it.scoped("S22 where a database refuses", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const url = new URL("postgres://app@127.0.0.1:1/app")
      url.password = marks.otherSecret
      const places = [url.href, `postgres://app:7/${marks.otherSecret}@h/app`]
      for (const OAUTH_STORE of places) {
        const ended = yield* Effect.forEach(
          modes,
          (args) => command.run(args, { env: { OAUTH_STORE, OAUTH_STORE_KEYS: older } }),
          { concurrency: 3 }
        )
        for (const { code, output } of ended) {
          expect(code).toBe(1)
          expect(marksIn(output)).toEqual([])
        }
      }
    })
  )
})
