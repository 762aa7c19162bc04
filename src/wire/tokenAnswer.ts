/**
 * What an answer of the token endpoint is: a token or an error, by the table of errors. The first row that fits counts.
 *
 * @since 0.1.0
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
import type { Members } from "./answerBody.js"
import { at, firstTextAt, isBlank, isMembers, parse, scopesAt, secondsAt, textAt } from "./answerBody.js"
import { clean } from "./clean.js"
import type { ResponseProfile } from "./ResponseProfile.js"
import { retryAfterAt } from "./retryAfter.js"
import { isPassing, isRedirect } from "./status.js"
import type { Answer } from "./transport.js"

/** What has to be known to read an answer. */
export interface Asked {
  readonly provider: string
  readonly profile: ResponseProfile
  /** What the request carried, so that the server cannot say it back into a log. */
  readonly secrets: ReadonlyArray<Redacted.Redacted>
  /** How a user's grant is got again, where the request presented one: then `invalid_grant` means that it is gone. */
  readonly remedy: string | undefined
  /** When the answer came, in milliseconds since the epoch. */
  readonly now: number
}

/** Reads an answer. It never throws, whatever the server sent. */
export const read = (asked: Asked, answer: Answer): Either.Either<Issued, TokenError> => {
  const { profile, provider } = asked
  const { status } = answer
  if (answer.wentElsewhere) {
    const description =
      "the HTTP client sent the request elsewhere: it must neither follow redirects nor rewrite URLs"
    return Either.left(new InvalidTokenResponse({ provider, reason: "Redirect", status, description }))
  }
  const members = answer.body === undefined ? undefined : parse(answer.body)
  const secrets = [...asked.secrets, ...(members === undefined ? [] : secretsIn(members, profile))]
  const error = members === undefined ? undefined : errorIn(members, profile, status)
  const standardCode = error?.code === undefined ? undefined : standardCodeOf(profile, error.code)
  const code = cleaned(error?.code, secrets, 100)
  const description = cleaned(error?.description, secrets, 300)
  const said = {
    ...(code === undefined ? {} : { code }),
    ...(description === undefined ? {} : { description })
  }

  if (isPassing(status) || passingCodes.includes(standardCode)) {
    const reason = status === 429 || standardCode === "slow_down" ? "RateLimited" : "ServerError"
    const retryAt = DateTime.unsafeMake(retryAfterAt(answer.headers, asked.now))
    const explained = description ?? code
    return Either.left(
      new TransientFailure({
        provider,
        reason,
        status,
        retryAt,
        ...(explained === undefined ? {} : { description: explained })
      })
    )
  }
  if (standardCode === "invalid_grant" && asked.remedy !== undefined) {
    return Either.left(
      new ReauthorizationRequired({ provider, reason: "InvalidGrant", remedy: asked.remedy, ...said })
    )
  }
  if (error !== undefined || (status >= 400 && status < 500)) {
    const reason = rejectionOf(standardCode, status)
    const doubt = isElsewhere(answer, standardCode, reason) ? { description: askForUrl(description) } : {}
    return Either.left(new CredentialRejected({ provider, reason, status, ...said, ...doubt }))
  }
  return Either.mapLeft(
    tokenIn(answer, members, profile, secrets),
    ([reason, description]) => new InvalidTokenResponse({ provider, reason, status, description })
  )
}

/**
 * Whether an answer speaks of the URL rather than of the credential: by its status, unless it has an error code of a token
 * endpoint (RFC 6749 §5.2), or by being a page.
 */
const isElsewhere = (
  { body, status }: Answer,
  code: string | undefined,
  reason: CredentialRejected["reason"]
): boolean =>
  [404, 405, 410].includes(status)
    ? reason === "Refused"
    : code === undefined && body?.trimStart().startsWith("<") === true

const askForUrl = (said: string | undefined): string =>
  said === undefined ? isUrlRight : `${isUrlRight} It says: ${clean(said, [], 200)}`

const isUrlRight = "the answer is none of a token endpoint; is the token URL right?"

/** A text of the server's, fit for an error; nothing where nothing remains of it. */
const cleaned = (
  text: string | undefined,
  secrets: ReadonlyArray<Redacted.Redacted>,
  most: number
): string | undefined => (text === undefined ? undefined : clean(text, secrets, most) || undefined)

type Malformed = readonly [reason: InvalidTokenResponse["reason"], description: string]

const tokenIn = (
  answer: Answer,
  members: Members | undefined,
  profile: ResponseProfile,
  secrets: ReadonlyArray<Redacted.Redacted>
): Either.Either<Issued, Malformed> => {
  const { body, status } = answer
  if (isRedirect(status)) {
    return Either.left(["Redirect", "a token endpoint must not redirect; give its final URL"])
  }
  if (body === undefined) return Either.left(["TooLarge", "the body is over 1 MiB"])
  if (members === undefined)
    return Either.left(["UnknownShape", "the body is neither a JSON object nor a form"])
  const value = at(members, profile.accessToken)
  if (isBlank(value)) return Either.left(["NoAccessToken", `there is no ${profile.accessToken}`])
  if (typeof value !== "string" || !visibleAscii.test(value)) {
    return Either.left(["MalformedToken", `${profile.accessToken} cannot stand in a header`])
  }
  const beside = profile.accessToken.slice(0, profile.accessToken.lastIndexOf(".") + 1)
  const type = at(members, `${beside}token_type`)
  if (
    !isBlank(type) &&
    !(typeof type === "string" && profile.bearerTypes.includes(type.trim().toLowerCase()))
  ) {
    return Either.left(["UnknownTokenType", `token_type is none of: ${profile.bearerTypes.join(", ")}`])
  }
  const refreshToken = textAt(members, beside + profile.refreshToken)
  return Either.right({
    value: Redacted.make(value),
    presentation: bearer,
    expiresIn: secondsAt(members, beside + profile.expiresIn),
    refreshIn: secondsAt(members, `${beside}refresh_in`),
    scopes: scopesAt(members, `${beside}scope`, (text) => clean(text, secrets, 60_000)),
    refreshToken: refreshToken === undefined ? undefined : Redacted.make(refreshToken),
    parameters: keptIn(members, profile, secrets)
  })
}

const visibleAscii = /^[\x21-\x7e]+$/

const keptIn = (
  members: Members,
  profile: ResponseProfile,
  secrets: ReadonlyArray<Redacted.Redacted>
): Readonly<Record<string, string>> | undefined => {
  if (profile.keep.length === 0) return undefined
  const kept = profile.keep.flatMap((name) => {
    const value = at(members, name)
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
      ? [[name, clean(String(value), secrets, 2_000)] as const]
      : []
  })
  return Object.fromEntries(kept)
}

/** Members of any answer whose values are secrets, where the profile has them, at the top and one level below. */
const secretsIn = (members: Members, profile: ResponseProfile): ReadonlyArray<Redacted.Redacted> => {
  const objects = [members, ...Object.values(members).filter(isMembers).slice(0, mostObjects)]
  const values = objects.flatMap((object) =>
    [...secretMembers, profile.refreshToken].map((name) => at(object, name))
  )
  return [at(members, profile.accessToken), ...values].flatMap((value) =>
    typeof value === "string" && value.length >= shortestSecret ? [Redacted.make(value)] : []
  )
}

const secretMembers = ["access_token", "refresh_token", "id_token", "client_secret", "device_code"]

/** More than any server has in its answer. */
const mostObjects = 20

/** What is shorter is no secret, and to blot it out would only garble what the server says. */
const shortestSecret = 8

interface ErrorAnswer {
  readonly code: string | undefined
  readonly description: string | undefined
}

/** An `error` is one under any status; the other spellings only where there is no token or the status says so. */
const errorIn = (members: Members, profile: ResponseProfile, status: number): ErrorAnswer | undefined => {
  const isFailure = status >= 400
  const error = at(members, "error")
  const isError = isFailure || (!isBlank(error) && error !== false && error !== 0)
  const isOtherError =
    isBlank(at(members, profile.accessToken)) &&
    profile.errorCode.some(
      (path) => path !== "error" && path !== "status" && textAt(members, path) !== undefined
    )
  if (!isError && !isOtherError) return undefined
  const paths = isFailure ? profile.errorCode : profile.errorCode.filter((path) => path !== "status")
  return { code: firstTextAt(members, paths), description: firstTextAt(members, profile.errorDescription) }
}

const standardCodeOf = (profile: ResponseProfile, code: string): string =>
  (Object.hasOwn(profile.errorCodes, code) ? profile.errorCodes[code] : undefined) ??
  code.trim().toLowerCase()

const passingCodes: ReadonlyArray<string | undefined> = [
  "temporarily_unavailable",
  "server_error",
  "slow_down"
]

const rejectionOf = (code: string | undefined, status: number): CredentialRejected["reason"] => {
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
