/**
 * What can go wrong with a token, as one union. No error holds a secret, a response body, or an error of the HTTP
 * client, of a parser or of `Config`: all of those print secrets.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

/**
 * A failure that passes by itself: the network, a rate limit, a server in trouble.
 *
 * `retryAt` is the earliest instant at which a request makes sense again. From a provider it is the end of the window
 * in which no request is made; from a grant it is what the server asked for (`Retry-After`), or the instant of the
 * failure if the server asked for nothing.
 *
 * | reason | what happened |
 * | --- | --- |
 * | `NotSent` | the request never left: connection refused, unknown host, TLS |
 * | `NoAnswer` | the request may have left, and the connection broke before the answer was whole |
 * | `Timeout` | the deadline passed |
 * | `RateLimited` | 429, `slow_down` |
 * | `ServerError` | 408, 425, 5xx, `server_error`, `temporarily_unavailable` |
 * | `ExpiredOnArrival` | the token had expired when it arrived |
 * | `Defect` | the grant died of a bug |
 *
 * @since 0.1.0
 * @category errors
 */
export class TransientFailure extends Schema.TaggedError<TransientFailure>("effect-oauth/TransientFailure")(
  "TransientFailure",
  {
    provider: Schema.String,
    reason: Schema.Literal(
      "NotSent",
      "NoAnswer",
      "Timeout",
      "RateLimited",
      "ServerError",
      "ExpiredOnArrival",
      "Defect"
    ),
    retryAt: Schema.DateTimeUtcFromSelf,
    /** The HTTP status, where there was an answer. */
    status: Schema.optional(Schema.Number),
    /** What the server said of it, cleaned. */
    description: Schema.optional(Schema.String)
  }
) {
  /** It passes by itself. */
  readonly isRetryable = true

  /** What happened, and when to try again. */
  override get message(): string {
    const until = DateTime.formatIso(this.retryAt)
    return `${this.provider}: ${sentence(this.reason, this.status, this.description)}; try again at ${until}`
  }
}

/**
 * The server refuses the credential or what is asked with it: wrong, expired or revoked secret, unknown client, scope
 * that is not granted. Nobody retries it; an operator mends it.
 *
 * `code` is the server's error code as it came (RFC 6749 §5.2), `reason` the same in words that do not vary by server.
 *
 * @since 0.1.0
 * @category errors
 */
export class CredentialRejected extends Schema.TaggedError<CredentialRejected>(
  "effect-oauth/CredentialRejected"
)("CredentialRejected", {
  provider: Schema.String,
  reason: Schema.Literal("InvalidClient", "InvalidGrant", "InvalidScope", "InvalidRequest", "Refused"),
  status: Schema.optional(Schema.Number),
  code: Schema.optional(Schema.String),
  /** What the server said of it, cleaned. */
  description: Schema.optional(Schema.String)
}) {
  /** It does not pass by itself. */
  readonly isRetryable = false

  /** What the server refused, in its own words, cleaned. */
  override get message(): string {
    return `${this.provider}: the credential was rejected: ${sentence(this.code ?? this.reason, this.status, this.description)}`
  }
}

/**
 * The grant is gone: a person has to consent or log in again. `remedy` says how.
 *
 * @since 0.1.0
 * @category errors
 */
export class ReauthorizationRequired extends Schema.TaggedError<ReauthorizationRequired>(
  "effect-oauth/ReauthorizationRequired"
)("ReauthorizationRequired", {
  provider: Schema.String,
  reason: Schema.Literal("InvalidGrant", "NoRefreshToken", "AnswerLost"),
  /** How to get the grant again. */
  remedy: Schema.String,
  code: Schema.optional(Schema.String),
  /** What the server said of it, cleaned. */
  description: Schema.optional(Schema.String)
}) {
  /** It does not pass by itself. */
  readonly isRetryable = false

  /** Why the grant is gone, and how to get it again. */
  override get message(): string {
    return `${this.provider}: authorization is needed again: ${sentence(this.code ?? this.reason, undefined, this.description)}; ${this.remedy}`
  }
}

/**
 * The server answered, and the answer is no token: a redirect, a page, an unknown shape, a body over the size cap,
 * metadata of another issuer.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidTokenResponse extends Schema.TaggedError<InvalidTokenResponse>(
  "effect-oauth/InvalidTokenResponse"
)("InvalidTokenResponse", {
  provider: Schema.String,
  reason: Schema.Literal(
    "Redirect",
    "TooLarge",
    "UnknownShape",
    "NoAccessToken",
    "MalformedToken",
    "UnknownTokenType",
    "Metadata"
  ),
  status: Schema.optional(Schema.Number),
  /** What was wrong with the answer, without the answer. */
  description: Schema.optional(Schema.String)
}) {
  /** It does not pass by itself. */
  readonly isRetryable = false

  /** What was wrong with the answer. */
  override get message(): string {
    return `${this.provider}: the answer is no token: ${sentence(this.reason, this.status, this.description)}`
  }
}

/**
 * One setting that is missing or malformed: where it stands, and what was expected there. Never its value.
 *
 * @since 0.1.0
 * @category models
 */
export class ConfigurationIssue extends Schema.Class<ConfigurationIssue>("effect-oauth/ConfigurationIssue")({
  path: Schema.String,
  expected: Schema.String
}) {}

/**
 * Settings are missing or malformed; nothing was sent. `issues` names every one of them at once.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidConfiguration extends Schema.TaggedError<InvalidConfiguration>(
  "effect-oauth/InvalidConfiguration"
)("InvalidConfiguration", {
  provider: Schema.String,
  reason: Schema.Literal("Missing", "Malformed", "UnknownProvider"),
  issues: Schema.Array(ConfigurationIssue)
}) {
  /** It does not pass by itself. */
  readonly isRetryable = false

  /** Every setting to mend. */
  override get message(): string {
    const issues = this.issues.map((issue) => `${issue.path}: expected ${issue.expected}`).join("; ")
    return `${this.provider}: ${wrong[this.reason]}: ${issues}`
  }
}

/**
 * The token store cannot be read or written, or what it holds cannot be decrypted.
 *
 * @since 0.1.0
 * @category errors
 */
export class StoreFailure extends Schema.TaggedError<StoreFailure>("effect-oauth/StoreFailure")(
  "StoreFailure",
  {
    provider: Schema.String,
    reason: Schema.Literal("Unavailable", "Undecryptable", "Conflict"),
    /** The record's key, which holds no secret. */
    key: Schema.optional(Schema.String)
  }
) {
  /** A store that is away comes back by itself. */
  get isRetryable(): boolean {
    return this.reason !== "Undecryptable"
  }

  /** Which record, and what happened. */
  override get message(): string {
    return `${this.provider}: the token store failed: ${this.reason}${this.key === undefined ? "" : ` (${this.key})`}`
  }
}

/**
 * A login was denied, expired or replayed, or came back from the wrong issuer or with the wrong nonce.
 *
 * @since 0.1.0
 * @category errors
 */
export class LoginFailed extends Schema.TaggedError<LoginFailed>("effect-oauth/LoginFailed")("LoginFailed", {
  provider: Schema.String,
  reason: Schema.Literal("Denied", "Expired", "Replayed", "WrongIssuer", "WrongNonce"),
  code: Schema.optional(Schema.String),
  /** What the server said of it, cleaned. */
  description: Schema.optional(Schema.String)
}) {
  /** Another login may succeed; the same one does not. */
  readonly isRetryable = false

  /** Why the login failed. */
  override get message(): string {
    return `${this.provider}: the login failed: ${sentence(this.code ?? this.reason, undefined, this.description)}`
  }
}

/**
 * Everything that can go wrong with a token.
 *
 * @since 0.1.0
 * @category errors
 */
export type TokenError =
  | TransientFailure
  | CredentialRejected
  | ReauthorizationRequired
  | InvalidTokenResponse
  | InvalidConfiguration
  | StoreFailure
  | LoginFailed

/**
 * The schema of {@link TokenError}, for those who store or send errors.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenError = Schema.Union(
  TransientFailure,
  CredentialRejected,
  ReauthorizationRequired,
  InvalidTokenResponse,
  InvalidConfiguration,
  StoreFailure,
  LoginFailed
)

/**
 * Whether a value is a {@link TokenError}.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTokenError: (u: unknown) => u is TokenError = Schema.is(TokenError)

const wrong: { readonly [R in InvalidConfiguration["reason"]]: string } = {
  Missing: "settings are missing",
  Malformed: "settings are wrong",
  UnknownProvider: "there is no such provider"
}

const sentence = (what: string, status: number | undefined, description: string | undefined): string =>
  `${what}${status === undefined ? "" : ` (status ${String(status)})`}${description === undefined ? "" : `: ${description}`}`
