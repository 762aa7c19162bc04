/** What a worker is told to do, and what it tells. */
import type { Place } from "./places.js"

/** Where a worker kills itself, the first time that it comes there with this many requests of its own sent. */
export interface Crash {
  readonly at: CrashPoint
  readonly requests: number
}

/** Each of them is over, or not yet begun, when the process dies. */
export type CrashPoint =
  | "before the mark"
  | "before the request leaves"
  | "after the answer came"
  | "after the save"
  | "before the release"

export interface ProviderOrders {
  readonly place: Place
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** The refresh token to begin with; without it the provider asks with client credentials. */
  readonly seed: string | undefined
  /** In milliseconds, like the rest. */
  readonly gracePeriod?: number | undefined
  readonly lease?: number | undefined
  readonly timeout?: number | undefined
  readonly deadline?: number | undefined
  /** Which part of its lifetime before its expiry a token is due; 1: always. */
  readonly marginFraction?: number | undefined
}

export interface Orders extends ProviderOrders {
  readonly fibers: number
  /** How long a fiber waits between two of its gets, in milliseconds. */
  readonly pause: number
  /** A `get` that takes longer than this is told as one that hangs, in milliseconds. */
  readonly patience: number
  readonly crash?: Crash | undefined
}

/** What a worker tells, a line of JSON each, right after it has happened. */
export type Word =
  | { readonly told: "ready" }
  /** From now on its gets give this token. */
  | { readonly told: "token"; readonly at: number; readonly digest: string; readonly expiresAt: number }
  /** From now on its gets fail so. */
  | {
      readonly told: "failure"
      readonly at: number
      readonly tag: string
      readonly reason: string
      readonly message: string
    }
  /** A token that had expired before it was asked for. */
  | { readonly told: "expired"; readonly at: number; readonly digest: string; readonly expiresAt: number }
  | { readonly told: "hang"; readonly at: number; readonly millis: number }
  | { readonly told: "event"; readonly at: number; readonly tag: string }
  /** The refresh that it was told to make has come to an end. */
  | { readonly told: "refreshed" }
  | { readonly told: "crash"; readonly at: CrashPoint }
  /** It has stopped as it was told to: how many gets it has made, and how many of them have failed. */
  | { readonly told: "done"; readonly gets: number; readonly failures: number; readonly slowest: number }
