import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { recordingClient } from "../support/recordingClient.js"
import { firstRequest, mistakesIn, named, parse } from "./support.js"

const file = (policy: string) => `providers:
  api:
    type: zoom
    account_id: a
    client_id: b
    client_secret: \${SECRET}
    policy: { ${policy} }
`

const providerWith = (policy: string) =>
  Effect.map(parse(file(policy), { SECRET: "a-secret", TEN: "10" }), (found) => named(found, "api"))

describe("the policy of a file", () => {
  it.scoped("decides when a token is refreshed", () =>
    Effect.gen(function* () {
      const { make, settings } = yield* providerWith(
        'margin: "${TEN}m", margin_fraction: 1, margin_jitter: 0'
      )
      expect(settings["policy.margin"]).toBe("10m")
      const { provider } = yield* firstRequest(make)
      const { expiresAt, refreshAt } = yield* provider.status
      expect(Option.zipWith(refreshAt, expiresAt, DateTime.distance)).toEqual(Option.some(600_000))
    })
  )

  it.scoped("decides how often is asked", () =>
    Effect.gen(function* () {
      const { make } = yield* providerWith("attempts: 1, window: 7")
      const { layer, requests } = recordingClient(() => ({ status: 503, body: {} }))
      const provider = yield* Effect.provide(make, layer)
      const error = yield* Effect.flip(provider.get)
      expect(requests).toHaveLength(1)
      expect(error).toMatchObject({ _tag: "TransientFailure", retryAt: DateTime.unsafeMake(7_000) })
    })
  )

  const durations: Readonly<Record<string, string>> = {
    "30": "30s",
    "0.5": "500ms",
    "30 seconds": "30s",
    "1 second": "1s",
    "90s": "1m 30s",
    "5m": "5m",
    "5 min": "5m",
    "2 hours": "2h",
    "1d": "1d",
    "250 ms": "250ms",
    "1.5h": "1h 30m"
  }
  for (const [text, shown] of Object.entries(durations)) {
    it.effect(`a duration may be ${text}`, () =>
      Effect.gen(function* () {
        expect((yield* providerWith(`default_lifetime: ${text}`)).settings).toHaveProperty(
          ["policy.default_lifetime"],
          shown
        )
      })
    )
  }

  for (const text of ["soon", "5 parsecs", "-1", "1e3", "5m 30s", "Infinity"]) {
    it.effect(`and not ${text}`, () =>
      Effect.gen(function* () {
        expect(yield* mistakesIn(file(`deadline: ${text}`), { SECRET: "a" })).toEqual([
          "providers.api.policy.deadline: a duration, such as 30 seconds, 5m, 250 ms or a number of seconds (app.yaml:7:15)"
        ])
      })
    )
  }
})
