/** The job of a worker, and the messages between it and the test. Durations and instants are in milliseconds. */
import type { Location } from "../../store/support/locations.js"

/** A step of a refresh at which a worker can be made to kill itself. */
export type Step =
  | "before the intent"
  | "before the request leaves"
  | "after the response came"
  | "after the save"
  | "before the release"

/** Where a worker kills itself, the first time that it gets there with this many requests of its own sent. */
export interface Crash {
  readonly step: Step
  readonly requests: number
}

export interface ProviderSettings {
  readonly location: Location
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** The refresh token of the login; without it the provider uses client credentials. */
  readonly refreshToken: string | undefined
  readonly gracePeriod?: number | undefined
  readonly lease?: number | undefined
  /** Of an operation of the store. */
  readonly timeout?: number | undefined
  /** Of a token request. */
  readonly deadline?: number | undefined
  /** How long before its expiry a token is due. Default: the library's. */
  readonly margin?: number | undefined
}

export interface Job extends ProviderSettings {
  readonly fibers: number
  /** How long a fiber waits between two of its gets. */
  readonly pause: number
  /** A `get` that takes longer than this hangs. */
  readonly patience: number
  readonly crash?: Crash | undefined
}

/** What a worker is sent: its job first. */
export type Command =
  | { readonly type: "job"; readonly job: Job }
  /** Refreshes its token once, however long that lasts. */
  | { readonly type: "refresh" }
  /** Finishes its gets and closes its scope. */
  | { readonly type: "stop" }

interface Got {
  readonly at: number
  readonly digest: string
  readonly expiresAt: number
}

/** What a worker sends, each right after it has happened. */
export type Message =
  | { readonly type: "ready" }
  /** From now on its gets answer this token. */
  | ({ readonly type: "token" } & Got)
  /** From now on its gets fail so. */
  | {
      readonly type: "failure"
      readonly at: number
      readonly tag: string
      readonly reason: string
      readonly message: string
    }
  /** A token that had expired before it was asked for. */
  | ({ readonly type: "expired" } & Got)
  | { readonly type: "hang"; readonly at: number; readonly millis: number }
  | { readonly type: "event"; readonly at: number; readonly tag: string }
  /** It holds the lease now. */
  | { readonly type: "lease"; readonly at: number; readonly fence: number }
  | { readonly type: "released"; readonly at: number; readonly fence: number }
  /** It has saved this version of the record; with an intent, the instant in it. */
  | {
      readonly type: "saved"
      readonly at: number
      readonly record: string
      readonly version: number
      readonly intent: number | undefined
    }
  /** A token request leaves. */
  | { readonly type: "request"; readonly at: number }
  | { readonly type: "refreshed"; readonly failure: string | undefined }
  | { readonly type: "crash"; readonly step: Step }
  | { readonly type: "done"; readonly gets: number; readonly failures: number }
