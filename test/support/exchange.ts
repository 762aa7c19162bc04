import type * as HttpClient from "@effect/platform/HttpClient"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Grant, TokenError } from "effect-oauth"
import { ClientAuthentication, ResponseProfile, TokenEndpoint } from "effect-oauth"

export const clientId = "a-client"

/** A secret with a character for every encoding to change, and words that a test can look for. */
export const clientSecret = "canary-head/+&= %\"'<é>~canary-tail"

/** A token endpoint with the client's secret in the header, unless it is changed. No machine is too slow for its deadline. */
export const endpoint = (
  url: URL,
  changes: Partial<TokenEndpoint.TokenEndpoint> = {}
): TokenEndpoint.TokenEndpoint => ({
  provider: "test/Api",
  url,
  allowLoopbackHttp: true,
  clientAuthentication: ClientAuthentication.basic(clientId, Redacted.make(clientSecret)),
  requestFormat: "form",
  profile: ResponseProfile.standard,
  deadline: Duration.minutes(10),
  ...changes
})

/** Asks by client credentials. */
export const ask = (
  url: URL,
  changes?: Partial<TokenEndpoint.TokenEndpoint>
): Effect.Effect<Grant.Issued, TokenError.TokenError, HttpClient.HttpClient> =>
  TokenEndpoint.exchange(endpoint(url, changes), { grant_type: "client_credentials" })
