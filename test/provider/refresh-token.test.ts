import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Grant } from "effect-oauth"
import { RefreshToken, ResponseProfiles, TokenError } from "effect-oauth"
import { Answer, FakeAuthorizationServer } from "effect-oauth/testing"
import { inspect } from "node:util"
import { answerWasLost } from "../../src/cache/retry.js"
import { basicOf, formOf, recordingClient, theOnly } from "../support/recordingClient.js"
import { endpointOf, grantAt, held, presentedAt } from "../support/refreshGrant.js"

const seed = Redacted.make("the-seed")
const nothing = held()

const text = (value: Redacted.Redacted | undefined) => value && Redacted.value(value)

const presented = (server: FakeAuthorizationServer.Service) =>
  Effect.map(server.tokenRequests, (requests) =>
    requests.map(({ parameters }) => {
      const value = parameters["refresh_token"]
      return Redacted.isRedacted(value) ? Redacted.value(value) : value
    })
  )

describe("what is asked", () => {
  it.effect("S1 the request of RFC 6749 §6, with the client's own authentication", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const { layer, requests } = recordingClient()
      const grant = yield* RefreshToken.make(Effect.succeed(endpointOf(server)), {
        provider: "app/Books",
        refreshToken: seed,
        scopes: ["read", "write"],
        resource: ["https://a.example.com", "https://b.example.com"],
        parameters: { pin: Redacted.make("0000"), grant_type: "password", refresh_token: "another" }
      }).pipe(Effect.provide(layer))
      yield* grant.request(Option.none())
      const request = theOnly(requests)
      expect(request.url).toBe(server.tokenUrl)
      expect(basicOf(request)).toBe("a-client:a-secret")
      expect(formOf(request)).toEqual({
        grant_type: "refresh_token",
        refresh_token: "the-seed",
        scope: "read write",
        resource: "https://a.example.com|https://b.example.com",
        pin: "0000"
      })
    })
  )

  it.effect("nothing but the refresh token, where nothing else is said", () =>
    Effect.gen(function* () {
      const { layer, requests } = recordingClient()
      const server = yield* FakeAuthorizationServer.make()
      const grant = yield* RefreshToken.make(Effect.succeed(endpointOf(server)), {
        provider: "app/Books",
        refreshToken: seed
      }).pipe(Effect.provide(layer))
      yield* grant.request(Option.none())
      expect(formOf(theOnly(requests))).toEqual({ grant_type: "refresh_token", refresh_token: "the-seed" })
    })
  )

  it.effect("L9 what it says of itself: it is sent once, and it knows its seed and its grace period", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const grant = yield* grantAt(server, { refreshToken: seed, gracePeriod: "30 minutes" })
      expect(grant).toMatchObject({ name: "refresh_token", replay: "once", seed })
      expect(grant.gracePeriod).toEqual(Duration.minutes(30))
      expect(yield* grantAt(server)).toMatchObject({
        replay: "once",
        seed: undefined,
        gracePeriod: undefined,
        identity: undefined
      })
    })
  )
})

describe("which refresh token is presented", () => {
  it.effect("S27 each one once, the seed first", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const first = yield* server.consent()
      const grant = yield* grantAt(server, { refreshToken: first })
      const one = yield* grant.request(Option.none())
      const two = yield* grant.request(held({ refreshToken: one.refreshToken, scopes: [] }))
      const three = yield* grant.request(held({ refreshToken: two.refreshToken, scopes: [] }))
      expect(yield* presented(server)).toEqual(["refresh-token-1", "refresh-token-2", "refresh-token-3"])
      expect([text(three.value), text(three.refreshToken)]).toEqual(["access-token-3", "refresh-token-4"])
      expect(yield* server.isActive(three.value)).toBe(true)
    })
  )

  it.effect("one that the answer does not replace stays in force", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({ rotation: false })
      const first = yield* server.consent()
      const grant = yield* grantAt(server, { refreshToken: first })
      const one = yield* grant.request(Option.none())
      expect(text(one.refreshToken)).toBe("refresh-token-1")
      const two = yield* grant.request(held({ refreshToken: first, scopes: [] }))
      expect(two.refreshToken).toBeUndefined()
    })
  )

  it.effect("S27 none: a grant that has ended does not begin again with its seed, and nobody is asked", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const grant = yield* RefreshToken.make(Effect.dieMessage("the endpoint was looked for"), {
        provider: "app/Books",
        refreshToken: seed,
        remedy: "ask the owner"
      }).pipe(Effect.provide(server.layer))
      for (const previous of [nothing, held({ scopes: ["read"] })]) {
        const error = yield* Effect.flip(grant.request(previous))
        expect(error).toMatchObject({
          _tag: "ReauthorizationRequired",
          provider: "app/Books",
          reason: "NoRefreshToken",
          remedy: "ask the owner"
        })
        expect(error.message).toBe("app/Books: authorization is needed again: NoRefreshToken; ask the owner")
      }
    })
  )

  it.effect("none: without a seed it begins with nothing", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const error = yield* Effect.flip((yield* grantAt(server)).request(Option.none()))
      expect(error).toMatchObject({
        reason: "NoRefreshToken",
        remedy: "log in again and hand over the new refresh token"
      })
      expect(yield* server.requests).toEqual([])
    })
  )
})

describe("a grant that is gone", () => {
  it.effect("is what invalid_grant means, in the words of the server", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const grant = yield* grantAt(server, { refreshToken: seed })
      for (const previous of [Option.none(), held({ refreshToken: seed })]) {
        expect(yield* Effect.flip(grant.request(previous))).toMatchObject({
          _tag: "ReauthorizationRequired",
          reason: "InvalidGrant",
          code: "invalid_grant",
          description: "the refresh token is invalid, expired or revoked",
          remedy: "log in again and hand over the new refresh token"
        })
      }
    })
  )

  it.effect("is known by the server's own code for it, too", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      yield* server.respondNext(Answer.json({ ok: false, error: "invalid_refresh_token" }))
      const endpoint = { ...endpointOf(server), profile: ResponseProfiles.slackBot }
      const grant = yield* RefreshToken.make(Effect.succeed(endpoint), {
        provider: "app/Books",
        refreshToken: seed
      }).pipe(Effect.provide(server.layer))
      expect(yield* Effect.flip(grant.request(Option.none()))).toMatchObject({
        _tag: "ReauthorizationRequired",
        code: "invalid_refresh_token"
      })
    })
  )

  it.effect("S27 after a crash names the crash, once the server itself has said no", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const first = yield* server.consent()
      const grant = yield* grantAt(server)
      yield* server.respondNext(Answer.answerLost)
      yield* Effect.flip(grant.request(held({ refreshToken: first })))
      const error = yield* Effect.flip(grant.request(held({ refreshToken: first, presentedAt })))
      expect(error).toMatchObject({
        _tag: "ReauthorizationRequired",
        reason: "AnswerLost",
        code: "invalid_grant",
        remedy: "log in again and hand over the new refresh token"
      })
      expect(error.message).toBe(
        "app/Books: authorization is needed again: invalid_grant: the refresh token had been presented at " +
          "2030-01-01T12:00:00.000Z by a request whose response was never saved (the process died, or the connection " +
          "broke), and the server does not accept it again: the refresh token is invalid, expired or revoked; " +
          "log in again and hand over the new refresh token"
      )
    })
  )

  it.effect("S27 after a crash is not gone where the server takes the refresh token again", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({ rotationGrace: "30 minutes" })
      const first = yield* server.consent()
      const grant = yield* grantAt(server, { gracePeriod: "30 minutes" })
      yield* server.respondNext(Answer.answerLost)
      yield* Effect.flip(grant.request(held({ refreshToken: first })))
      const issued = yield* grant.request(held({ refreshToken: first, presentedAt }))
      expect(yield* server.isActive(issued.value)).toBe(true)
    })
  )

  it.effect("S27 after a crash, and found to be so before, names the crash and asks nobody", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const grant = yield* grantAt(server, { refreshToken: seed })
      const error = yield* Effect.flip(grant.request(held({ presentedAt })))
      expect(error).toMatchObject({ _tag: "ReauthorizationRequired", reason: "AnswerLost" })
      expect(error.message).toContain(DateTime.formatIso(presentedAt))
      expect(error.message).toMatch(/the server does not accept it again; log in again/)
      expect(yield* server.requests).toEqual([])
    })
  )

  it.effect("S27 is not what any other refusal means, after a crash neither", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const first = yield* server.consent()
      const grant = yield* grantAt(server)
      yield* server.respondNext(Answer.oauthError("invalid_client"), Answer.status(503), Answer.answerLost)
      const fail = Effect.flip(grant.request(held({ refreshToken: first, presentedAt })))
      expect(yield* fail).toMatchObject({ _tag: "CredentialRejected", reason: "InvalidClient" })
      expect(yield* fail).toMatchObject({ _tag: "TransientFailure", reason: "ServerError" })
      expect(yield* fail).toMatchObject({ _tag: "TransientFailure", reason: "NoAnswer" })
    })
  )
})

describe("the scopes of the token", () => {
  it.effect.each([
    ["the answer's", "echoed", ["read"], ["write"], ["read"]],
    ["those asked for, where the answer names none", "omitted", ["read"], ["write"], ["read"]],
    ["those of before, where none were asked for either", "omitted", [], ["write"], ["write"]],
    ["none, where nothing tells", "omitted", [], undefined, []],
    ["the answer's, where none were asked for", "echoed", [], ["write"], ["read", "write"]]
  ] as const)("are %s", ([, scope, asked, before, expected]) =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({ scope })
      const refreshToken = yield* server.consent({ scopes: ["read", "write"] })
      const grant = yield* grantAt(server, { scopes: asked })
      const previous = held({ refreshToken, ...(before === undefined ? {} : { scopes: before }) })
      expect((yield* grant.request(previous)).scopes).toEqual(expected)
    })
  )
})

describe("the scopes of a token whose answer names none, where none were asked for", () => {
  it.effect.each<readonly [string, Option.Option<Grant.Held>]>([
    ["where nothing is held", Option.none()],
    ["where no access token is held", held({ refreshToken: seed })]
  ])("are none, %s", ([, previous]) =>
    Effect.gen(function* () {
      const { layer } = recordingClient()
      const server = yield* FakeAuthorizationServer.make()
      const grant = yield* RefreshToken.make(Effect.succeed(endpointOf(server)), {
        provider: "app/Books",
        refreshToken: seed
      }).pipe(Effect.provide(layer))
      expect((yield* grant.request(previous)).scopes).toEqual([])
    })
  )
})

describe("an endpoint that has to be discovered first", () => {
  const transient = (reason: TokenError.TransientFailure["reason"], status?: number) =>
    new TokenError.TransientFailure({
      provider: "app/Books",
      reason,
      retryAt: presentedAt,
      ...(status === undefined ? {} : { status })
    })

  const failing = (error: TokenError.TokenError) =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const grant = yield* RefreshToken.make(Effect.fail(error), {
        provider: "app/Books",
        refreshToken: seed
      }).pipe(Effect.provide(server.layer))
      return yield* Effect.flip(grant.request(Option.none()))
    })

  it.effect("L9 where it cannot be had, the refresh token does not count as presented", () =>
    Effect.gen(function* () {
      for (const reason of ["NotSent", "NoAnswer", "Timeout", "ServerError"] as const) {
        const error = yield* failing(transient(reason))
        expect(error).toMatchObject({ reason: "NotSent", retryAt: presentedAt })
        expect(error.message).toContain(`the token endpoint could not be discovered: ${reason}`)
        expect(answerWasLost(error)).toBe(false)
      }
      const limited = transient("RateLimited", 429)
      expect(yield* failing(limited)).toBe(limited)
      expect(answerWasLost(limited)).toBe(false)
    })
  )

  it.effect("L9 metadata that is wrong says what is wrong with it", () =>
    Effect.gen(function* () {
      const wrong = new TokenError.InvalidTokenResponse({
        provider: "app/Books",
        reason: "Redirect",
        status: 302,
        description: "an issuer must not redirect to its metadata"
      })
      expect(yield* failing(wrong)).toMatchObject({
        _tag: "InvalidTokenResponse",
        reason: "Metadata",
        status: 302,
        description: "an issuer must not redirect to its metadata"
      })
    })
  )
})

describe("secrets", () => {
  it.effect("S21, S22 what was presented stands in no error, whatever the server says back", () =>
    Effect.gen(function* () {
      const refreshToken = Redacted.make("canary-refresh-token-0d92c5")
      const pin = Redacted.make("canary-other-secret-77aa01")
      const server = yield* FakeAuthorizationServer.make()
      const grant = yield* grantAt(server, { refreshToken, parameters: { pin } })
      const said = `${Redacted.value(refreshToken)} ${Redacted.value(pin)} a-secret`
      for (const error of ["invalid_grant", "invalid_client", "temporarily_unavailable"]) {
        yield* server.respondNext(Answer.oauthError(error, { description: `no: ${said}` }))
        for (const previous of [Option.none(), held({ refreshToken, presentedAt })]) {
          const failure = yield* Effect.flip(grant.request(previous))
          const shown = `${inspect(failure, { depth: Infinity })} ${JSON.stringify(failure)} ${failure.message}`
          expect(shown).not.toMatch(/canary|a-secret/)
        }
      }
      expect(inspect(grant, { depth: Infinity, showHidden: true })).not.toContain("canary")
    })
  )
})
