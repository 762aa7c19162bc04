import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Grant } from "effect-oauth"
import { AccessToken, RefreshToken } from "effect-oauth"
import type { FakeAuthorizationServer } from "effect-oauth/testing"
import { endpoint } from "./exchange.js"

/** The instant at which a refresh token was presented by a process that died. */
export const presentedAt = DateTime.unsafeMake("2030-01-01T12:00:00Z")

/** What is held from before: nothing but what is named. */
export const held = (
  parts: {
    readonly refreshToken?: Redacted.Redacted | undefined
    readonly scopes?: ReadonlyArray<string>
    readonly presentedAt?: DateTime.Utc
  } = {}
): Option.Option<Grant.Held> =>
  Option.some({
    accessToken: Option.map(
      Option.fromNullable(parts.scopes),
      (scopes) =>
        new AccessToken.AccessToken({
          value: Redacted.make("an-older-access-token"),
          presentation: AccessToken.bearer,
          scopes,
          issuedAt: presentedAt,
          expiresAt: presentedAt,
          parameters: {}
        })
    ),
    refreshToken: Option.fromNullable(parts.refreshToken),
    presentedAt: Option.fromNullable(parts.presentedAt)
  })

/** The grant of the server's client. */
export const grantAt = (
  server: FakeAuthorizationServer.Service,
  options: Partial<RefreshToken.Options> = {}
): Effect.Effect<Grant.Grant> =>
  RefreshToken.make(Effect.succeed(endpointOf(server)), { provider: "app/Books", ...options }).pipe(
    Effect.provide(server.layer)
  )

export const endpointOf = (server: FakeAuthorizationServer.Service) =>
  endpoint(new URL(server.tokenUrl), {
    provider: "app/Books",
    clientAuthentication: {
      method: "client_secret_basic",
      clientId: "a-client",
      clientSecret: Redacted.make("a-secret"),
      encoding: "form"
    }
  })
