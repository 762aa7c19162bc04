import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { AccessToken, Grant, TokenProvider } from "effect-oauth"
import type { StepResult } from "../../src/cli/check/steps.js"
import { takeSteps } from "../../src/cli/check/steps.js"
import type { ConfiguredProvider } from "../../src/config/ConfiguredProvider.js"

/** A provider of which something is not as it should be. */
const configured = (
  change: (provider: TokenProvider.TokenProvider) => Partial<TokenProvider.TokenProvider>,
  type = "generic"
): ConfiguredProvider => ({
  name: "graph",
  type,
  source: "environment",
  settings: {},
  make: Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    let asked = 0
    const grant = Grant.make({
      name: "counting",
      request: () =>
        client.get("https://login.example.com").pipe(
          Effect.orDie,
          Effect.map(() => ({ value: Redacted.make(`token ${++asked}`), expiresIn: Duration.minutes(10) }))
        )
    })
    const provider = yield* TokenProvider.make({ name: "graph", grant })
    return { ...provider, ...change(provider) }
  })
})

const results = (one: ConfiguredProvider) =>
  Effect.gen(function* () {
    const begun: Array<string> = []
    const ended: Array<StepResult> = []
    const taken = yield* takeSteps(one, {
      begun: (step) => Effect.sync(() => void begun.push(step)),
      ended: (result) => Effect.sync(() => void ended.push(result))
    })
    // whoever watches hears of each step, in order
    expect(ended).toEqual(taken)
    expect(begun).toEqual(taken.filter(({ outcome }) => outcome !== "skipped").map(({ step }) => step))
    return taken.map((result) =>
      result.outcome === "failed"
        ? `${result.step} ${result.error.tag} ${result.error.reason}`
        : `${result.step} ${result.outcome}`
    )
  }).pipe(
    Effect.provideService(
      HttpClient.HttpClient,
      HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response())))
    )
  )

const another = (token: AccessToken.AccessToken, change: Partial<AccessToken.AccessToken>) =>
  new AccessToken.AccessToken({ ...token, ...change })

describe("the steps of a check", () => {
  it.effect("all pass for a provider that works", () =>
    Effect.gen(function* () {
      expect(yield* results(configured(() => ({})))).toEqual([
        "settings passed",
        "token passed",
        "cache passed",
        "refresh passed"
      ])
    })
  )

  it.effect("fail if the second get sends a request or returns another token", () =>
    Effect.gen(function* () {
      const failedAt = (reason: string) => [
        "settings passed",
        "token passed",
        `cache NotCached ${reason}`,
        "refresh skipped"
      ]
      const same = Redacted.make("same")
      const uncached = ({ refresh }: TokenProvider.TokenProvider) => ({
        get: Effect.map(refresh, (token) => another(token, { value: same }))
      })
      expect(yield* results(configured(uncached))).toEqual(failedAt("AnotherRequest"))
      let gets = 0
      const changing = ({ get }: TokenProvider.TokenProvider) => ({
        get: Effect.map(get, (token) =>
          ++gets === 1 ? token : another(token, { value: Redacted.make("another") })
        )
      })
      expect(yield* results(configured(changing))).toEqual(failedAt("AnotherToken"))
    })
  )

  it.effect("fail if the refresh sends no request or returns an expired token", () =>
    Effect.gen(function* () {
      const passed = ["settings passed", "token passed", "cache passed"]
      const lazy = configured(({ get }) => ({ refresh: get }))
      expect(yield* results(lazy)).toEqual([...passed, "refresh NotRefreshed NoRequest"])
      const late = ({ refresh }: TokenProvider.TokenProvider) => ({
        refresh: Effect.map(refresh, (token) => another(token, { expiresAt: token.issuedAt }))
      })
      expect(yield* results(configured(late))).toEqual([...passed, "refresh NotRefreshed Expired"])
    })
  )

  it.effect("skip the refresh of a fixed token", () =>
    Effect.gen(function* () {
      expect(yield* results(configured(() => ({}), "static"))).toEqual([
        "settings passed",
        "token passed",
        "cache passed",
        "refresh skipped"
      ])
    })
  )
})
