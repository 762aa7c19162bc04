/**
 * Authorization server metadata (RFC 8414, and OpenID Connect Discovery 1.0).
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import {
  ConfigurationIssue,
  InvalidConfiguration,
  InvalidTokenResponse,
  TransientFailure
} from "../token/TokenError.js"
import type { Members } from "./responseBody.js"
import { valueAt, parse, textAt } from "./responseBody.js"
import { sanitize } from "./sanitize.js"
import { parseRetryAfter } from "./retryAfter.js"
import { isTransient, isRedirect } from "./status.js"
import type { Response } from "./transport.js"
import { send } from "./transport.js"
import { parseEndpoint } from "./Url.js"

/**
 * The members of a server's metadata that the package uses.
 *
 * @since 0.1.0
 * @category models
 */
export interface Metadata {
  readonly issuer: string
  readonly tokenEndpoint: URL
  /** The client authentication methods that the server accepts. Default: `client_secret_basic` (RFC 8414 §2). */
  readonly clientAuthenticationMethods: ReadonlyArray<string>
}

/**
 * Where an issuer publishes its metadata: `oauth2` puts the well-known part before the issuer's path (RFC 8414 §3.1),
 * `openid` behind it (OpenID Connect Discovery §4).
 *
 * @since 0.1.0
 * @category models
 */
export type WellKnown = "oauth2" | "openid"

/**
 * The URL of an issuer's metadata.
 *
 * @since 0.1.0
 * @category constructors
 */
export const metadataUrl = (issuer: URL, wellKnown: WellKnown): URL => {
  const path = issuer.pathname.replace(/\/$/, "")
  const url = new URL(issuer.origin)
  // Resolving the path as a relative reference would read a path that begins with two slashes as a host.
  url.pathname =
    wellKnown === "openid"
      ? `${path}/.well-known/openid-configuration`
      : `/.well-known/oauth-authorization-server${path}`
  return url
}

/**
 * The issuer, and how to request its metadata.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The provider's name, for errors. */
  readonly provider: string
  readonly issuer: string
  readonly allowLoopbackHttp: boolean
  /** How long each request may take, from connecting to the end of the response body. */
  readonly deadline: Duration.Duration
}

/**
 * Requests an issuer's metadata at the URL of OpenID Connect Discovery and, if there is none, at the URL of RFC 8414. The
 * `issuer` in the metadata must be identical to the given one, character by character (RFC 8414 §3.3).
 *
 * Fails with `TransientFailure` if the request may succeed later, with `InvalidTokenResponse` if the response is no valid
 * metadata, and with `InvalidConfiguration`, before anything is sent, if the issuer is not a valid URL.
 *
 * @since 0.1.0
 * @category exchanges
 */
export const discover = (
  options: Options
): Effect.Effect<
  Metadata,
  TransientFailure | InvalidTokenResponse | InvalidConfiguration,
  HttpClient.HttpClient
> =>
  Effect.gen(function* () {
    const { provider } = options
    const issuer = yield* Either.mapLeft(
      parseEndpoint(options.issuer, options.allowLoopbackHttp),
      (expected) =>
        new InvalidConfiguration({
          provider,
          reason: "Malformed",
          issues: [new ConfigurationIssue({ path: "issuer", expected })]
        })
    )
    const openid = yield* requestDocument(metadataUrl(issuer, "openid"), options)
    const document =
      openid.members === undefined ? yield* requestDocument(metadataUrl(issuer, "oauth2"), options) : openid
    return yield* validateMetadata(options, document)
  })

/** The metadata document at a URL; without members if there is none. */
interface Document {
  readonly status: number
  readonly members: Members | undefined
}

const requestDocument = (
  url: URL,
  options: Options
): Effect.Effect<
  Document,
  TransientFailure | InvalidTokenResponse | InvalidConfiguration,
  HttpClient.HttpClient
> =>
  Effect.gen(function* () {
    const response = yield* send(HttpClientRequest.get(url, { acceptJson: true }), options)
    return yield* readDocument(options.provider, response, yield* Clock.currentTimeMillis)
  })

const readDocument = (
  provider: string,
  response: Response,
  now: number
): Either.Either<Document, TransientFailure | InvalidTokenResponse> => {
  const { body, status } = response
  if (isTransient(status)) {
    const reason = status === 429 ? "RateLimited" : "ServerError"
    const retryAt = DateTime.unsafeMake(parseRetryAfter(response.headers, now))
    return Either.left(new TransientFailure({ provider, reason, status, retryAt }))
  }
  if (response.isFromOtherUrl || isRedirect(status)) {
    const description = "an issuer must not redirect to its metadata"
    return Either.left(new InvalidTokenResponse({ provider, reason: "Redirect", status, description }))
  }
  if (status >= 300) return Either.right({ status, members: undefined })
  return body === undefined
    ? Either.left(
        new InvalidTokenResponse({
          provider,
          reason: "TooLarge",
          status,
          description: "the body is over 1 MiB"
        })
      )
    : Either.right({ status, members: parse(body) })
}

const validateMetadata = (
  options: Options,
  { members, status }: Document
): Either.Either<Metadata, InvalidTokenResponse> => {
  const { issuer, provider } = options
  const refuse = (description: string) =>
    Either.left(new InvalidTokenResponse({ provider, reason: "Metadata", status, description }))
  if (members === undefined) return refuse("the issuer has no metadata document")
  if (valueAt(members, "issuer") !== issuer) {
    const claimed = sanitize(textAt(members, "issuer") ?? "", [], 200)
    return refuse(`the metadata names another issuer (RFC 8414 §3.3): "${claimed}" instead of "${issuer}"`)
  }
  const tokenEndpoint = parseEndpoint(textAt(members, "token_endpoint") ?? "", options.allowLoopbackHttp)
  if (Either.isLeft(tokenEndpoint)) return refuse(`token_endpoint is not ${tokenEndpoint.left}`)
  const methods = valueAt(members, "token_endpoint_auth_methods_supported")
  return Either.right({
    issuer,
    tokenEndpoint: tokenEndpoint.right,
    clientAuthenticationMethods: Array.isArray(methods)
      ? methods.filter((method): method is string => typeof method === "string")
      : ["client_secret_basic"]
  })
}
