/**
 * Ready-made token errors that learn the provider's name and the instant when they happen.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { TokenError } from "../../token/TokenError.js"
import {
  CredentialRejected,
  InvalidTokenResponse,
  ReauthorizationRequired,
  TransientFailure
} from "../../token/TokenError.js"

/**
 * A token error, or how to make one once the provider's name and the instant are known.
 *
 * @since 0.1.0
 * @category models
 */
export type Failure = TokenError | ((provider: string, now: DateTime.Utc) => TokenError)

/**
 * The server refuses the credential: `invalid_client`, unless `fields` say otherwise.
 *
 * @example
 * ```ts
 * import { TestTokenProvider } from "effect-oauth/testing"
 *
 * const unknownScope = TestTokenProvider.credentialRejected({ reason: "InvalidScope", code: "invalid_scope" })
 * ```
 *
 * @since 0.1.0
 * @category failures
 */
export const credentialRejected =
  (fields: Partial<Pick<CredentialRejected, "reason" | "status" | "code" | "description">> = {}) =>
  (provider: string): CredentialRejected =>
    new CredentialRejected({
      reason: "InvalidClient",
      status: 401,
      code: "invalid_client",
      ...fields,
      provider
    })

/**
 * A failure that passes by itself: `ServerError`, unless `fields` say otherwise. `retryAfter` is how long the server asks
 * to be left alone.
 *
 * @example
 * ```ts
 * import { TestTokenProvider } from "effect-oauth/testing"
 *
 * const rateLimited = TestTokenProvider.transientFailure({ reason: "RateLimited", retryAfter: "30 seconds" })
 * ```
 *
 * @since 0.1.0
 * @category failures
 */
export const transientFailure =
  (
    fields: Partial<Pick<TransientFailure, "reason" | "status" | "description">> & {
      readonly retryAfter?: Duration.DurationInput
    } = {}
  ) =>
  (provider: string, now: DateTime.Utc): TransientFailure => {
    const { reason = "ServerError", retryAfter = Duration.zero, ...rest } = fields
    const status = statuses[reason]
    return new TransientFailure({
      reason,
      ...(status === undefined ? {} : { status }),
      ...rest,
      retryAt: DateTime.addDuration(now, retryAfter),
      provider
    })
  }

const statuses: { readonly [Reason in TransientFailure["reason"]]?: number } = {
  ServerError: 503,
  RateLimited: 429
}

/**
 * The grant is gone: `invalid_grant`, unless `fields` say otherwise.
 *
 * @example
 * ```ts
 * import { TestTokenProvider } from "effect-oauth/testing"
 *
 * const revoked = TestTokenProvider.reauthorizationRequired({ remedy: "connect the account again" })
 * ```
 *
 * @since 0.1.0
 * @category failures
 */
export const reauthorizationRequired =
  (fields: Partial<Pick<ReauthorizationRequired, "reason" | "remedy" | "code" | "description">> = {}) =>
  (provider: string): ReauthorizationRequired =>
    new ReauthorizationRequired({ reason: "InvalidGrant", remedy: "log in again", ...fields, provider })

/**
 * The server's answer is no token: of an unknown shape, unless `fields` say otherwise.
 *
 * @example
 * ```ts
 * import { TestTokenProvider } from "effect-oauth/testing"
 *
 * const redirected = TestTokenProvider.invalidTokenResponse({ reason: "Redirect", status: 307 })
 * ```
 *
 * @since 0.1.0
 * @category failures
 */
export const invalidTokenResponse =
  (fields: Partial<Pick<InvalidTokenResponse, "reason" | "status" | "description">> = {}) =>
  (provider: string): InvalidTokenResponse =>
    new InvalidTokenResponse({ reason: "UnknownShape", status: 200, ...fields, provider })
