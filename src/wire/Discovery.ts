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
import type { Members } from "./answerBody.js"
import { at, parse, textAt } from "./answerBody.js"
import { clean } from "./clean.js"
import { retryAfterAt } from "./retryAfter.js"
import { isPassing, isRedirect } from "./status.js"
import type { Answer } from "./transport.js"
import { send } from "./transport.js"
import { parseEndpoint } from "./Url.js"

/**
 * What a server says of itself, as far as it is needed here.
 *
 * @since 0.1.0
 * @category models
 */
export interface Metadata {
  readonly issuer: string
  readonly tokenEndpoint: URL
  /** The client authentication methods that it takes; `client_secret_basic` where it does not say (RFC 8414 §2). */
  readonly clientAuthenticationMethods: ReadonlyArray<string>
}

/**
 * Where the metadata of an issuer stands: `oauth2` is RFC 8414 §3.1, with the well-known part before the issuer's path;
 * `openid` is OpenID Connect Discovery §4, with it behind.
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
  // not by resolving a reference, for a path that begins with two slashes would be a host
  url.pathname =
    wellKnown === "openid"
      ? `${path}/.well-known/openid-configuration`
      : `/.well-known/oauth-authorization-server${path}`
  return url
}

/**
 * Whom to ask for its metadata, and in whose name.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The provider's name, for errors. */
  readonly provider: string
  readonly issuer: string
  readonly allowLoopbackHttp: boolean
  /** How long each request may take, from connecting to the end of the body. */
  readonly deadline: Duration.Duration
}

/**
 * Asks an issuer for its metadata: as OpenID Connect has it and, where that is not there, as RFC 8414 has it. The
 * `issuer` in the answer must equal the one asked for, to the letter (RFC 8414 §3.3).
 *
 * Fails with `TransientFailure` where the server may answer later, with `InvalidTokenResponse` where it has answered
 * something else, and with `InvalidConfiguration`, before anything is sent, where the issuer is no URL of one.
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
    const openid = yield* ask(metadataUrl(issuer, "openid"), options)
    const answer = openid.members === undefined ? yield* ask(metadataUrl(issuer, "oauth2"), options) : openid
    return yield* read(options, answer)
  })

/** The metadata document, or nothing where the server has none at this place. */
interface Document {
  readonly status: number
  readonly members: Members | undefined
}

const ask = (
  url: URL,
  options: Options
): Effect.Effect<
  Document,
  TransientFailure | InvalidTokenResponse | InvalidConfiguration,
  HttpClient.HttpClient
> =>
  Effect.gen(function* () {
    const answer = yield* send(HttpClientRequest.get(url, { acceptJson: true }), options)
    return yield* documentIn(options.provider, answer, yield* Clock.currentTimeMillis)
  })

const documentIn = (
  provider: string,
  answer: Answer,
  now: number
): Either.Either<Document, TransientFailure | InvalidTokenResponse> => {
  const { body, status } = answer
  if (isPassing(status)) {
    const reason = status === 429 ? "RateLimited" : "ServerError"
    const retryAt = DateTime.unsafeMake(retryAfterAt(answer.headers, now))
    return Either.left(new TransientFailure({ provider, reason, status, retryAt }))
  }
  if (answer.wentElsewhere || isRedirect(status)) {
    const description = "an issuer must not redirect to its metadata"
    return Either.left(new InvalidTokenResponse({ provider, reason: "Redirect", status, description }))
  }
  if (status >= 300) return Either.right({ status, members: undefined })
  return body === undefined
    ? Either.left(
        new InvalidTokenResponse({ provider, reason: "TooLarge", status, description: "over 1 MiB" })
      )
    : Either.right({ status, members: parse(body) })
}

const read = (
  options: Options,
  { members, status }: Document
): Either.Either<Metadata, InvalidTokenResponse> => {
  const { issuer, provider } = options
  const refuse = (description: string) =>
    Either.left(new InvalidTokenResponse({ provider, reason: "Metadata", status, description }))
  if (members === undefined) return refuse("there is no metadata at the issuer")
  if (at(members, "issuer") !== issuer) {
    const claimed = clean(textAt(members, "issuer") ?? "", [], 200)
    return refuse(`the metadata is of another issuer (RFC 8414 §3.3): "${claimed}", not "${issuer}"`)
  }
  const tokenEndpoint = parseEndpoint(textAt(members, "token_endpoint") ?? "", options.allowLoopbackHttp)
  if (Either.isLeft(tokenEndpoint)) return refuse(`token_endpoint is not ${tokenEndpoint.left}`)
  const methods = at(members, "token_endpoint_auth_methods_supported")
  return Either.right({
    issuer,
    tokenEndpoint: tokenEndpoint.right,
    clientAuthenticationMethods: Array.isArray(methods)
      ? methods.filter((method): method is string => typeof method === "string")
      : ["client_secret_basic"]
  })
}
