/**
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import { never } from "../token/AccessToken.js"
import type { TokenError } from "../token/TokenError.js"
import type { CacheState } from "./CacheState.js"
import { openWindow } from "./CacheState.js"
import { lastInstant } from "./RefreshPolicy.js"

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

/**
 * Converts milliseconds since the epoch to a date; an instant past the last date becomes `never`.
 *
 * @internal
 */
export const instant = (epochMillis: number): DateTime.Utc =>
  epochMillis >= lastInstant ? never : DateTime.unsafeMake(epochMillis)

/**
 * Names a provider in messages: its name, and the tenant behind it if it serves many. Control characters are replaced,
 * since a tenant's name is data and must not break a line.
 *
 * @internal
 */
export const nameOf = ({ provider, tenant }: Owner): string =>
  tenant === undefined ? provider : `${provider}/${tenant.replace(/\p{C}/gu, "?").slice(0, 200)}`

interface Owner {
  readonly provider: string
  readonly tenant?: string | undefined
}

/**
 * Reads the status off a cache's state at an instant.
 *
 * @internal
 */
export const read = (owner: Owner, state: CacheState, now: number, isClosed: boolean): TokenStatus => {
  const token = now < state.expiresAt ? state.token : undefined
  const window = openWindow(state, now)
  return {
    provider: nameOf(owner),
    isConfigured: true,
    state: token === undefined ? "Empty" : now < state.refreshAt ? "Fresh" : "Due",
    isRefreshing: state.flight !== undefined && !isClosed,
    issuedAt: Option.map(Option.fromNullable(token), (token) => token.issuedAt),
    refreshAt: Option.map(Option.fromNullable(token), () => DateTime.unsafeMake(state.refreshAt)),
    expiresAt: Option.map(Option.fromNullable(token), (token) => token.expiresAt),
    remainingSeconds: token === undefined ? 0 : (state.expiresAt - now) / 1000,
    scopes: token === undefined ? [] : token.scopes,
    windowUntil: Option.map(Option.fromNullable(window), (window) => instant(window.end)),
    lastFailure: Option.map(Option.fromNullable(state.lastFailure), ({ at, error }) => ({
      at: DateTime.unsafeMake(at),
      error
    }))
  }
}

/**
 * The status of a provider whose settings are incomplete.
 *
 * @internal
 */
export const unconfigured = (provider: string, error: TokenError, at: DateTime.Utc): TokenStatus => ({
  provider,
  isConfigured: false,
  state: "Empty",
  isRefreshing: false,
  issuedAt: Option.none(),
  refreshAt: Option.none(),
  expiresAt: Option.none(),
  remainingSeconds: 0,
  scopes: [],
  windowUntil: Option.none(),
  lastFailure: Option.some({ at, error })
})
