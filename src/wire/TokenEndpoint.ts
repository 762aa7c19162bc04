/**
 * The exchange with a token endpoint (RFC 6749 §3.2).
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
import { read } from "./tokenAnswer.js"
import { send } from "./transport.js"

export type {
  /**
   * A parameter's value. A secret one is redacted until it is encoded.
   *
   * @since 0.1.0
   */
  Parameter,
  /**
   * Body parameters by name; a list is a parameter that stands several times (RFC 8707 §2).
   *
   * @since 0.1.0
   */
  Parameters,
  /**
   * How a token endpoint wants its parameters: as RFC 6749 says, or as a JSON object.
   *
   * @since 0.1.0
   */
  RequestFormat
} from "./requestBody.js"

/**
 * A server's URL that answers grants, and how it is spoken to.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenEndpoint {
  /** The provider's name, for errors. */
  readonly provider: string
  /** An https URL without user name, password, fragment, or a secret in its query. */
  readonly url: URL
  /** Lets http through where the URL's host is a literal loopback address. For tests and local development. */
  readonly allowLoopbackHttp?: boolean | undefined
  readonly clientAuthentication: ClientAuthentication
  readonly requestFormat: RequestFormat
  readonly profile: ResponseProfile
  /** How long the exchange may take, from connecting to the end of the body. */
  readonly deadline: Duration.Duration
}

/**
 * Sends one token request and reads its answer. The parameters are the grant's own; the client authentication is added.
 * With a `remedy`, `invalid_grant` means that a user's grant is gone, and the remedy says how to get it again.
 *
 * Fails with `TransientFailure`, `CredentialRejected`, `InvalidTokenResponse` or `ReauthorizationRequired`, and with
 * `InvalidConfiguration`, before anything is sent, where the endpoint's URL is no safe one, or where the HTTP client
 * sends requests elsewhere than they are addressed.
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
    const all = { ...unauthenticated(parameters), ...authentication.parameters }
    const request = HttpClientRequest.post(endpoint.url, {
      acceptJson: true,
      body: encode(endpoint.requestFormat, all),
      headers:
        authentication.authorization === undefined
          ? {}
          : { authorization: Redacted.value(authentication.authorization) }
    })
    const answer = yield* send(request, endpoint)
    const now = yield* Clock.currentTimeMillis
    const secrets = [...authentication.secrets, ...secretsOf(parameters)]
    return yield* read({ provider, profile, secrets, remedy, now }, answer)
  })

/** The parameters without those that would be a second client authentication (RFC 6749 §2.3). */
const unauthenticated = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => !authenticating.includes(name)))

const authenticating = ["client_secret", "client_assertion", "client_assertion_type"]
