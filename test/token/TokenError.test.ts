import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { TokenError } from "effect-oauth"

const provider = "app/Api"
const retryAt = DateTime.unsafeMake("2027-01-15T08:00:00Z")
const issue = (path: string, expected: string) => new TokenError.ConfigurationIssue({ path, expected })

const failures: ReadonlyArray<{
  readonly error: TokenError.TokenError
  readonly message: string
  readonly isRetryable: boolean
}> = [
  {
    error: new TokenError.TransientFailure({ provider, reason: "Timeout", retryAt }),
    message: "app/Api: Timeout; try again at 2027-01-15T08:00:00.000Z",
    isRetryable: true
  },
  {
    error: new TokenError.TransientFailure({
      provider,
      reason: "ServerError",
      retryAt,
      status: 503,
      description: "maintenance"
    }),
    message: "app/Api: ServerError (status 503): maintenance; try again at 2027-01-15T08:00:00.000Z",
    isRetryable: true
  },
  {
    error: new TokenError.CredentialRejected({ provider, reason: "Refused" }),
    message: "app/Api: the credential was rejected: Refused",
    isRetryable: false
  },
  {
    error: new TokenError.CredentialRejected({
      provider,
      reason: "InvalidClient",
      code: "invalid_client",
      status: 401,
      description: "unknown client"
    }),
    message: "app/Api: the credential was rejected: invalid_client (status 401): unknown client",
    isRetryable: false
  },
  {
    error: new TokenError.ReauthorizationRequired({ provider, reason: "NoRefreshToken", remedy: "log in" }),
    message: "app/Api: authorization is needed again: NoRefreshToken; log in",
    isRetryable: false
  },
  {
    error: new TokenError.ReauthorizationRequired({
      provider,
      reason: "InvalidGrant",
      remedy: "log in",
      code: "invalid_grant",
      description: "revoked"
    }),
    message: "app/Api: authorization is needed again: invalid_grant: revoked; log in",
    isRetryable: false
  },
  {
    error: new TokenError.InvalidTokenResponse({
      provider,
      reason: "Redirect",
      status: 302,
      description: "to a login page"
    }),
    message: "app/Api: the answer is no token: Redirect (status 302): to a login page",
    isRetryable: false
  },
  {
    error: new TokenError.InvalidConfiguration({
      provider,
      reason: "Missing",
      issues: [issue("API_URL", "a URL"), issue("API_SECRET", "a secret")]
    }),
    message: "app/Api: settings are missing: API_URL: expected a URL; API_SECRET: expected a secret",
    isRetryable: false
  },
  {
    error: new TokenError.InvalidConfiguration({
      provider,
      reason: "Malformed",
      issues: [issue("API_URL", "a URL")]
    }),
    message: "app/Api: settings are wrong: API_URL: expected a URL",
    isRetryable: false
  },
  {
    error: new TokenError.InvalidConfiguration({
      provider,
      reason: "UnknownProvider",
      issues: [issue("type", "auth0")]
    }),
    message: "app/Api: there is no such provider: type: expected auth0",
    isRetryable: false
  },
  {
    error: new TokenError.StoreFailure({ provider, reason: "Unavailable" }),
    message: "app/Api: the token store failed: Unavailable",
    isRetryable: true
  },
  {
    error: new TokenError.StoreFailure({ provider, reason: "Conflict", key: "[1]" }),
    message: "app/Api: the token store failed: Conflict ([1])",
    isRetryable: true
  },
  {
    error: new TokenError.StoreFailure({ provider, reason: "Undecryptable", key: "[1]" }),
    message: "app/Api: the token store failed: Undecryptable ([1])",
    isRetryable: false
  },
  {
    error: new TokenError.LoginFailed({ provider, reason: "WrongNonce" }),
    message: "app/Api: the login failed: WrongNonce",
    isRetryable: false
  },
  {
    error: new TokenError.LoginFailed({
      provider,
      reason: "Denied",
      code: "access_denied",
      description: "the user declined"
    }),
    message: "app/Api: the login failed: access_denied: the user declined",
    isRetryable: false
  }
]

describe.each(failures)("a TokenError with the message '$message'", ({ error, isRetryable, message }) => {
  it("has this message and says whether a retry can help", () => {
    expect(error.message).toBe(message)
    expect(error.isRetryable).toBe(isRetryable)
  })

  it.effect("survives its schema", () =>
    Effect.gen(function* () {
      const encoded = yield* Schema.encode(TokenError.TokenError)(error)
      const decoded = yield* Schema.decodeUnknown(TokenError.TokenError)(encoded)
      expect(decoded).toEqual(error)
      expect(TokenError.isTokenError(decoded)).toBe(true)
    })
  )
})

it("isTokenError refuses values that only look like a TokenError", () => {
  for (const value of [
    undefined,
    new Error("Timeout"),
    { ...failures[0]?.error, _tag: "TransientFailure" }
  ]) {
    expect(TokenError.isTokenError(value)).toBe(false)
  }
})
