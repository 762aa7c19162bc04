/**
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Option from "effect/Option"
import type { TokenError } from "../token/TokenError.js"

/**
 * What can be told of a provider's token without telling the token.
 *
 * `state` is what `get` would find: `Empty`, no usable token; `Fresh`, one that needs nothing; `Due`, one that is
 * good and is being refreshed, or would be if somebody asked. `windowUntil` is the instant before which no request is
 * made, while such a window is open: the far end of dates where the grant itself is gone.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenStatus {
  readonly provider: string
  readonly isConfigured: boolean
  readonly state: "Empty" | "Fresh" | "Due"
  readonly isRefreshing: boolean
  readonly issuedAt: Option.Option<DateTime.Utc>
  readonly refreshAt: Option.Option<DateTime.Utc>
  readonly expiresAt: Option.Option<DateTime.Utc>
  /** Seconds until the token in hand expires; 0 where none is usable. */
  readonly remainingSeconds: number
  readonly scopes: ReadonlyArray<string>
  readonly windowUntil: Option.Option<DateTime.Utc>
  readonly lastFailure: Option.Option<{ readonly at: DateTime.Utc; readonly error: TokenError }>
}
