import { assert, describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { AccessToken, BearerClient, TokenError, TokenEvent, TokenProvider } from "effect-oauth"
import { FakeAuthorizationServer, TestTokenProvider } from "effect-oauth/testing"
import { settle } from "../support/clock.js"

class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}

const text = (token: AccessToken.AccessToken) => Redacted.value(token.value)

describe("a fixed token", () => {
  it.effect("stands in for any credential, by its tag", () =>
    Effect.gen(function* () {
      const graph = yield* Graph
      expect(graph.name).toBe("app/Graph")
      expect(graph.isConfigured).toBe(true)
      expect(text(yield* graph.get)).toBe("a-test-token")
      expect((yield* graph.headers)["authorization"]).toBe("Bearer a-test-token")
      yield* TestClock.adjust("365 days")
      expect(text(yield* graph.get)).toBe("a-test-token")
      expect(yield* TestTokenProvider.asked(Graph)).toBe(1)
    }).pipe(Effect.provide(TestTokenProvider.layer(Graph, "a-test-token")))
  )

  it.scoped("takes a redacted value, and tells the scopes and the lifetime that it is given", () =>
    Effect.gen(function* () {
      const provider = yield* TestTokenProvider.make("app/Graph", Redacted.make("a-test-token"), {
        expiresIn: "10 minutes",
        scopes: ["read"]
      })
      const token = yield* provider.get
      expect(text(token)).toBe("a-test-token")
      expect(token.scopes).toEqual(["read"])
      expect(Duration.toMinutes(yield* AccessToken.remaining(token))).toBe(10)
      yield* TestClock.adjust("10 minutes")
      yield* provider.get
      expect(yield* provider.asked).toBe(2)
    })
  )

  it.effect("may be sent to any https origin, and to those that the test names only", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const send = (url: string) =>
        Effect.flatMap(BearerClient.make(Graph), (http) => http.get(url)).pipe(Effect.provide(server.layer))
      const anywhere = TestTokenProvider.layer(Graph, "a-test-token")
      const response = yield* send("https://api.example.com/users").pipe(Effect.provide(anywhere))
      expect(response.status).toBe(401)
      // a 401 is not worth a replay where the next token is the same
      expect((yield* server.resourceRequests).map((request) => request.bearerToken)).toEqual(["a-test-token"])

      const somewhere = TestTokenProvider.layer(Graph, "a-test-token", {
        origins: ["https://other.example.com"]
      })
      const refused = yield* Effect.flip(
        send("https://api.example.com/users").pipe(Effect.provide(somewhere))
      )
      expect(refused._tag).toBe("InvalidConfiguration")
    })
  )
})

describe("a sequence", () => {
  it.scoped("moves on with a refresh, an invalidation, a clear and an expiry, and stays on the last", () =>
    Effect.gen(function* () {
      const provider = yield* TestTokenProvider.makeSequence("app/Graph", ["t1", "t2", "t3", "t4", "t5"], {
        expiresIn: "1 hour"
      })
      const first = yield* provider.get
      expect(text(first)).toBe("t1")
      expect(text(yield* provider.get)).toBe("t1")

      expect(text(yield* provider.refresh)).toBe("t2")
      expect(yield* provider.invalidate(first)).toBe("Superseded")
      expect(yield* provider.invalidate(yield* provider.get)).toBe("Invalidated")
      expect(text(yield* provider.get)).toBe("t3")

      yield* provider.clear
      expect(text(yield* provider.get)).toBe("t4")

      yield* TestClock.adjust("1 hour")
      expect(text(yield* provider.get)).toBe("t5")
      expect(text(yield* provider.refresh)).toBe("t5")
      expect(yield* provider.asked).toBe(6)
    })
  )

  it.effect("holds tokens and failures, as a layer", () =>
    Effect.gen(function* () {
      const graph = yield* Graph
      expect(text(yield* graph.get)).toBe("t1")
      yield* graph.clear
      expect((yield* Effect.flip(graph.get))._tag).toBe("TransientFailure")
      // as in production, the window after a failure that passes is one second
      expect((yield* Effect.flip(graph.get))._tag).toBe("TransientFailure")
      expect(yield* TestTokenProvider.asked(Graph)).toBe(2)
      yield* TestClock.adjust("1 second")
      expect(text(yield* graph.get)).toBe("t2")
    }).pipe(
      Effect.provide(TestTokenProvider.sequence(Graph, ["t1", TestTokenProvider.transientFailure(), "t2"]))
    )
  )

  it.scoped("emits the events of a real provider", () =>
    Effect.gen(function* () {
      const events: Array<TokenEvent.TokenEvent> = []
      const provider = yield* TestTokenProvider.makeSequence("app/Graph", ["t1", "t2"]).pipe(
        Effect.provideService(TokenEvent.TokenEventSink, { emit: (event) => void events.push(event) })
      )
      yield* provider.invalidate(yield* provider.get)
      yield* provider.get
      yield* provider.refresh
      expect(events.map((event) => event._tag)).toEqual(["Acquired", "Invalidated", "Acquired", "Refreshed"])
      expect((yield* provider.status).state).toBe("Fresh")
    })
  )
})

describe("a failing provider", () => {
  it.effect("fails with the given error, and at once", () => {
    const error = new TokenError.StoreFailure({ provider: "elsewhere", reason: "Unavailable" })
    return Effect.gen(function* () {
      expect(yield* Effect.flip((yield* Graph).get)).toEqual(error)
    }).pipe(Effect.provide(TestTokenProvider.failing(Graph, error)))
  })

  it.effect("names itself in the ready-made errors", () =>
    Effect.gen(function* () {
      const graph = yield* Graph
      const rejected = yield* Effect.flip(graph.get)
      assert(rejected._tag === "CredentialRejected")
      expect(rejected).toMatchObject({
        provider: "app/Graph",
        reason: "InvalidClient",
        code: "invalid_client"
      })
      expect((yield* Effect.flip(graph.headers))._tag).toBe("CredentialRejected")
      expect(yield* TestTokenProvider.asked(Graph)).toBe(1)
    }).pipe(Effect.provide(TestTokenProvider.failing(Graph, TestTokenProvider.credentialRejected())))
  )

  it.scoped("says when to try again, on the clock of the test", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 hour")
      const provider = yield* TestTokenProvider.makeFailing(
        "app/Graph",
        TestTokenProvider.transientFailure({ reason: "RateLimited", retryAfter: "30 seconds" })
      )
      const failure = yield* Effect.flip(provider.get)
      assert(failure._tag === "TransientFailure")
      expect(failure).toMatchObject({ provider: "app/Graph", reason: "RateLimited", status: 429 })
      expect(failure.retryAt.epochMillis).toBe(3_630_000)
    })
  )

  it.scoped("goes through several failures and stays on the last", () =>
    Effect.gen(function* () {
      const provider = yield* TestTokenProvider.makeFailing("app/Graph", [
        TestTokenProvider.transientFailure(),
        TestTokenProvider.invalidTokenResponse({ reason: "Redirect", status: 307 }),
        TestTokenProvider.reauthorizationRequired()
      ])
      const tags: Array<string> = []
      for (let turn = 0; turn < 5; turn++) {
        tags.push((yield* Effect.flip(provider.get))._tag)
        yield* TestClock.adjust("1 minute")
      }
      expect(tags).toEqual([
        "TransientFailure",
        "InvalidTokenResponse",
        "ReauthorizationRequired",
        "ReauthorizationRequired",
        "ReauthorizationRequired"
      ])
      expect(yield* provider.asked).toBe(3)
    })
  )
})

describe("a slow provider", () => {
  it.effect("makes those wait who need a token, and nobody else", () =>
    Effect.gen(function* () {
      const graph = yield* Graph
      const waiting = yield* Effect.fork(graph.get)
      yield* TestClock.adjust("1999 millis")
      yield* settle
      expect(yield* Fiber.poll(waiting)).toMatchObject({ _tag: "None" })
      yield* TestClock.adjust("1 millis")
      expect(text(yield* Fiber.join(waiting))).toBe("a-test-token")
      expect(text(yield* graph.get)).toBe("a-test-token")
      expect(yield* TestTokenProvider.asked(Graph)).toBe(1)
    }).pipe(Effect.provide(TestTokenProvider.slow(Graph, "2 seconds", "a-test-token")))
  )

  it.scoped("runs into the deadline where it takes longer", () =>
    Effect.gen(function* () {
      const provider = yield* TestTokenProvider.makeSlow("app/Graph", "1 minute", "a-test-token")
      const waiting = yield* Effect.fork(Effect.flip(provider.get))
      yield* settle
      yield* TestClock.adjust("10 seconds")
      expect(yield* Fiber.join(waiting)).toMatchObject({ _tag: "TransientFailure", reason: "Timeout" })
    })
  )

  it.scoped("makes as many attempts as its policy says", () =>
    Effect.gen(function* () {
      const provider = yield* TestTokenProvider.makeFailing(
        "app/Graph",
        TestTokenProvider.transientFailure(),
        {
          policy: { attempts: 2, retryDelay: 0 }
        }
      )
      yield* Effect.flip(provider.get)
      expect(yield* provider.asked).toBe(2)
    })
  )
})

it.effect("asked dies of a provider that is not for tests", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(Effect.sandbox(TestTokenProvider.asked(Graph)))
    expect(String(error)).toContain("app/Graph")
  }).pipe(
    Effect.provide(
      Layer.succeed(
        Graph,
        TokenProvider.unconfigured(
          "app/Graph",
          new TokenError.InvalidConfiguration({ provider: "app/Graph", reason: "Missing", issues: [] })
        )
      )
    )
  )
)
