/**
 * Reads the status of a token off the state of its cache.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import { never } from "../token/AccessToken.js"
import type { TokenError } from "../token/TokenError.js"
import type { CacheState } from "./CacheState.js"
import { openWindow } from "./CacheState.js"
import { lastInstant } from "./RefreshPolicy.js"
import type { TokenStatus } from "./TokenStatus.js"

/** Converts milliseconds since the epoch to a date; an instant past the last date becomes `never`. */
export const instant = (epochMillis: number): DateTime.Utc =>
  epochMillis >= lastInstant ? never : DateTime.unsafeMake(epochMillis)

/**
 * Names a provider in messages: its name, and the tenant behind it if it serves many. Control characters are replaced,
 * since a tenant's name is data and must not break a line.
 */
export const nameOf = ({ provider, tenant }: Owner): string =>
  tenant === undefined ? provider : `${provider}/${tenant.replace(/\p{C}/gu, "?").slice(0, 200)}`

interface Owner {
  readonly provider: string
  readonly tenant?: string | undefined
}

/** Reads the status off a cache's state at an instant. */
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

/** The status of a provider whose settings are incomplete. */
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
