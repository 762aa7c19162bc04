import { describe, expect, it } from "@effect/vitest"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { BearerClient, GenericOAuth, TokenEvent } from "effect-oauth"
import * as OidcServer from "../../servers/oidcServer.js"
import * as ProtectedApi from "../../servers/protectedApi.js"
import { watch } from "../../examples/demo/watchedProvider.js"
import { waitUntil } from "../support/clock.js"

const client = { id: "billing", secret: "for-tests-only" }

/** Due two seconds after it was issued, and good for ten minutes: no machine is so slow that it expires. */
const lifetime = 600
const dueSoon = { margin: "598 seconds", marginFraction: 1, marginJitter: 0, deadline: "5 minutes" } as const

/** How many requests there can have been at most since an instant: the first, and one whenever a token was due. */
const mostRequestsSince = (start: DateTime.Utc): Effect.Effect<number> =>
  Effect.map(DateTime.now, (now) => 1 + Math.ceil(DateTime.distance(start, now) / 2_000))

/** Asks again soon, so that a test does not take long. */
const impatient = {
  ...dueSoon,
  retryDelay: "20 millis",
  window: "100 millis",
  windowMax: "100 millis"
} as const

const settings = (server: OidcServer.OidcServer) => ({
  tokenUrl: server.tokenUrl,
  clientId: client.id,
  clientSecret: Redacted.make(client.secret),
  allowLoopbackHttp: true
})

/** Does something twenty times a second until a condition holds, and then no more. */
const keepOn = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  until: Effect.Effect<boolean>
): Effect.Effect<void, E, R> =>
  Effect.repeat(Effect.zipLeft(self, Effect.sleep("50 millis")), { until: () => until }).pipe(Effect.asVoid)

describe.concurrent.each([
  ["fetch", FetchHttpClient.layer],
  ["Node", NodeHttpClient.layer]
])("a real authorization server and the real clock, over the %s client", (_, HttpClientLive) => {
  it.scopedLive("L2: a token is refreshed ahead of its expiry, and no get waits", () =>
    Effect.gen(function* () {
      const server = yield* OidcServer.make({ clients: [{ ...client, lifetime }] })
      const start = yield* DateTime.now
      const api = yield* ProtectedApi.make(server)
      const watched = yield* Effect.flatMap(
        GenericOAuth.make("test/Api", { ...settings(server), policy: dueSoon }),
        (provider) => Effect.zipRight(provider.get, watch(provider))
      )
      yield* server.answerAfter("300 millis")
      const http = yield* BearerClient.make(Effect.succeed(watched.provider), {
        origins: [api.origin],
        allowLoopbackHttp: true
      })
      yield* keepOn(
        Effect.map(Effect.flatMap(http.get(api.origin), statusOf), (status) => expect(status).toBe(200)),
        Effect.sync(() => api.traffic().tokens >= 3)
      )
      expect(watched.gets()).toMatchObject({ waited: 0, failed: 0 })
      expect(watched.gets().asked).toBeGreaterThanOrEqual(3)
      expect(api.traffic()).toMatchObject({ accepted: watched.gets().asked, refused: 0 })
      const { length } = server.tokenRequests(client.id)
      expect(length).toBeGreaterThanOrEqual(3)
      expect(length).toBeLessThanOrEqual(yield* mostRequestsSince(start))
    }).pipe(Effect.provide(HttpClientLive))
  )

  it.scopedLive("L6: while the server is down nobody fails who has a token, and then it is refreshed", () =>
    Effect.gen(function* () {
      const server = yield* OidcServer.make({ clients: [{ ...client, lifetime }] })
      const start = yield* DateTime.now
      const provider = yield* GenericOAuth.make("test/Api", { ...settings(server), policy: impatient })
      const first = yield* provider.get
      const watched = yield* watch(provider)
      yield* server.stop
      yield* keepOn(
        watched.provider.get,
        Effect.map(provider.status, ({ lastFailure }) => Option.isSome(lastFailure))
      )
      expect(yield* provider.status).toMatchObject({
        state: "Due",
        lastFailure: { value: { error: { _tag: "TransientFailure", reason: "NotSent" } } }
      })
      yield* server.start
      yield* keepOn(
        watched.provider.get,
        Effect.map(provider.status, ({ state }) => state === "Fresh")
      )
      expect(watched.gets()).toMatchObject({ waited: 0, failed: 0 })
      const { length } = server.tokenRequests()
      expect(length).toBeGreaterThanOrEqual(2)
      expect(length).toBeLessThanOrEqual(yield* mostRequestsSince(start))
      const second = yield* provider.get
      expect(Redacted.value(second.value)).not.toBe(Redacted.value(first.value))
    }).pipe(Effect.provide(HttpClientLive))
  )

  it.scopedLive("L7: a server that is down fails passingly, and once it is back there is a token", () =>
    Effect.gen(function* () {
      const server = yield* OidcServer.make({ clients: [client] })
      const provider = yield* GenericOAuth.make("test/Api", { ...settings(server), policy: impatient })
      yield* server.stop
      const failures = yield* Effect.all(Effect.replicate(Effect.flip(provider.get), 100), {
        concurrency: "unbounded"
      })
      for (const failure of failures) expect(failure).toBe(failures[0])
      const failure = failures[0]!
      expect(failure).toMatchObject({ _tag: "TransientFailure", reason: "NotSent", isRetryable: true })
      if (failure._tag !== "TransientFailure") return
      yield* server.start
      yield* Effect.sleep(DateTime.distance(yield* DateTime.now, failure.retryAt) + 1)
      const token = yield* provider.get
      expect(yield* Effect.promise(() => server.lookUp(Redacted.value(token.value)))).toMatchObject({
        client: client.id
      })
      expect(server.tokenRequests()).toHaveLength(1)
    }).pipe(Effect.provide(HttpClientLive))
  )

  it.scopedLive(
    "L7: a server that goes away while it is asked is asked again, and the get has its token",
    () =>
      Effect.gen(function* () {
        const server = yield* OidcServer.make({ clients: [client] })
        const provider = yield* GenericOAuth.make("test/Api", { ...settings(server), policy: impatient })
        yield* server.answerAfter("1 hour")
        const asking = yield* Effect.fork(provider.get)
        yield* keepOn(
          Effect.void,
          Effect.sync(() => server.tokenRequests().length === 1)
        )
        yield* server.answerAfter(0)
        yield* Effect.zipRight(server.stop, server.start)
        const token = yield* Fiber.join(asking)
        expect(yield* Effect.promise(() => server.lookUp(Redacted.value(token.value)))).toMatchObject({
          client: client.id
        })
        expect(server.tokenRequests().map(({ status }) => status)).toStrictEqual([undefined, 200])
      }).pipe(Effect.provide(HttpClientLive))
  )

  it.scoped("S6: a server that does not answer is given up at the deadline", () =>
    Effect.gen(function* () {
      const server = yield* OidcServer.make({ clients: [client] })
      const provider = yield* GenericOAuth.make("test/Api", {
        ...settings(server),
        policy: { ...impatient, deadline: "1 second", attempts: 2 }
      })
      yield* server.answerAfter("1 hour")
      const asking = yield* Effect.fork(Effect.flip(provider.get))
      for (const attempt of [1, 2]) {
        yield* waitUntil(() => server.tokenRequests().length === attempt)
        yield* TestClock.adjust("1 second")
        // the delay before the next attempt
        yield* TestClock.adjust("100 millis")
      }
      expect(yield* Fiber.join(asking)).toMatchObject({ _tag: "TransientFailure", reason: "Timeout" })
      expect(server.tokenRequests()).toHaveLength(2)
    }).pipe(Effect.provide(HttpClientLive))
  )

  it.scopedLive("L10, L11, S30: a revoked token costs one refresh, and each request is sent once more", () =>
    Effect.gen(function* () {
      const events: Array<TokenEvent.TokenEvent> = []
      const server = yield* OidcServer.make({ clients: [client] })
      const api = yield* ProtectedApi.make(server)
      const provider = yield* GenericOAuth.make("test/Api", {
        ...settings(server),
        policy: { deadline: "5 minutes", refusalGuard: "1 hour" }
      })
      const http = yield* Effect.provideService(
        BearerClient.make(Effect.succeed(provider), { origins: [api.origin], allowLoopbackHttp: true }),
        TokenEvent.TokenEventSink,
        { emit: (event) => events.push(event) }
      )
      const ask = Effect.flatMap(http.get(api.origin), statusOf)
      expect(yield* ask).toBe(200)

      expect(yield* server.revoke(client.id)).toBe(1)
      const statuses = yield* Effect.all(Effect.replicate(ask, 50), { concurrency: "unbounded" })
      expect(new Set(statuses)).toStrictEqual(new Set([200]))
      expect(api.traffic()).toStrictEqual({ accepted: 51, refused: 50, tokens: 2 })
      expect(events.map(({ _tag }) => _tag)).toStrictEqual(Array.from({ length: 50 }, () => "Replayed"))
      expect(server.tokenRequests(client.id)).toHaveLength(2)

      expect(yield* server.revoke(client.id)).toBe(1)
      expect(yield* ask).toBe(401)
      expect(server.tokenRequests(client.id)).toHaveLength(2)
    }).pipe(Effect.provide(HttpClientLive))
  )
})

/** The status of a response that was read to its end. */
const statusOf = (response: HttpClientResponse.HttpClientResponse) =>
  Effect.as(response.text, response.status)
