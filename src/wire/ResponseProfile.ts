/**
 * How the responses of one kind of authorization server differ from the standard's, as data.
 *
 * @since 0.1.0
 */

/**
 * Where a server's responses have their values, and what its error codes mean. A path names nested members with dots, as
 * in `fault.detail.errorcode`; of several paths, the first with a value counts.
 *
 * @since 0.1.0
 * @category models
 */
export interface ResponseProfile {
  /** The path of the access token. The members that describe it are in the same object. */
  readonly accessToken: string
  /** The name of the lifetime in seconds, next to the access token. */
  readonly expiresIn: string
  /** The name of the refresh token, next to the access token. */
  readonly refreshToken: string
  /** The token types that are presented as `Bearer`, in lower case. A missing `token_type` counts as one of them. */
  readonly bearerTypes: ReadonlyArray<string>
  /** The paths of the error code in an error response (4xx, 5xx); `error` counts under any status. */
  readonly errorCode: ReadonlyArray<string>
  /** The paths of the error description. */
  readonly errorDescription: ReadonlyArray<string>
  /** Maps the server's own error codes to standard ones (RFC 6749 §5.2). */
  readonly errorCodes: Readonly<Record<string, string>>
  /** The paths of further response members that the token keeps. None may be secret. */
  readonly keep: ReadonlyArray<string>
}

/**
 * The responses of RFC 6749, and the error formats of other servers that cannot be mistaken for anything else.
 *
 * @since 0.1.0
 * @category profiles
 */
export const standard: ResponseProfile = {
  accessToken: "access_token",
  expiresIn: "expires_in",
  refreshToken: "refresh_token",
  bearerTypes: ["bearer"],
  errorCode: [
    "error",
    "errorCode",
    "ErrorCode",
    "fault.detail.errorcode",
    "error.code",
    "error.status",
    "error.type",
    "status"
  ],
  errorDescription: [
    "error_description",
    "errorSummary",
    "fault.faultstring",
    "error.message",
    "Error",
    "reason",
    "message"
  ],
  errorCodes: {},
  keep: []
}

/**
 * Makes a profile that differs from `base`, or from the standard, in some members.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  differences: Partial<ResponseProfile>,
  base: ResponseProfile = standard
): ResponseProfile => ({
  ...base,
  ...differences
})
