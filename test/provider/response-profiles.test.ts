import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { GenericOAuth, ResponseProfile, ResponseProfiles } from "effect-oauth"
import type { Answer } from "../support/recordingClient.js"
import { recordingClient } from "../support/recordingClient.js"

const ask = (profile: ResponseProfile.ResponseProfile, answer: Answer) =>
  Effect.gen(function* () {
    const { layer } = recordingClient(() => answer)
    const provider = yield* Effect.provide(
      GenericOAuth.make("app/Api", {
        tokenUrl: "https://login.example.com/token",
        clientId: "the-client",
        clientSecret: Redacted.make("s3cret"),
        profile,
        policy: { attempts: 1 }
      }),
      layer
    )
    return yield* provider.get
  })

const slack = {
  ok: true,
  access_token: "xoxb-bot",
  token_type: "bot",
  scope: "chat:write,users:read",
  authed_user: { id: "U1", access_token: "xoxp-user", token_type: "user" }
}

describe("ResponseProfiles", () => {
  it.scoped("slackBot takes the bot's token and its scopes", () =>
    Effect.gen(function* () {
      const token = yield* ask(ResponseProfiles.slackBot, { body: slack })
      expect(Redacted.value(token.value)).toBe("xoxb-bot")
      expect(token.presentation.scheme).toBe("Bearer")
      expect(token.scopes).toEqual(["chat:write", "users:read"])
    })
  )

  it.scoped("slackUser takes the user's token, with the bot's beside it or without", () =>
    Effect.gen(function* () {
      expect(Redacted.value((yield* ask(ResponseProfiles.slackUser, { body: slack })).value)).toBe(
        "xoxp-user"
      )
      const body = { ok: true, authed_user: slack.authed_user }
      expect(Redacted.value((yield* ask(ResponseProfiles.slackUser, { body })).value)).toBe("xoxp-user")
      const authed_user = { ...slack.authed_user, expires_in: 43200, scope: "search:read" }
      const both = { ...slack, expires_in: 60, authed_user }
      const token = yield* ask(ResponseProfiles.slackUser, { body: both })
      expect(token.scopes).toEqual(["search:read"])
      expect(DateTime.toEpochMillis(token.expiresAt)).toBe(43_200_000)
    })
  )

  it.scoped("slackBot takes a user's token when it is refreshed", () =>
    Effect.gen(function* () {
      const body = { ok: true, access_token: "xoxp-user", token_type: "user", expires_in: 43200 }
      expect(Redacted.value((yield* ask(ResponseProfiles.slackBot, { body })).value)).toBe("xoxp-user")
    })
  )

  it.scoped("salesforce keeps instance_url", () =>
    Effect.gen(function* () {
      const body = {
        access_token: "an-access-token",
        instance_url: "https://example.my.salesforce.com",
        id: "https://login.salesforce.com/id/1/2",
        token_type: "Bearer",
        issued_at: "1278448101416",
        signature: "a-signature"
      }
      const token = yield* ask(ResponseProfiles.salesforce, { body })
      expect(token.parameters).toEqual({ instance_url: "https://example.my.salesforce.com" })
      expect(DateTime.toEpochMillis(token.expiresAt)).toBe(3_600_000)
    })
  )

  it.scoped.each([
    ["linkedIn", "refresh_token_expires_in"],
    ["gitHub", "refresh_token_expires_in"],
    ["intuit", "x_refresh_token_expires_in"]
  ] as const)("%s keeps %s", ([profile, member]) =>
    Effect.gen(function* () {
      const token = yield* ask(ResponseProfiles[profile], { body: { access_token: "a", [member]: 8726400 } })
      expect(token.parameters).toEqual({ [member]: "8726400" })
    })
  )

  it.scoped.each([
    ["slackBot", { body: { ok: false, error: "invalid_code" } }, "CredentialRejected", "InvalidGrant"],
    ["slackUser", { body: { ok: false, error: "bad_client_secret" } }, "CredentialRejected", "InvalidClient"],
    ["slackBot", { body: { ok: false, error: "ratelimited" } }, "TransientFailure", "RateLimited"],
    ["slackBot", { body: { ok: false, error: "internal_error" } }, "TransientFailure", "ServerError"],
    [
      "hubSpot",
      { status: 400, body: { status: "BAD_REFRESH_TOKEN", message: "missing or invalid refresh token" } },
      "CredentialRejected",
      "InvalidGrant"
    ],
    ["hubSpot", { status: 400, body: { status: "BAD_CLIENT_ID" } }, "CredentialRejected", "InvalidClient"],
    ["gitHub", { body: { error: "bad_verification_code" } }, "CredentialRejected", "InvalidGrant"],
    ["gitHub", { body: { error: "incorrect_client_credentials" } }, "CredentialRejected", "InvalidClient"],
    [
      "salesforce",
      { status: 400, body: { error: "invalid_client_id" } },
      "CredentialRejected",
      "InvalidClient"
    ],
    [
      "salesforce",
      { status: 400, body: { error: "rate_limit_exceeded" } },
      "TransientFailure",
      "RateLimited"
    ],
    [
      "apigee",
      { status: 400, body: { ErrorCode: "invalid_request", Error: "x" } },
      "CredentialRejected",
      "InvalidRequest"
    ]
  ] as const)("%s reads %j as %s %s", ([profile, answer, _tag, reason]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ask(ResponseProfiles[profile], answer))
      expect(error).toMatchObject({ _tag, reason })
    })
  )

  it("every profile is whole, and maps codes to those that are known", () => {
    const known = [
      "invalid_client",
      "invalid_grant",
      "invalid_request",
      "invalid_scope",
      "server_error",
      "slow_down",
      "temporarily_unavailable",
      "unauthorized_client",
      "unsupported_grant_type"
    ]
    for (const profile of Object.values(ResponseProfiles)) {
      expect(Object.keys(profile).sort()).toEqual(Object.keys(ResponseProfile.standard).sort())
      expect(profile.bearerTypes).toContain("bearer")
      expect(known).toEqual(expect.arrayContaining(Object.values(profile.errorCodes)))
    }
  })
})
