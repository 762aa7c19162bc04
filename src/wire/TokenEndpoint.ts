/**
 * A token request and its response (RFC 6749 §3.2).
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Issued } from "../token/Grant.js"
import type { TokenError } from "../token/TokenError.js"
import type { ClientAuthentication } from "./ClientAuthentication.js"
import * as Authentication from "./ClientAuthentication.js"
import type { Parameters, RequestFormat } from "./requestBody.js"
import { encode, secretsOf } from "./requestBody.js"
import type { ResponseProfile } from "./ResponseProfile.js"
import { readTokenResponse } from "./tokenResponse.js"
import { send } from "./transport.js"

export type {
  /**
   * A parameter's value. Secret values are redacted until they are encoded.
   *
   * @since 0.1.0
   */
  Parameter,
  /**
   * Body parameters by name. A list is sent as one parameter for each element (RFC 8707 §2).
   *
   * @since 0.1.0
   */
  Parameters,
  /**
   * How the parameters are encoded: as a form (RFC 6749 §4), or as a JSON object for servers that require it.
   *
   * @since 0.1.0
   */
  RequestFormat
} from "./requestBody.js"

/**
 * A token endpoint: its URL, and how to send requests to it and read its responses.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenEndpoint {
  /** The provider's name, for errors. */
  readonly provider: string
  /** An https URL without user name, password, fragment, or a secret in its query. */
  readonly url: URL
  /** Allows http if the URL's host is a literal loopback address. For tests and local development. */
  readonly allowLoopbackHttp?: boolean | undefined
  readonly clientAuthentication: ClientAuthentication
  readonly requestFormat: RequestFormat
  readonly profile: ResponseProfile
  /** How long the exchange may take, from connecting to the end of the response body. */
  readonly deadline: Duration.Duration
}

/**
 * Sends one token request and reads its response. The client authentication is added to the grant's parameters. Set
 * `remedy` for a user's grant: it says how to get the grant again, and `invalid_grant` then means that the grant is gone.
 *
 * Fails with `TransientFailure`, `CredentialRejected`, `InvalidTokenResponse` or `ReauthorizationRequired`. Fails with
 * `InvalidConfiguration`, before anything is sent, if the endpoint's URL is not safe or the HTTP client changes it.
 *
 * @since 0.1.0
 * @category exchanges
 */
export const exchange = (
  endpoint: TokenEndpoint,
  parameters: Parameters,
  remedy?: string
): Effect.Effect<Issued, TokenError, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { profile, provider } = endpoint
    const authentication = Authentication.apply(endpoint.clientAuthentication)
    const all = { ...withoutAuthentication(parameters), ...authentication.parameters }
    const request = HttpClientRequest.post(endpoint.url, {
      acceptJson: true,
      body: encode(endpoint.requestFormat, all),
      headers:
        authentication.authorization === undefined
          ? {}
          : { authorization: Redacted.value(authentication.authorization) }
    })
    const response = yield* send(request, endpoint)
    const now = yield* Clock.currentTimeMillis
    const secrets = [...authentication.secrets, ...secretsOf(parameters)]
    return yield* readTokenResponse({ provider, profile, secrets, remedy, now }, response)
  })

/** Removes the parameters that would be a second client authentication (RFC 6749 §2.3). */
const withoutAuthentication = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => !authenticationParameters.includes(name)))

const authenticationParameters = ["client_secret", "client_assertion", "client_assertion_type"]
