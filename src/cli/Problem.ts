/** What went wrong, as the command tells it. */
import * as DateTime from "effect/DateTime"
import type { InvalidConfiguration, TokenError } from "../token/TokenError.js"
import { printable } from "./render/text.js"

/** A failure and what to do about it: also the shape of every `error` in the JSON that the command writes. */
export interface Problem {
  readonly tag: string
  readonly reason: string
  readonly message: string
  readonly remedy: string
  readonly status?: number
  /** The server's error code. */
  readonly code?: string
  readonly retryAt?: string
  readonly issues?: ReadonlyArray<{ readonly path: string; readonly expected: string }>
}

/** Of a typed error. */
export const fromTokenError = (error: TokenError): Problem => ({
  tag: error._tag,
  reason: error.reason,
  message: printable(error.message),
  remedy: printable(remedy(error)),
  ...("status" in error && error.status !== undefined ? { status: error.status } : {}),
  ...("code" in error && error.code !== undefined ? { code: printable(error.code) } : {}),
  ...("retryAt" in error ? { retryAt: DateTime.formatIso(error.retryAt) } : {}),
  ...("issues" in error ? { issues: issuesOf(error) } : {})
})

/** A failure on lines of its own: the error by its type, each setting to mend, and what to do. */
export const lines = (problem: Problem): ReadonlyArray<string> => [
  `${problem.tag} (${problem.reason})`,
  ...(problem.issues === undefined
    ? [problem.message]
    : problem.issues.map(({ expected, path }) => `${path}: expected ${expected}`)),
  problem.remedy
]

const issuesOf = ({ issues }: InvalidConfiguration): NonNullable<Problem["issues"]> =>
  issues.map(({ expected, path }) => ({ path: printable(path), expected: printable(expected) }))

/** What to do about it, in a sentence or two. */
export const remedy = (error: TokenError): string => {
  switch (error._tag) {
    case "TransientFailure":
      return transient[error.reason]
    case "CredentialRejected":
      return rejected[error.reason]
    case "ReauthorizationRequired":
      return error.remedy
    case "InvalidTokenResponse":
      return noToken[error.reason]
    case "InvalidConfiguration":
      return error.issues.every(({ expected }) => expected.startsWith("a file"))
        ? wrongPath
        : wrongSettings[error.reason]
    case "StoreFailure":
      return store[error.reason]
    case "LoginFailed":
      return "Log in once more."
  }
}

type Remedies<Tag extends TokenError["_tag"]> = Readonly<
  Record<Extract<TokenError, { readonly _tag: Tag; readonly reason: string }>["reason"], string>
>

const transient: Remedies<"TransientFailure"> = {
  NotSent:
    "No connection came about. Compare host and port of the token URL or the issuer, and see whether this machine reaches it: name resolution, firewall, certificate. HTTPS_PROXY is not read.",
  NoAnswer:
    "The connection broke before there was an answer. If it does so again, something between here and the server cuts it: a proxy, a gateway, a server that restarts.",
  Timeout:
    "No answer came in time. If the server is slow by nature, raise the deadline in this provider's policy, which a configuration file has; if not, look for a firewall that swallows packets.",
  RateLimited:
    "The server wants fewer requests. Wait until the instant that it names, and see who else uses this client.",
  ServerError: "The server is in trouble. Try again at the instant above; if it stays so, tell its operator.",
  ExpiredOnArrival:
    "The token had expired when it arrived. Compare this machine's clock with the server's, and look at the lifetime that the server gives its tokens.",
  Defect: "This is a bug of the grant, not of your settings. Report it."
}

const rejected: Remedies<"CredentialRejected"> = {
  InvalidClient:
    "The server does not accept this client id with this secret. Compare both with what the server has; a secret may have expired or been replaced. If they are right, see which client authentication method the server wants.",
  InvalidGrant:
    "The server does not accept this grant for this client. See whether the client is allowed to use it.",
  InvalidScope: "Compare the scopes with those that this client was granted at the server.",
  InvalidRequest:
    "The server does not understand what it is asked. Compare the token URL, the tenant, the audience and the scopes with the server's documentation.",
  Refused:
    "The server refuses. See at the server whether this client is enabled, and allowed the client credentials grant and this audience or scope."
}

const elsewhere =
  "What answers is not a token endpoint, or not one as it is known here. Compare the token URL or the issuer with the server's documentation."

const noToken: Remedies<"InvalidTokenResponse"> = {
  Redirect:
    "Redirects are not followed with a secret in hand. Set the URL that the server redirects to, if you trust it.",
  TooLarge: elsewhere,
  UnknownShape: elsewhere,
  NoAccessToken: elsewhere,
  MalformedToken: elsewhere,
  UnknownTokenType:
    "The server issues tokens of a type that no bearer token is. See whether the client can be set to issue such.",
  Metadata:
    "The issuer's metadata is missing or belongs to another issuer. Compare the issuer to the letter, a slash at the end included, or set the token URL instead."
}

const wrongSettings: Remedies<"InvalidConfiguration"> = {
  Missing: "Set what is named above, in the environment, in .env or in the configuration file.",
  Malformed: "Correct what is named above, in the environment, in .env or in the configuration file.",
  UnknownProvider: "`effect-oauth providers` lists the names that there are."
}

const wrongPath = "See whether the path is right, from this folder, and whether the file may be read."

const store: Remedies<"StoreFailure"> = {
  Unavailable: "See whether the token store can be reached, read and written.",
  Undecryptable: "See whether the key is there with which the store was encrypted.",
  Conflict: "Another process has written at the same time. Try again."
}
