import { expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CommandLine from "./support/commandLine.js"
import { oidc, variables } from "./support/server.js"
import { lost, newer, older, seed, stores } from "./support/stores.js"

layer(CommandLine.layer, { excludeTestServices: true })("effect-oauth token on a store", (it) => {
  for (const [name, make] of Object.entries(stores)) {
    it.scoped(`in ${name}: token uses a stored token without a request`, () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const server = yield* oidc()
        const store = yield* make
        yield* seed(store, older, [])
        const run = (env: Readonly<Record<string, string>>) =>
          command.run(["token", "oauth2"], { env: { ...variables(server.tokenUrl), ...env } })
        const env = { ...store.env, OAUTH_STORE_KEYS: older }
        const first = yield* run(env)
        const second = yield* run(env)
        expect([first.code, first.stderr]).toEqual([0, ""])
        expect(second).toEqual(first)
        expect(server.tokenRequests()).toHaveLength(1)

        const rotated = { ...store.env, OAUTH_STORE_KEYS: `${newer},${older}` }
        expect((yield* command.run(["store", "rekey"], { env: rotated })).code).toBe(0)
        expect(yield* run({ ...store.env, OAUTH_STORE_KEYS: newer })).toEqual(first)
        const removed = yield* command.run(["store", "remove", "--provider", "oauth2", "--yes"], { env })
        expect(removed.code).toBe(0)
        const third = yield* run(rotated)
        expect(third.code).toBe(0)
        expect(third.stdout).not.toBe(first.stdout)
        expect(server.tokenRequests()).toHaveLength(2)
        // what no key opens is no token, and no reason to have none
        const closed = yield* run({ ...store.env, OAUTH_STORE_KEYS: lost })
        expect(closed.code).toBe(0)
        expect(server.tokenRequests()).toHaveLength(3)
      })
    )
  }

  it.scoped("token ignores a missing store, and fails for malformed settings", () =>
    Effect.gen(function* () {
      const command = yield* CommandLine.CommandLine
      const server = yield* oidc()
      const run = (env: Readonly<Record<string, string>>) =>
        command.run(["token", "oauth2"], { env: { ...variables(server.tokenUrl), ...env } })
      const gone = yield* run({ OAUTH_STORE: "postgres://app@127.0.0.1:1/app", OAUTH_STORE_KEYS: older })
      expect(gone.code).toBe(0)
      expect(gone.stdout).toMatch(/^\S+\n$/)
      expect(gone.stderr).toMatch(/^warning: postgres:.*ECONNREFUSED.*; tokens are not kept\n$/)
      const keyless = yield* run({ OAUTH_STORE: "files:tokens" })
      expect(keyless).toMatchObject({ code: 2, stdout: "" })
      const malformed = yield* run({ OAUTH_STORE: "tokens", OAUTH_STORE_KEYS: older })
      expect(malformed).toMatchObject({ code: 1, stdout: "" })
      expect(server.tokenRequests()).toHaveLength(1)
    })
  )
})
