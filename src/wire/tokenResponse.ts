/**
 * Reads a token endpoint's response as a token or an error, by the table in docs/errors.md. The first matching row counts.
 */
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { bearer } from "../token/AccessToken.js"
import type { Issued } from "../token/Grant.js"
import {
  CredentialRejected,
  InvalidTokenResponse,
  ReauthorizationRequired,
  TransientFailure
} from "../token/TokenError.js"
import type { TokenError } from "../token/TokenError.js"
import type { Members } from "./responseBody.js"
import {
  valueAt,
  firstTextAt,
  isBlank,
  isMembers,
  parse,
  scopesAt,
  secondsAt,
  textAt
} from "./responseBody.js"
import { sanitize } from "./sanitize.js"
import type { ResponseProfile } from "./ResponseProfile.js"
import { parseRetryAfter } from "./retryAfter.js"
import { isTransient, isRedirect } from "./status.js"
import type { Response } from "./transport.js"

export interface ResponseContext {
  readonly provider: string
  readonly profile: ResponseProfile
  /** The secrets of the request, which are redacted from the server's error texts. */
  readonly secrets: ReadonlyArray<Redacted.Redacted>
  /** How to get a user's grant again. If it is set, `invalid_grant` means that the grant is gone. */
  readonly remedy: string | undefined
  /** When the response arrived, in milliseconds since the epoch. */
  readonly now: number
}

/** Reads a response. It never throws, whatever the server sent. */
export const readTokenResponse = (
  context: ResponseContext,
  response: Response
): Either.Either<Issued, TokenError> => {
  const { profile, provider } = context
  const { status } = response
  if (response.isFromOtherUrl) {
    const description =
      "the HTTP client sent the request to another URL: it must neither follow redirects nor rewrite URLs"
    return Either.left(new InvalidTokenResponse({ provider, reason: "Redirect", status, description }))
  }
  const members = response.body === undefined ? undefined : parse(response.body)
  const secrets = [...context.secrets, ...(members === undefined ? [] : collectSecrets(members, profile))]
  const error = members === undefined ? undefined : readError(members, profile, status)
  const standardCode = error?.code === undefined ? undefined : toStandardCode(profile, error.code)
  const code = sanitizeOptional(error?.code, secrets, 100)
  const description = sanitizeOptional(error?.description, secrets, 300)
  const serverError = {
    ...(code === undefined ? {} : { code }),
    ...(description === undefined ? {} : { description })
  }

  if (isTransient(status) || transientCodes.includes(standardCode)) {
    const reason = status === 429 || standardCode === "slow_down" ? "RateLimited" : "ServerError"
    const retryAt = DateTime.unsafeMake(parseRetryAfter(response.headers, context.now))
    const explanation = description ?? code
    return Either.left(
      new TransientFailure({
        provider,
        reason,
        status,
        retryAt,
        ...(explanation === undefined ? {} : { description: explanation })
      })
    )
  }
  if (standardCode === "invalid_grant" && context.remedy !== undefined) {
    return Either.left(
      new ReauthorizationRequired({
        provider,
        reason: "InvalidGrant",
        remedy: context.remedy,
        ...serverError
      })
    )
  }
  if (error !== undefined || (status >= 400 && status < 500)) {
    const reason = rejectionReason(standardCode, status)
    const hint = mayBeWrongUrl(response, standardCode, reason)
      ? { description: withUrlHint(description) }
      : {}
    return Either.left(new CredentialRejected({ provider, reason, status, ...serverError, ...hint }))
  }
  return Either.mapLeft(
    readToken(response, members, profile, secrets),
    ([reason, description]) => new InvalidTokenResponse({ provider, reason, status, description })
  )
}

/**
 * Whether the response suggests a wrong URL rather than a wrong credential: a "not found" status without an error code of
 * a token endpoint (RFC 6749 §5.2), or an HTML or XML page.
 */
const mayBeWrongUrl = (
  { body, status }: Response,
  code: string | undefined,
  reason: CredentialRejected["reason"]
): boolean =>
  [404, 405, 410].includes(status)
    ? reason === "Refused"
    : code === undefined && body?.trimStart().startsWith("<") === true

const withUrlHint = (description: string | undefined): string =>
  description === undefined ? urlHint : `${urlHint}. The server says: ${sanitize(description, [], 200)}`

const urlHint = "the response does not look like a token endpoint's; check the token URL"

/** Sanitizes a text that may be missing; `undefined` if nothing of it remains. */
const sanitizeOptional = (
  text: string | undefined,
  secrets: ReadonlyArray<Redacted.Redacted>,
  maxLength: number
): string | undefined => (text === undefined ? undefined : sanitize(text, secrets, maxLength) || undefined)

type InvalidResponse = readonly [reason: InvalidTokenResponse["reason"], description: string]

const readToken = (
  response: Response,
  members: Members | undefined,
  profile: ResponseProfile,
  secrets: ReadonlyArray<Redacted.Redacted>
): Either.Either<Issued, InvalidResponse> => {
  const { body, status } = response
  if (isRedirect(status)) {
    return Either.left(["Redirect", "a token endpoint must not redirect; give its final URL"])
  }
  if (body === undefined) return Either.left(["TooLarge", "the body is over 1 MiB"])
  if (members === undefined)
    return Either.left(["UnknownShape", "the body is neither a JSON object nor a form"])
  const value = valueAt(members, profile.accessToken)
  if (isBlank(value)) return Either.left(["NoAccessToken", `the response has no ${profile.accessToken}`])
  if (typeof value !== "string" || !visibleAscii.test(value)) {
    return Either.left([
      "MalformedToken",
      `${profile.accessToken} contains characters that are not allowed in an HTTP header`
    ])
  }
  const prefix = profile.accessToken.slice(0, profile.accessToken.lastIndexOf(".") + 1)
  const type = valueAt(members, `${prefix}token_type`)
  if (
    !isBlank(type) &&
    !(typeof type === "string" && profile.bearerTypes.includes(type.trim().toLowerCase()))
  ) {
    return Either.left(["UnknownTokenType", `token_type is not one of: ${profile.bearerTypes.join(", ")}`])
  }
  const refreshToken = textAt(members, prefix + profile.refreshToken)
  return Either.right({
    value: Redacted.make(value),
    presentation: bearer,
    expiresIn: secondsAt(members, prefix + profile.expiresIn),
    refreshIn: secondsAt(members, `${prefix}refresh_in`),
    scopes: scopesAt(members, `${prefix}scope`, (text) => sanitize(text, secrets, 60_000)),
    refreshToken: refreshToken === undefined ? undefined : Redacted.make(refreshToken),
    parameters: readKeptMembers(members, profile, secrets)
  })
}

const visibleAscii = /^[\x21-\x7e]+$/

const readKeptMembers = (
  members: Members,
  profile: ResponseProfile,
  secrets: ReadonlyArray<Redacted.Redacted>
): Readonly<Record<string, string>> | undefined => {
  if (profile.keep.length === 0) return undefined
  const kept = profile.keep.flatMap((name) => {
    const value = valueAt(members, name)
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
      ? [[name, sanitize(String(value), secrets, 2_000)] as const]
      : []
  })
  return Object.fromEntries(kept)
}

/** The response's own secrets: the members that hold tokens, at the top level and one level below. */
const collectSecrets = (members: Members, profile: ResponseProfile): ReadonlyArray<Redacted.Redacted> => {
  const objects = [members, ...Object.values(members).filter(isMembers).slice(0, maxObjects)]
  const values = objects.flatMap((object) =>
    [...secretMembers, profile.refreshToken].map((name) => valueAt(object, name))
  )
  return [valueAt(members, profile.accessToken), ...values].flatMap((value) =>
    typeof value === "string" && value.length >= minSecretLength ? [Redacted.make(value)] : []
  )
}

const secretMembers = ["access_token", "refresh_token", "id_token", "client_secret", "device_code"]

/** Bounds the work; real responses have fewer nested objects. */
const maxObjects = 20

/** Shorter values are no secrets, and redacting them would only garble the server's error text. */
const minSecretLength = 8

interface ErrorResponse {
  readonly code: string | undefined
  readonly description: string | undefined
}

/** An `error` member counts under any status; the profile's other paths only without a token or under an error status. */
const readError = (members: Members, profile: ResponseProfile, status: number): ErrorResponse | undefined => {
  const isFailure = status >= 400
  const error = valueAt(members, "error")
  const isError = isFailure || (!isBlank(error) && error !== false && error !== 0)
  const isOtherError =
    isBlank(valueAt(members, profile.accessToken)) &&
    profile.errorCode.some(
      (path) => path !== "error" && path !== "status" && textAt(members, path) !== undefined
    )
  if (!isError && !isOtherError) return undefined
  const paths = isFailure ? profile.errorCode : profile.errorCode.filter((path) => path !== "status")
  return { code: firstTextAt(members, paths), description: firstTextAt(members, profile.errorDescription) }
}

const toStandardCode = (profile: ResponseProfile, code: string): string =>
  (Object.hasOwn(profile.errorCodes, code) ? profile.errorCodes[code] : undefined) ??
  code.trim().toLowerCase()

const transientCodes: ReadonlyArray<string | undefined> = [
  "temporarily_unavailable",
  "server_error",
  "slow_down"
]

const rejectionReason = (code: string | undefined, status: number): CredentialRejected["reason"] => {
  switch (code) {
    case "invalid_client":
    case "unauthorized_client":
      return "InvalidClient"
    case "invalid_grant":
      return "InvalidGrant"
    case "invalid_scope":
    case "invalid_target":
      return "InvalidScope"
    case "invalid_request":
    case "unsupported_grant_type":
      return "InvalidRequest"
    default:
      return status === 401 ? "InvalidClient" : "Refused"
  }
}
