import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import type { TokenProvider } from "effect-oauth"
import { BearerClient, GenericOAuth } from "effect-oauth"
import { FakeAuthorizationServer, TestTokenProvider } from "effect-oauth/testing"
import { settle } from "../support/clock.js"
import type { Entry, Exercise } from "./lives.js"
import { Api, clientSecret, life, otherSecret, served, settings, valueOf } from "./lives.js"
import { marks } from "./marks.js"

const scripted = "what a test wrote down itself, as it wrote it"

/** Everything that a fake server can be asked, after it has served everything that it can. */
const serverLife = (server: FakeAuthorizationServer.Service): Exercise =>
  Effect.gen(function* () {
    const provider = yield* served(
      GenericOAuth.make("app/Api", { ...settings, tokenUrl: server.tokenUrl }),
      server
    )
    const token = yield* provider.get
    const http = yield* served(BearerClient.make(Effect.succeed(provider)), server)
    const response = yield* http.get("https://api.example.com/items")
    const refreshToken = yield* server.consent()
    const asPost = HttpClientRequest.post(server.tokenUrl).pipe(
      HttpClientRequest.bodyUrlParams({
        grant_type: "refresh_token",
        refresh_token: Redacted.value(refreshToken),
        client_id: "a-client",
        client_secret: Redacted.value(clientSecret)
      })
    )
    yield* Effect.ignore(server.client.execute(asPost))
    yield* server.rotateSecret("a-client", otherSecret)
    const error = yield* Effect.flip(provider.refresh)
    yield* server.revoke(token)
    const seen = yield* server.requests
    return {
      shows: [
        ...[server, server.layer, server.client, Object.values(server), response, error],
        ...[seen, yield* server.tokenRequests, yield* server.resourceRequests, yield* server.issued],
        yield* server.isActive(token)
      ],
      holds: [
        valueOf(token),
        ...seen.flatMap(({ bearerToken }) => (bearerToken === undefined ? [] : [bearerToken])),
        Redacted.value(refreshToken)
      ]
    }
  })

const options = {
  clients: [{ clientId: "a-client", clientSecret }],
  tokenPrefix: `${marks.accessToken}-`
}

const value = Redacted.make<string>(marks.accessToken)

/** A provider for tests through its states, while time passes. */
const double = <R>(make: Effect.Effect<TokenProvider.TokenProvider, never, R>) =>
  Effect.gen(function* () {
    const living = yield* Effect.fork(life(make))
    yield* settle
    yield* Effect.repeatN(Effect.zipRight(TestClock.adjust("2 seconds"), settle), 5)
    return yield* Fiber.join(living)
  })

const inLayer = (layer: Layer.Layer<Api>): Exercise =>
  Effect.gen(function* () {
    const built = yield* Layer.build(layer)
    const { holds, shows } = yield* double(Effect.succeed(Context.get(built, Api)))
    const asked = yield* Effect.provide(TestTokenProvider.asked(Api), built)
    return { shows: [layer, built, ...shows, asked], holds }
  })

const laws = "names of laws, and what was expected; no content"

export const doubles: Readonly<Record<string, Entry>> = {
  "Answer.answerLost": scripted,
  "Answer.asUsual": scripted,
  "Answer.brokenBody": scripted,
  "Answer.connectionRefused": scripted,
  "Answer.connectionReset": scripted,
  "Answer.delayed": scripted,
  "Answer.empty": scripted,
  "Answer.hang": scripted,
  "Answer.html": scripted,
  "Answer.json": scripted,
  "Answer.oauthError": scripted,
  "Answer.oversized": scripted,
  "Answer.raw": scripted,
  "Answer.redirect": scripted,
  "Answer.stalledBody": scripted,
  "Answer.status": scripted,
  "FakeAuthorizationServer.FakeAuthorizationServer": Effect.gen(function* () {
    const { FakeAuthorizationServer: Tag } = FakeAuthorizationServer
    const server = yield* FakeAuthorizationServer.make(options)
    const { holds, shows } = yield* serverLife(server)
    return { shows: [Tag, Context.make(Tag, server), ...shows], holds }
  }),
  "FakeAuthorizationServer.layer": Effect.gen(function* () {
    const layer = FakeAuthorizationServer.layer(options)
    const built = yield* Layer.build(layer)
    const server = Context.get(built, FakeAuthorizationServer.FakeAuthorizationServer)
    const { holds, shows } = yield* serverLife(server)
    return { shows: [layer, built, ...shows], holds }
  }),
  "FakeAuthorizationServer.make": Effect.gen(function* () {
    const make = FakeAuthorizationServer.make(options)
    const { holds, shows } = yield* Effect.flatMap(make, serverLife)
    return { shows: [options.clients, make, ...shows], holds }
  }),
  "StoreLaws.LawBroken": laws,
  "StoreLaws.leaseLaws": laws,
  "StoreLaws.recordLaws": laws,
  "StoreLaws.siblingLaws": laws,
  "TestTokenProvider.asked": "how often, and nothing else",
  "TestTokenProvider.credentialRejected": scripted,
  "TestTokenProvider.failing": scripted,
  "TestTokenProvider.invalidTokenResponse": scripted,
  "TestTokenProvider.layer": inLayer(TestTokenProvider.layer(Api, marks.accessToken)),
  "TestTokenProvider.make": double(TestTokenProvider.make("app/Api", value)),
  "TestTokenProvider.makeFailing": scripted,
  "TestTokenProvider.makeSequence": double(
    TestTokenProvider.makeSequence("app/Api", [marks.accessToken, marks.nextToken])
  ),
  "TestTokenProvider.makeSlow": double(
    TestTokenProvider.makeSlow("app/Api", "2 seconds", marks.accessToken, { expiresIn: "1 minute" })
  ),
  "TestTokenProvider.reauthorizationRequired": scripted,
  "TestTokenProvider.sequence": inLayer(
    TestTokenProvider.sequence(Api, [marks.accessToken, marks.nextToken])
  ),
  "TestTokenProvider.slow": inLayer(TestTokenProvider.slow(Api, "2 seconds", value)),
  "TestTokenProvider.transientFailure": scripted
}
