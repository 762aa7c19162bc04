/**
 * The token cache's state and its transitions, as pure functions. Instants are milliseconds since the epoch.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import type * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Readable from "effect/Readable"
import * as Ref from "effect/Ref"
import type { AccessToken } from "../token/AccessToken.js"
import { isSameValue } from "../token/AccessToken.js"
import type { Grant, Held } from "../token/Grant.js"
import { TransientFailure } from "../token/TokenError.js"
import type { TokenError } from "../token/TokenError.js"
import type { FlightCause } from "../token/TokenEvent.js"
import type { RefreshPolicy } from "./RefreshPolicy.js"
import { rejectedWindowEnd, windowEnd } from "./RefreshPolicy.js"
import { answerWasLost, retryAfter } from "./retry.js"

/**
 * One refresh that is running. Its callers get its token or its failure; if a `clear` discarded the token, they repeat their
 * `get`.
 */
export interface Flight {
  readonly cause: FlightCause
  /** Whether a caller asked for a new token, so that one that was issued earlier is not an answer. */
  readonly isRefresh: boolean
  readonly startedAt: number
  readonly replacesToken: boolean
  readonly generation: number
  readonly deferred: Deferred.Deferred<AccessToken, TokenError>
  /** The number of callers that wait for it, without the one that started it. */
  joined: number
  /** Whether its tenant was forgotten, so that its result must not be remembered. */
  isForgotten: boolean
}

/** What this process knows of its record in the token store. */
export interface RecordSync {
  /** The version that was read or saved last, if any. */
  readonly version: number | undefined
  /** The id of the intent that this process wrote last. */
  readonly intent: string | undefined
  /** Whether that intent is not in doubt: its request was not sent, or its response is known. */
  readonly isSettled: boolean
  /** Whether memory is newer than the record, because a save failed. */
  readonly isAhead: boolean
  /** The initial refresh tokens that memory has seen, by digest; the record may not know them all. */
  readonly seenRefreshTokens?: ReadonlyArray<string> | undefined
}

const neverRead: RecordSync = { version: undefined, intent: undefined, isSettled: false, isAhead: false }

/** A time in which no request is made: until `end`, callers without a usable token get the failure that opened it. */
export interface Window {
  readonly end: number
  readonly answer: Exit.Exit<never, TokenError>
  /** The number of failures of this kind since the last success. */
  readonly inARow: number
}

export interface CacheState {
  /** The token in hand, which may have expired; undefined after an invalidation or a clear. */
  readonly token: AccessToken | undefined
  /** The answer of a `get` with the token in hand, made once so that a hit allocates nothing. */
  readonly answer: Exit.Exit<AccessToken>
  readonly refreshAt: number
  readonly expiresAt: number
  /** Why no token is in hand. It means nothing while there is one. */
  readonly absence: "Cold" | "Invalidated" | "Cleared"
  readonly grantState: Held | undefined
  /** Until when a refresh token whose response was lost may be sent again although there is a token in hand. */
  readonly presentableUntil: number
  readonly recordSync: RecordSync
  /** Counts the clears, so that a flight notices one that came meanwhile. */
  readonly generation: number
  readonly flight: Flight | undefined
  /** L7's window, after a transient failure. */
  readonly transient: Window
  /** L8's window, after a rejection. */
  readonly rejected: Window
  readonly lastFailure: { readonly at: number; readonly error: TokenError } | undefined
  /** Before this instant an invalidation is ignored (L11). */
  readonly guardedUntil: number
}

const interrupted = Exit.interrupt(FiberId.none)

const noWindow: Window = { end: -Infinity, answer: interrupted, inARow: 0 }

const noToken = { token: undefined, answer: interrupted, refreshAt: -Infinity, expiresAt: -Infinity } as const

export const initial: CacheState = {
  token: undefined,
  answer: interrupted,
  refreshAt: -Infinity,
  expiresAt: -Infinity,
  absence: "Cold",
  grantState: undefined,
  presentableUntil: -Infinity,
  recordSync: neverRead,
  generation: 0,
  flight: undefined,
  transient: noWindow,
  rejected: noWindow,
  lastFailure: undefined,
  guardedUntil: -Infinity
}

/**
 * A `Ref` whose value can also be read without running an effect, as a hit does. It takes a tenth of the memory of Effect's
 * own `Ref`, which matters with a hundred thousand tenants.
 */
export class StateRef extends Effectable.Class<CacheState> implements Ref.Ref<CacheState> {
  current: CacheState = initial

  get [Ref.RefTypeId]() {
    return variance
  }

  get [Readable.TypeId](): Readable.TypeId {
    return Readable.TypeId
  }

  get get(): Effect.Effect<CacheState> {
    return Effect.sync(() => this.current)
  }

  modify<B>(f: (state: CacheState) => readonly [B, CacheState]): Effect.Effect<B> {
    return Effect.sync(() => {
      const [result, next] = f(this.current)
      this.current = next
      return result
    })
  }

  commit(): Effect.Effect<CacheState> {
    return this.get
  }
}

const variance = { _A: (state: CacheState) => state }

/** What to do for a caller: answer at once, join the running flight, or launch one. */
export type Next =
  | { readonly _tag: "Answer"; readonly answer: Exit.Exit<AccessToken, TokenError> }
  | { readonly _tag: "Join"; readonly flight: Flight }
  | {
      readonly _tag: "Launch"
      readonly cause: FlightCause
      readonly isRefresh: boolean
      readonly meanwhile: Exit.Exit<AccessToken, TokenError> | undefined
    }

/** The window that is open at an instant. If both are open, the transient one opened later. */
export const openWindow = (state: CacheState, now: number): Window | undefined =>
  now < state.transient.end ? state.transient : now < state.rejected.end ? state.rejected : undefined

/** Why a flight is needed at an instant. */
const need = (state: CacheState, now: number): FlightCause =>
  state.token === undefined ? state.absence : now < state.expiresAt ? "Requested" : "Expired"

export const nextOfGet = (state: CacheState, now: number): Next => {
  if (now < state.refreshAt) return { _tag: "Answer", answer: state.answer }
  const window = openWindow(state, now)
  if (now < state.expiresAt) {
    // A refresh token whose response was lost is not sent again while there is a usable token (L9).
    const stay = window !== undefined || state.flight !== undefined || wasPresented(state, now)
    return stay
      ? { _tag: "Answer", answer: state.answer }
      : { _tag: "Launch", cause: "Due", isRefresh: false, meanwhile: state.answer }
  }
  if (window !== undefined) return { _tag: "Answer", answer: window.answer }
  return joinOrLaunch(state, now, false)
}

/** Decides on a `refresh`: L7's window and a lost grant hold it back, L8's window does not. */
export const nextOfRefresh = (state: CacheState, now: number): Next => {
  if (state.flight === undefined) {
    if (now < state.transient.end) return { _tag: "Answer", answer: state.transient.answer }
    if (state.rejected.end === Infinity) return { _tag: "Answer", answer: state.rejected.answer }
  }
  return joinOrLaunch(state, now, true)
}

const joinOrLaunch = (state: CacheState, now: number, isRefresh: boolean): Next =>
  state.flight !== undefined
    ? { _tag: "Join", flight: state.flight }
    : { _tag: "Launch", cause: need(state, now), isRefresh, meanwhile: undefined }

const wasPresented = (state: CacheState, now: number): boolean =>
  state.grantState !== undefined &&
  Option.isSome(state.grantState.presentedAt) &&
  now >= state.presentableUntil

/** Starts a flight. If an invalidation caused it, further invalidations are ignored for a while (L11). */
export const launched = (state: CacheState, flight: Flight, policy: RefreshPolicy): CacheState => ({
  ...state,
  flight,
  guardedUntil: flight.cause === "Invalidated" ? flight.startedAt + policy.refusalGuard : state.guardedUntil
})

/** Remembers the grant's state after a response, whether or not its access token is put in hand. */
export const withGrantState = (state: CacheState, grantState: Held): CacheState => ({ ...state, grantState })

export const withRecordSync = (state: CacheState, recordSync: RecordSync): CacheState => ({
  ...state,
  recordSync
})

/** Makes memory newer than the record, until another process changes the record. */
export const aheadOfRecord = (state: CacheState): CacheState =>
  withRecordSync(state, { ...state.recordSync, isSettled: false, isAhead: true })

/** Ends a flight with a token, which is put in hand, and closes the windows. */
export const succeeded = (state: CacheState, token: AccessToken, refreshAt: number): CacheState => ({
  ...discarded(state),
  token,
  answer: Exit.succeed(token),
  refreshAt,
  expiresAt: DateTime.toEpochMillis(token.expiresAt)
})

/** Ends a flight whose token a `clear` discarded. The windows close, and the token is not put in hand. */
export const discarded = (state: CacheState): CacheState => ({
  ...state,
  flight: undefined,
  transient: noWindow,
  rejected: noWindow
})

/** The window that a failure opens: its kind, the error that callers get, and its end. */
export interface Opened {
  readonly window: "transient" | "rejected"
  readonly error: TokenError
  readonly end: number
}

/**
 * Ends a flight with a failure, and opens its window. A lost grant keeps the window open for good, unless another process
 * can store a new grant.
 */
export const failed = (
  state: CacheState,
  error: TokenError,
  now: number,
  policy: RefreshPolicy,
  isShared: boolean
): readonly [Opened, CacheState] => {
  const opened = windowOf(state, error, now, policy, isShared)
  const window: Window = {
    end: opened.end,
    answer: Exit.fail(opened.error),
    inARow: state[opened.window].inARow + 1
  }
  return [
    opened,
    { ...state, flight: undefined, lastFailure: { at: now, error: opened.error }, [opened.window]: window }
  ]
}

const windowOf = (
  state: CacheState,
  error: TokenError,
  now: number,
  policy: RefreshPolicy,
  isShared: boolean
): Opened => {
  switch (error._tag) {
    case "CredentialRejected":
    case "InvalidConfiguration":
    case "LoginFailed":
    case "ReauthorizationRequired": {
      const isForGood = error._tag === "ReauthorizationRequired" && !isShared
      const end = isForGood ? Infinity : rejectedWindowEnd(policy, now, state.rejected.inARow + 1)
      return { window: "rejected", error, end }
    }
    case "TransientFailure":
    case "InvalidTokenResponse":
    case "StoreFailure": {
      const end = windowEnd(policy, now, state.transient.inARow + 1, retryAfter(error, now))
      return { window: "transient", error: withRetryAt(error, end), end }
    }
  }
}

const withRetryAt = (error: TokenError, end: number): TokenError =>
  error._tag === "TransientFailure"
    ? new TransientFailure({ ...error, retryAt: DateTime.unsafeMake(end) })
    : error

/**
 * Remembers that a `once` request got no conclusive response, so that it is not sent again blindly (L9); the server accepts
 * it again within its grace period. A defect, which has no error, counts too, since the request may have been sent before it.
 */
export const presented = (
  state: CacheState,
  error: Option.Option<TokenError>,
  askedAt: number,
  { gracePeriod = Duration.zero, seed }: Pick<Grant, "gracePeriod" | "seed">
): CacheState => {
  if (Option.isSome(error) && !answerWasLost(error.value)) return state
  const before = state.grantState ?? { accessToken: Option.none(), refreshToken: Option.fromNullable(seed) }
  return {
    ...state,
    grantState: { ...before, presentedAt: Option.some(DateTime.unsafeMake(askedAt)) },
    presentableUntil: askedAt + Duration.toMillis(gracePeriod)
  }
}

/** Remembers that another process sent the grant and saved no response, as if this process had sent it (L9). */
export const markedUnconfirmed = (state: CacheState, grantState: Held, since: number): CacheState => ({
  ...state,
  grantState: { ...(state.grantState ?? grantState), presentedAt: Option.some(DateTime.unsafeMake(since)) },
  presentableUntil: since
})

/**
 * The outcome of an invalidation. `"Invalidated"`: the token was in hand and was given up. `"Superseded"`: it was not in
 * hand, so `get` answers another one. `"Guarded"`: it stays in hand, since a new token was refused a moment ago too (L11);
 * a request that was refused with it is not worth sending again.
 */
export type Invalidation = "Invalidated" | "Superseded" | "Guarded"

/** Gives up a refused token if it is the one in hand (L10), unless a flight for an invalidation started a moment ago (L11). */
export const invalidated = (
  state: CacheState,
  refused: AccessToken,
  now: number
): readonly [Invalidation, CacheState] => {
  if (state.token === undefined || now >= state.expiresAt || !isSameValue(state.token, refused)) {
    return ["Superseded", state]
  }
  if (now < state.guardedUntil) return ["Guarded", state]
  return ["Invalidated", { ...state, ...noToken, absence: "Invalidated" }]
}

/** Gives up the token in hand and the result of a running flight. The windows stay open. */
export const cleared = (state: CacheState): CacheState => ({
  ...state,
  ...noToken,
  absence: "Cleared",
  generation: state.generation + 1
})

/** Forgets everything. A running flight goes on, since its callers repeat their `get` when it ends. */
export const forgotten = (state: CacheState): CacheState => ({
  ...initial,
  flight: state.flight,
  generation: state.generation + 1
})
