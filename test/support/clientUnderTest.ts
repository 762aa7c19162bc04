import * as HttpClient from "@effect/platform/HttpClient"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import type { TokenProvider } from "effect-oauth"
import { GenericOAuth, TokenEvent } from "effect-oauth"
import { FakeAuthorizationServer } from "effect-oauth/testing"
import { epoch } from "./providerUnderTest.js"

export interface ClientUnderTest {
  readonly provider: TokenProvider.TokenProvider
  readonly server: FakeAuthorizationServer.Service
  readonly events: Array<TokenEvent.TokenEvent>
  /** The instants of the token requests, in milliseconds since the beginning of the test. */
  readonly requestsAt: Effect.Effect<ReadonlyArray<number>>
}

/** A provider of machine tokens, and its server, with the whole exchange between them but for the socket. */
export const beginClient = (
  options: FakeAuthorizationServer.Options = {},
  seed = 1
): Effect.Effect<ClientUnderTest, never, Scope.Scope> =>
  Effect.gen(function* () {
    yield* TestClock.setTime(epoch)
    const server = yield* FakeAuthorizationServer.make(options)
    const events: Array<TokenEvent.TokenEvent> = []
    const provider = yield* GenericOAuth.make("test/Api", {
      tokenUrl: server.tokenUrl,
      clientId: "a-client",
      clientSecret: Redacted.make("a-secret")
    }).pipe(
      Effect.provideService(HttpClient.HttpClient, server.client),
      Effect.provideService(TokenEvent.TokenEventSink, { emit: (event) => void events.push(event) }),
      Effect.withRandom(Random.make(seed)),
      Effect.orDie
    )
    const requestsAt = Effect.map(server.tokenRequests, (requests) =>
      requests.map(({ at }) => DateTime.toEpochMillis(at) - epoch)
    )
    return { provider, server, events, requestsAt }
  })
