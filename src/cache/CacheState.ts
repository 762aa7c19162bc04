/**
 * The token cache's state and its transitions, as plain functions on plain values. Instants are milliseconds since
 * the epoch.
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
 * One refresh under way. Those who wait for it get its token or its failure; when a `clear` made the token unwanted, they
 * ask again.
 */
export interface Flight {
  readonly cause: FlightCause
  /** Somebody asked for a new token: one that was issued before will not do. */
  readonly isRefresh: boolean
  readonly startedAt: number
  readonly replacesToken: boolean
  readonly generation: number
  readonly landing: Deferred.Deferred<AccessToken, TokenError>
  /** How many callers beside the one who started it wait for it. */
  joined: number
  /** What it brings is not even held, since all that was known has been forgotten. */
  isForgotten: boolean
}

/** What is known of a record in the token store. */
export interface Stored {
  /** Its version when it was last read or saved; nothing where that never was. */
  readonly version: number | undefined
  /** The mark that this cache has made there last. */
  readonly mark: string | undefined
  /** Nothing that was presented under the mark is in doubt: it was not sent, or it was answered. */
  readonly isSettled: boolean
  /** The record is older than what is held, which could not be saved. */
  readonly isStale: boolean
  /** The seeds that what is held knows, where the record may not. */
  readonly seeds?: ReadonlyArray<string> | undefined
}

/** Of a record that was never read. */
const unread: Stored = { version: undefined, mark: undefined, isSettled: false, isStale: false }

/** A time in which no request is made, and the failure that is answered in it. It is open until `end`. */
export interface Window {
  readonly end: number
  readonly answer: Exit.Exit<never, TokenError>
  /** How many failures of this kind there were since the last success. */
  readonly inARow: number
}

export interface CacheState {
  /** The token in hand, unless it expired by the clock; nothing after an invalidation or a clear. */
  readonly token: AccessToken | undefined
  /** The token in hand as the answer to a `get`, made once so that a hit allocates nothing. */
  readonly answer: Exit.Exit<AccessToken>
  readonly refreshAt: number
  readonly expiresAt: number
  /** Why no token is in hand, where none is. */
  readonly absence: "Cold" | "Invalidated" | "Cleared"
  readonly held: Held | undefined
  /** Until when what was presented without an answer may be presented again while there is a token in hand. */
  readonly presentableUntil: number
  /** What is known of the record in the token store. */
  readonly stored: Stored
  /** Counts the clears, so that a flight can tell that one came meanwhile. */
  readonly generation: number
  readonly flight: Flight | undefined
  /** L7's window, after a failure that passes. */
  readonly transient: Window
  /** L8's window, after a rejection. */
  readonly rejected: Window
  readonly lastFailure: { readonly at: number; readonly error: TokenError } | undefined
  /** L11: before this instant an invalidation does not count. */
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
  held: undefined,
  presentableUntil: -Infinity,
  stored: unread,
  generation: 0,
  flight: undefined,
  transient: noWindow,
  rejected: noWindow,
  lastFailure: undefined,
  guardedUntil: -Infinity
}

/**
 * A `Ref` whose value can also be read where it stands. A hit reads it so, in the one step that reads the clock; and
 * one of these is a tenth of the size of Effect's own, which counts where there are a hundred thousand.
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

/** What a caller's request comes to: an answer, or a flight to join or to start. */
export type Next =
  | { readonly _tag: "Answer"; readonly answer: Exit.Exit<AccessToken, TokenError> }
  | { readonly _tag: "Join"; readonly flight: Flight }
  | {
      readonly _tag: "Launch"
      readonly cause: FlightCause
      readonly isRefresh: boolean
      readonly meanwhile: Exit.Exit<AccessToken, TokenError> | undefined
    }

/** The window that is open at an instant; the one that opened last where both are. */
export const openWindow = (state: CacheState, now: number): Window | undefined =>
  now < state.transient.end ? state.transient : now < state.rejected.end ? state.rejected : undefined

/** Why a flight is needed at an instant. */
const need = (state: CacheState, now: number): FlightCause =>
  state.token === undefined ? state.absence : now < state.expiresAt ? "Requested" : "Expired"

/** What a `get` comes to. */
export const nextOfGet = (state: CacheState, now: number): Next => {
  if (now < state.refreshAt) return { _tag: "Answer", answer: state.answer }
  const window = openWindow(state, now)
  if (now < state.expiresAt) {
    // what was presented without an answer is not presented again while there is a token to go on with (L9)
    const stay = window !== undefined || state.flight !== undefined || wasPresented(state, now)
    return stay
      ? { _tag: "Answer", answer: state.answer }
      : { _tag: "Launch", cause: "Due", isRefresh: false, meanwhile: state.answer }
  }
  if (window !== undefined) return { _tag: "Answer", answer: window.answer }
  return joinOrLaunch(state, now, false)
}

/** What a `refresh` comes to: L8's windows do not hold it back, L7's and a lost grant do. */
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
  state.held !== undefined && Option.isSome(state.held.presentedAt) && now >= state.presentableUntil

/** A flight starts. One that an invalidation caused starts the refusal guard (L11). */
export const launched = (state: CacheState, flight: Flight, policy: RefreshPolicy): CacheState => ({
  ...state,
  flight,
  guardedUntil: flight.cause === "Invalidated" ? flight.startedAt + policy.refusalGuard : state.guardedUntil
})

/** The answer of a grant is held from now on, whether or not its access token comes to hand. */
export const holding = (state: CacheState, held: Held): CacheState => ({ ...state, held })

/** What is known of the record in the token store is this from now on. */
export const storedAs = (state: CacheState, stored: Stored): CacheState => ({ ...state, stored })

/** What is brought without the store is newer than what stands there, unless others change that. */
export const gotAhead = (state: CacheState): CacheState =>
  storedAs(state, { ...state.stored, isSettled: false, isStale: true })

/** A flight ends with a token: it comes to hand, and no window is open. */
export const landed = (state: CacheState, token: AccessToken, refreshAt: number): CacheState => ({
  ...discarded(state),
  token,
  answer: Exit.succeed(token),
  refreshAt,
  expiresAt: DateTime.toEpochMillis(token.expiresAt)
})

/** A flight ends with a token that a clear made unwanted: the windows close, the token does not come to hand. */
export const discarded = (state: CacheState): CacheState => ({
  ...state,
  flight: undefined,
  transient: noWindow,
  rejected: noWindow
})

/** The window that a failure opened: what is answered in it, and until when. */
export interface Opened {
  readonly window: "transient" | "rejected"
  readonly error: TokenError
  readonly end: number
}

/**
 * A flight ends without a token, and opens the window that its failure asks for. A grant that is gone is so without end,
 * unless others may bring a new one by the store that is shared with them.
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
 * A `once` request that left without a conclusive answer marks what it presented (L9), which the server may take again
 * within its grace period. One that died of a bug, with no error to tell, may have left too.
 */
export const presented = (
  state: CacheState,
  error: Option.Option<TokenError>,
  askedAt: number,
  { gracePeriod = Duration.zero, seed }: Pick<Grant, "gracePeriod" | "seed">
): CacheState => {
  if (Option.isSome(error) && !answerWasLost(error.value)) return state
  const held = state.held ?? { accessToken: Option.none(), refreshToken: Option.fromNullable(seed) }
  return {
    ...state,
    held: { ...held, presentedAt: Option.some(DateTime.unsafeMake(askedAt)) },
    presentableUntil: askedAt + Duration.toMillis(gracePeriod)
  }
}

/** Somebody else has presented what is held, and whether that was answered is not known: as if it had been done here (L9). */
export const doubted = (state: CacheState, held: Held, presentedAt: number): CacheState => ({
  ...state,
  held: { ...(state.held ?? held), presentedAt: Option.some(DateTime.unsafeMake(presentedAt)) },
  presentableUntil: presentedAt
})

/**
 * What came of an invalidation. `"Invalidated"`: the token was the one in hand, and is so no longer. `"Superseded"`: it
 * was not the one in hand, so `get` brings another. `"Guarded"`: it is the one in hand and stays it, since a brand-new
 * token was refused a moment ago too (L11); a request that was refused with it is not worth sending again.
 *
 * @since 0.1.0
 * @category models
 */
export type Invalidation = "Invalidated" | "Superseded" | "Guarded"

/** A token was refused. Only the one in hand can be given up (L10), and not within the guard (L11). */
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

/** Nothing is in hand any more, and what a flight under way brings is unwanted. The windows stay. */
export const cleared = (state: CacheState): CacheState => ({
  ...state,
  ...noToken,
  absence: "Cleared",
  generation: state.generation + 1
})

/** Nothing is known any more. A flight under way goes on, for those who wait for it to ask again. */
export const forgotten = (state: CacheState): CacheState => ({
  ...initial,
  flight: state.flight,
  generation: state.generation + 1
})
