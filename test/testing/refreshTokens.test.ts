import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { ClientAuthentication, ResponseProfile, TokenEndpoint } from "effect-oauth"
import { Answer, FakeAuthorizationServer } from "effect-oauth/testing"

const text = (token: { readonly value: Redacted.Redacted }) => Redacted.value(token.value)

/** Presents a refresh token as its client, on the wire that every grant goes over. */
const present = (
  server: FakeAuthorizationServer.Service,
  refreshToken: Redacted.Redacted | undefined,
  options: { readonly clientId?: string; readonly scope?: string } = {}
) =>
  TokenEndpoint.exchange(
    {
      provider: "app/Users",
      url: new URL(server.tokenUrl),
      clientAuthentication: ClientAuthentication.basic(
        options.clientId ?? "a-client",
        Redacted.make("a-secret")
      ),
      requestFormat: "form",
      profile: ResponseProfile.standard,
      deadline: Duration.seconds(10)
    },
    { grant_type: "refresh_token", refresh_token: refreshToken, scope: options.scope },
    "log in again"
  ).pipe(Effect.provide(server.layer))

describe("with rotation", () => {
  it.effect("a refresh token is replaced each time that it is presented", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const first = yield* server.consent({ scopes: ["read"] })
      expect(Redacted.value(first)).toBe("refresh-token-1")
      const one = yield* present(server, first)
      expect([text(one), one.refreshToken && Redacted.value(one.refreshToken), one.scopes]).toEqual([
        "access-token-1",
        "refresh-token-2",
        ["read"]
      ])
      const two = yield* present(server, one.refreshToken)
      expect([text(two), two.refreshToken && Redacted.value(two.refreshToken)]).toEqual([
        "access-token-2",
        "refresh-token-3"
      ])
      expect(yield* server.isActive(first)).toBe(false)
      expect(yield* server.isActive("refresh-token-2")).toBe(false)
      expect(yield* server.isActive("refresh-token-3")).toBe(true)
      const [request] = yield* server.tokenRequests
      expect(Redacted.isRedacted(request?.parameters["refresh_token"])).toBe(true)
    })
  )

  it.effect(
    "one that is presented again takes the grant down, with all that came of it, and no other grant",
    () =>
      Effect.gen(function* () {
        const server = yield* FakeAuthorizationServer.make()
        const first = yield* server.consent()
        const another = yield* server.consent()
        const one = yield* present(server, first)
        expect(yield* server.isActive(one.value)).toBe(true)

        expect(yield* Effect.flip(present(server, first))).toMatchObject({
          _tag: "ReauthorizationRequired",
          code: "invalid_grant",
          remedy: "log in again"
        })
        expect(yield* server.isActive(one.value)).toBe(false)
        expect((yield* Effect.flip(present(server, one.refreshToken)))._tag).toBe("ReauthorizationRequired")
        expect(text(yield* present(server, another))).toBe("access-token-2")
      })
  )

  it.effect("a lost answer has used the refresh token up; one that never left has not", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      const first = yield* server.consent()
      yield* server.respondNext(Answer.connectionRefused, Answer.answerLost)
      expect(yield* Effect.flip(present(server, first))).toMatchObject({ reason: "NotSent" })
      expect(yield* server.isActive(first)).toBe(true)
      expect(yield* Effect.flip(present(server, first))).toMatchObject({ reason: "NoAnswer" })
      expect(yield* server.isActive(first)).toBe(false)
      expect(yield* server.isActive("refresh-token-3")).toBe(false)
      expect(yield* server.isActive("refresh-token-2")).toBe(true)
    })
  )
})

describe("with rotation and a grace period", () => {
  it.effect(
    "a refresh token that was replaced is taken again until the time is up, from its first use on",
    () =>
      Effect.gen(function* () {
        const server = yield* FakeAuthorizationServer.make({
          rotationGrace: "30 minutes",
          lifetime: "2 hours"
        })
        const first = yield* server.consent({ scopes: ["read"] })
        const one = yield* present(server, first)
        expect(yield* server.isActive(first)).toBe(false)

        yield* TestClock.adjust("29 minutes")
        const another = yield* present(server, first)
        expect([
          text(another),
          another.refreshToken && Redacted.value(another.refreshToken),
          another.scopes
        ]).toEqual(["access-token-2", "refresh-token-3", ["read"]])
        expect(yield* server.isActive(one.value)).toBe(true)
        expect(yield* server.isActive("refresh-token-2")).toBe(true)

        yield* TestClock.adjust("1 minute")
        expect(yield* Effect.flip(present(server, first))).toMatchObject({ code: "invalid_grant" })
        for (const token of [one.value, another.value, "refresh-token-2", "refresh-token-3"]) {
          expect(yield* server.isActive(token)).toBe(false)
        }
      })
  )
})

describe("without rotation", () => {
  it.effect("a refresh token is good again and again, and answers leave it out", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({ rotation: false })
      const refreshToken = yield* server.consent()
      for (const expected of ["access-token-1", "access-token-2"]) {
        const issued = yield* present(server, refreshToken)
        expect([text(issued), issued.refreshToken]).toEqual([expected, undefined])
      }
    })
  )
})

describe("a refresh token", () => {
  it.effect("is worth nothing unknown, left out, revoked or in another client's hand", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({
        clients: [
          { clientId: "a-client", clientSecret: "a-secret" },
          { clientId: "another-client", clientSecret: "a-secret" }
        ]
      })
      const refreshToken = yield* server.consent({ clientId: "another-client" })
      expect(yield* Effect.flip(present(server, Redacted.make("made-up")))).toMatchObject({
        code: "invalid_grant"
      })
      expect(yield* Effect.flip(present(server, undefined))).toMatchObject({ code: "invalid_request" })
      expect(yield* Effect.flip(present(server, refreshToken))).toMatchObject({ code: "invalid_grant" })
      const issued = yield* present(server, refreshToken, { clientId: "another-client" })
      expect(yield* server.isActive(issued.value)).toBe(true)
      yield* server.revoke("refresh-token-2")
      expect(yield* server.isActive(issued.value)).toBe(false)
      expect(
        yield* Effect.flip(present(server, issued.refreshToken, { clientId: "another-client" }))
      ).toMatchObject({ code: "invalid_grant" })
    })
  )

  it.effect("gets some of its scopes, and no others", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({ rotation: false })
      const refreshToken = yield* server.consent({ scopes: ["read", "write"] })
      expect((yield* present(server, refreshToken, { scope: "read" })).scopes).toEqual(["read"])
      expect((yield* present(server, refreshToken)).scopes).toEqual(["read", "write"])
      expect(yield* Effect.flip(present(server, refreshToken, { scope: "admin" }))).toMatchObject({
        reason: "InvalidScope"
      })
    })
  )
})
