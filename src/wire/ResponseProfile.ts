/**
 * How one kind of authorization server spells its answers: data, not code.
 *
 * @since 0.1.0
 */

/**
 * Where things stand in a server's answers and what its words mean. Paths go through nested objects by dots, as in
 * `fault.detail.errorcode`; of several, the first that holds something counts.
 *
 * @since 0.1.0
 * @category models
 */
export interface ResponseProfile {
  /** Where the access token stands. What belongs to it stands beside it, in the same object. */
  readonly accessToken: string
  /** The name of the lifetime in seconds, beside the access token. */
  readonly expiresIn: string
  /** The name of the refresh token, beside the access token. */
  readonly refreshToken: string
  /** The token types that are presented as `Bearer`, in lower case; a type that is left out is one of them. */
  readonly bearerTypes: ReadonlyArray<string>
  /** Where an error answer (4xx, 5xx) says its code; `error` counts in any answer. */
  readonly errorCode: ReadonlyArray<string>
  /** Where an error answer explains itself. */
  readonly errorDescription: ReadonlyArray<string>
  /** The server's own error codes by the standard ones that they mean (RFC 6749 §5.2). */
  readonly errorCodes: Readonly<Record<string, string>>
  /** Further members of the answer that the token keeps, none of them secret. */
  readonly keep: ReadonlyArray<string>
}

/**
 * What RFC 6749 says, and the spellings of errors that cannot be mistaken for anything else.
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
 * A profile that differs from another in some members.
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
