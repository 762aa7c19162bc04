/**
 * What can go wrong with a user at Auth0, beside what can go wrong with the token. No error holds a password, a token, an
 * answer's body, or an error of the HTTP client or of a parser: all of those print secrets.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import type { TokenError } from "../token/TokenError.js"

/** The operation that failed. */
const operation = Schema.Literal("create", "get", "findByEmail", "update", "delete")

/** What Auth0 said of it, cleaned: `errorCode` and `message` of its answer. */
const saying = { code: Schema.optional(Schema.String), description: Schema.optional(Schema.String) }

/**
 * There is such a user already, or its email or user name is taken (409).
 *
 * @since 0.1.0
 * @category errors
 */
export class UserAlreadyExists extends Schema.TaggedError<UserAlreadyExists>(
  "effect-oauth/auth0/UserAlreadyExists"
)("UserAlreadyExists", { operation, ...saying }) {
  /** The user stays. */
  readonly isRetryable = false

  /** What to do about it. */
  override get message(): string {
    return says(this, "there is such a user already; find it by its email, and update it")
  }
}

/**
 * There is no user with this id (404).
 *
 * @since 0.1.0
 * @category errors
 */
export class UserNotFound extends Schema.TaggedError<UserNotFound>("effect-oauth/auth0/UserNotFound")(
  "UserNotFound",
  { operation, userId: Schema.String }
) {
  /** A user that is not there does not come by itself. */
  readonly isRetryable = false

  /** Which user. */
  override get message(): string {
    return says(this, `there is no user ${this.userId}; an id has its connection in front, as in auth0|123`)
  }
}

/**
 * Auth0 does not take the request: a field that it does not know, a password that is too weak, a connection that there is
 * not (400 and other 4xx). Without a status it was not sent at all.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>("effect-oauth/auth0/InvalidRequest")(
  "InvalidRequest",
  { operation, status: Schema.optional(Schema.Number), ...saying }
) {
  /** The same request is refused again. */
  readonly isRetryable = false

  /** What to mend. */
  override get message(): string {
    return says(this, this.status === undefined ? "the request was not sent" : "the request was refused")
  }
}

/**
 * The application was not granted a scope that the operation needs (403 `insufficient_scope`).
 *
 * @since 0.1.0
 * @category errors
 */
export class InsufficientScope extends Schema.TaggedError<InsufficientScope>(
  "effect-oauth/auth0/InsufficientScope"
)("InsufficientScope", {
  operation,
  /** The scopes of which one is needed, where Auth0 said so. */
  scopes: Schema.Array(Schema.String)
}) {
  /** Somebody has to grant it. */
  readonly isRetryable = false

  /** What to grant, and where. */
  override get message(): string {
    const scope = this.scopes.length === 0 ? "a scope that it needs" : this.scopes.join(" or ")
    return says(this, `the application lacks ${scope}; grant it for the Auth0 Management API`)
  }
}

/**
 * Auth0 does not let the application do this, for another reason than a scope (401, 403).
 *
 * @since 0.1.0
 * @category errors
 */
export class Forbidden extends Schema.TaggedError<Forbidden>("effect-oauth/auth0/Forbidden")("Forbidden", {
  operation,
  status: Schema.Number,
  ...saying
}) {
  /** Somebody has to allow it. */
  readonly isRetryable = false

  /** What to look at. */
  override get message(): string {
    return says(this, "Auth0 does not allow it; look at the audience and the application's grants")
  }
}

/**
 * There were too many requests (429), and waiting was no use: `retryAt` lies beyond the deadline, or it was waited for
 * often enough.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("effect-oauth/auth0/RateLimited")(
  "RateLimited",
  {
    operation,
    /** When requests are taken again. */
    retryAt: Schema.DateTimeUtcFromSelf
  }
) {
  /** It passes by itself; nothing was done. */
  readonly isRetryable = true

  /** When to try again. */
  override get message(): string {
    return says(this, `there were too many requests; try again at ${DateTime.formatIso(this.retryAt)}`)
  }
}

/**
 * No answer, or one of a server in trouble.
 *
 * | reason | what happened |
 * | --- | --- |
 * | `NotSent` | the request never left: connection refused, unknown host, TLS |
 * | `NoAnswer` | the request may have left, and the connection broke before the answer was whole |
 * | `Timeout` | the deadline passed |
 * | `ServerError` | 408, 425, 5xx |
 *
 * @since 0.1.0
 * @category errors
 */
export class Unavailable extends Schema.TaggedError<Unavailable>("effect-oauth/auth0/Unavailable")(
  "Unavailable",
  {
    operation,
    reason: Schema.Literal("NotSent", "NoAnswer", "Timeout", "ServerError"),
    /** The HTTP status, where there was an answer. */
    status: Schema.optional(Schema.Number),
    /** When Auth0 wants to be asked again, where it said so. */
    retryAt: Schema.optional(Schema.DateTimeUtcFromSelf)
  }
) {
  /**
   * Whether the same request may be made again as it is. A user may have been created all the same, unless the request
   * never left or the server said that it takes none.
   */
  get isRetryable(): boolean {
    return this.operation !== "create" || this.reason === "NotSent" || this.status === 503
  }

  /** What happened, and what to do. */
  override get message(): string {
    const advice = this.isRetryable ? "try again later" : "the user may be there: find it before trying again"
    return says(this, `Auth0 is not available (${String(this.status ?? this.reason)}); ${advice}`)
  }
}

/**
 * The answer is not what Auth0 documents. `path` tells where, such as `identities.0.provider`; what stood there is not told.
 *
 * | reason | what came |
 * | --- | --- |
 * | `Missing` | nothing, at the path |
 * | `WrongShape` | something else than expected, at the path |
 * | `NotJson` | a body that is no JSON |
 * | `Redirect` | a redirect |
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidAnswer extends Schema.TaggedError<InvalidAnswer>("effect-oauth/auth0/InvalidAnswer")(
  "InvalidAnswer",
  {
    operation,
    reason: Schema.Literal("Missing", "WrongShape", "NotJson", "Redirect"),
    status: Schema.Number,
    path: Schema.String
  }
) {
  /** The same answer would come again. */
  readonly isRetryable = false

  /** Where it is wrong. */
  override get message(): string {
    const where = this.path === "" ? "" : ` at ${this.path}`
    return says(
      this,
      `the answer (${String(this.status)}) is none of the Management API: ${this.reason}${where}`
    )
  }
}

/**
 * What can go wrong with every operation.
 *
 * @since 0.1.0
 * @category errors
 */
export type Failure =
  InvalidRequest | InsufficientScope | Forbidden | RateLimited | Unavailable | InvalidAnswer | TokenError

/**
 * Everything that can go wrong with a user, without what can go wrong with the token.
 *
 * @since 0.1.0
 * @category errors
 */
export type UserError = Exclude<Failure, TokenError> | UserAlreadyExists | UserNotFound

/**
 * The schema of {@link UserError}, for those who store or send errors.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserError = Schema.Union(
  UserAlreadyExists,
  UserNotFound,
  InvalidRequest,
  InsufficientScope,
  Forbidden,
  RateLimited,
  Unavailable,
  InvalidAnswer
)

/**
 * Whether a value is a {@link UserError}.
 *
 * @since 0.1.0
 * @category guards
 */
export const isUserError: (u: unknown) => u is UserError = Schema.is(UserError)

interface Told {
  readonly operation: string
  readonly code?: string | undefined
  readonly description?: string | undefined
}

const says = ({ code, description, operation }: Told, what: string): string => {
  const auth0 = [code, description].filter((text) => text !== undefined).join(", ")
  return `Auth0Users.${operation}: ${what}${auth0 === "" ? "" : ` (${auth0})`}`
}
