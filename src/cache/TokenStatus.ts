/**
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Option from "effect/Option"
import type { TokenError } from "../token/TokenError.js"

/**
 * The state of a provider's token, without the token.
 *
 * `state` is what `get` finds: `Empty`, no usable token; `Fresh`, one that is not due for a refresh; `Due`, a usable one that
 * is being refreshed, or will be on the next `get`. `windowUntil` is the instant before which no request is made, while a
 * window is open; it is the last possible date if the grant itself is lost.
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
  /** Seconds until the token in hand expires; 0 if none is usable. */
  readonly remainingSeconds: number
  readonly scopes: ReadonlyArray<string>
  readonly windowUntil: Option.Option<DateTime.Utc>
  readonly lastFailure: Option.Option<{ readonly at: DateTime.Utc; readonly error: TokenError }>
}
