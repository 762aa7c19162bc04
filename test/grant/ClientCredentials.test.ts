import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ClientCredentials } from "effect-oauth"
import { Answer, FakeAuthorizationServer } from "effect-oauth/testing"
import { formOf, recordingClient, theOnly } from "../support/recordingClient.js"
import { endpointOf } from "../support/refreshGrant.js"

const grantAt = (server: FakeAuthorizationServer.Service, options: ClientCredentials.Options = {}) =>
  Effect.provide(ClientCredentials.make(Effect.succeed(endpointOf(server)), options), server.layer)

/** The form that the grant sends. */
const formWith = (options: ClientCredentials.Options) =>
  Effect.gen(function* () {
    const server = yield* FakeAuthorizationServer.make()
    const { layer, requests } = recordingClient()
    const grant = yield* Effect.provide(
      ClientCredentials.make(Effect.succeed(endpointOf(server)), options),
      layer
    )
    yield* grant.request(Option.none())
    return formOf(theOnly(requests))
  })

describe("the client credentials grant", () => {
  it.effect("is safe to repeat and is named by its grant type", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      expect(yield* grantAt(server)).toMatchObject({ name: "client_credentials", replay: "safe" })
      expect(yield* grantAt(server, { grantType: "account_credentials" })).toMatchObject({
        name: "account_credentials",
        replay: "safe"
      })
    })
  )

  it.effect("sends only the grant type if no option is set", () =>
    Effect.gen(function* () {
      expect(yield* formWith({})).toEqual({ grant_type: "client_credentials" })
    })
  )

  it.effect(
    "sends an option in place of the parameter of the same name, and keeps the parameter without it",
    () =>
      Effect.gen(function* () {
        const parameters = { scope: "a", audience: "b", resource: "https://c.example.com", grant_type: "d" }
        expect(yield* formWith({ parameters })).toEqual({ ...parameters, grant_type: "client_credentials" })
        expect(
          yield* formWith({
            parameters,
            scopes: ["read", "write"],
            audience: "the-api",
            resource: ["https://api.example.com"]
          })
        ).toEqual({
          grant_type: "client_credentials",
          scope: "read write",
          audience: "the-api",
          resource: "https://api.example.com"
        })
      })
  )

  it.effect.each([
    { scope: "echoed", asked: ["read"], expected: ["read"] },
    { scope: "omitted", asked: ["read"], expected: ["read"] },
    { scope: "omitted", asked: undefined, expected: [] }
  ] as const)("has the scopes $expected if the response has its scope $scope", ({ asked, expected, scope }) =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make({ scope })
      const grant = yield* grantAt(server, { scopes: asked })
      expect((yield* grant.request(Option.none())).scopes).toEqual(expected)
    })
  )

  it.effect("has the scopes of the response if they differ from those of the request", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      yield* server.respondNext(Answer.asUsual({ scope: "read" }))
      const grant = yield* grantAt(server, { scopes: ["read", "write"] })
      expect((yield* grant.request(Option.none())).scopes).toEqual(["read"])
    })
  )

  it.effect("drops a refresh token of the response (RFC 6749 §4.4.3)", () =>
    Effect.gen(function* () {
      const server = yield* FakeAuthorizationServer.make()
      yield* server.respondNext(Answer.asUsual({ refresh_token: "canary-refresh-token" }))
      expect((yield* (yield* grantAt(server)).request(Option.none())).refreshToken).toBeUndefined()
    })
  )
})
