/** What a model is told at first, and what it tells. Instants and durations are milliseconds. */
import type { FlightCause } from "../../src/token/TokenEvent.js"
import type { Numbers } from "./laws.js"
import type { FatalTag } from "./Server.js"

export type Replay = "safe" | "once"

export interface Setting {
  readonly replay: Replay
  readonly numbers: Numbers
  /** What every draw of chance gives. */
  readonly random: number
}

export interface Token {
  readonly value: string
  readonly issuedAt: number
  readonly refreshAt: number
  readonly expiresAt: number
}

/** An error that callers get. The same `id`, the same object. */
export interface Failure {
  readonly id: number
  readonly tag: Exclude<FatalTag, "Defect"> | "TransientFailure"
  readonly reason: string | undefined
  /** The request whose answer it was, if it was a grant that made the error. */
  readonly request: number | undefined
  readonly retryAt: number | undefined
}

export type Outcome =
  | { readonly _tag: "Token"; readonly value: string; readonly expiresAt: number }
  | { readonly _tag: "Failure"; readonly failure: Failure }
  | { readonly _tag: "Defect"; readonly request: number }
  | { readonly _tag: "Interrupted" }

export interface Finished {
  readonly at: number
  readonly outcome: Outcome
}

/** A request as the grant sees it: when, and what was held. */
export interface Request {
  readonly at: number
  readonly accessToken: string | undefined
  readonly refreshToken: string | undefined
  /** If what is presented was presented before, in doubt: when that attempt began and ended. */
  readonly presented: { readonly from: number; readonly until: number } | undefined
}

export interface Summary {
  readonly at: number
  readonly cause: FlightCause
  readonly attempts: number
  readonly took: number
}

export type Event =
  | (Summary & {
      readonly _tag: "Acquired" | "Refreshed"
      readonly expiresAt: number
      /** Left open where a window has ended by the clock, but nothing has succeeded since. */
      readonly closedWindow: boolean | undefined
    })
  | (Summary & {
      readonly _tag: "RefreshFailed" | "Rejected"
      readonly failure: Failure
      readonly retryAt: number
    })
  | (Summary & { readonly _tag: "Discarded" })
  | { readonly _tag: "Invalidated" | "Cleared"; readonly at: number }

export interface Status {
  readonly state: "Empty" | "Fresh" | "Due"
  readonly isRefreshing: boolean
  readonly token: Token | undefined
  readonly windowUntil: number | undefined
  /** With whether a flight has succeeded since. */
  readonly lastFailure:
    { readonly at: number; readonly failure: Failure; readonly mended: boolean } | undefined
}

export type Invalidation = "Invalidated" | "Superseded" | "Guarded"

/** Instants to come, by name. */
export type Instant =
  "refresh due" | "expiry" | "the window's end" | "the guard's end" | "the flight's next step"
