/**
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Option from "effect/Option"
import type { StoreFailure, TokenError } from "./TokenError.js"

/**
 * Why a flight was started: there was no token yet (`Cold`), the one in hand had expired, was due for refresh, was
 * invalidated or cleared, or somebody asked for a refresh.
 *
 * @since 0.1.0
 * @category models
 */
export type FlightCause = "Cold" | "Expired" | "Due" | "Invalidated" | "Cleared" | "Requested"

/**
 * What every event tells: whose it is, and when. `tenant` is there where one provider serves many.
 *
 * @since 0.1.0
 * @category models
 */
export interface Occasion {
  readonly provider: string
  readonly tenant?: string | undefined
  readonly at: DateTime.Utc
}

/**
 * One request of a flight: how long it took from connecting to the end of the body, and what went wrong with it, if
 * anything did.
 *
 * @since 0.1.0
 * @category models
 */
export interface Attempt {
  readonly took: Duration.Duration
  readonly error: Option.Option<TokenError>
}

/**
 * What every event that ends a flight tells: with which grant and why it was started, how long it took with all its
 * requests and the delays between them, and how many callers beside the one who started it waited for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlightSummary extends Occasion {
  readonly grant: string
  readonly cause: FlightCause
  readonly attempts: ReadonlyArray<Attempt>
  readonly joined: number
  readonly took: Duration.Duration
}

/**
 * A token that came to hand: when it was asked for, when it expires, and whether it closed a window.
 *
 * @since 0.1.0
 * @category models
 */
export interface Arrival extends FlightSummary {
  readonly issuedAt: DateTime.Utc
  readonly expiresAt: DateTime.Utc
  readonly closedWindow: boolean
}

/**
 * A flight that failed, and the end of the window that it opened.
 *
 * @since 0.1.0
 * @category models
 */
export interface Setback extends FlightSummary {
  readonly error: TokenError
  readonly retryAt: DateTime.Utc
}

/**
 * A transition of one provider. A call or a flight that changes something emits exactly one; what the clock alone
 * changes (a token falls due, expires, a window ends) emits none.
 *
 * | event | what changed |
 * | --- | --- |
 * | `Acquired` | a flight brought a token where there was none in hand; any window is closed |
 * | `Refreshed` | a flight brought a token in place of the one in hand; any window is closed |
 * | `Adopted` | a flight found a newer token in the store, where another process had left it |
 * | `RefreshFailed` | a flight failed, and no request is made before `retryAt` |
 * | `Rejected` | the credential or the grant was rejected, and `get` does not ask again before `retryAt` |
 * | `Discarded` | a flight brought a token that a `clear` had made unwanted meanwhile |
 * | `Invalidated` | the token in hand was given up because a server refused it |
 * | `Cleared` | the token in hand was given up because somebody asked |
 * | `Replayed` | a request that was answered 401 was sent again with another token |
 * | `Evicted` | a tenant's token was forgotten: the capacity was reached, nobody had asked for it, or somebody said so |
 * | `StoreUnavailable` | the token store could not be read or written in a flight, which goes on in memory where its grant may |
 *
 * @since 0.1.0
 * @category models
 */
export type TokenEvent = Data.TaggedEnum<{
  Acquired: Arrival
  Refreshed: Arrival
  Adopted: Arrival
  RefreshFailed: Setback
  Rejected: Setback
  Discarded: FlightSummary
  Invalidated: Occasion
  Cleared: Occasion
  Replayed: Occasion & { readonly status: number }
  Evicted: Occasion & { readonly reason: "Capacity" | "Idle" | "Requested" }
  StoreUnavailable: Occasion & { readonly error: StoreFailure }
}>

/**
 * Constructors of {@link TokenEvent}, with `$is` and `$match`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const TokenEvent = Data.taggedEnum<TokenEvent>()

/**
 * Where events go. `emit` is called on the fiber that made the transition, so it must return at once: put the event
 * into a sliding queue and read that elsewhere. What it throws is dropped.
 *
 * It is a reference that does nothing by default; provide another where a provider is made.
 *
 * @example
 * ```ts
 * import { AzureAd, TokenEvent, TokenProvider } from "effect-oauth"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Queue from "effect/Queue"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 * declare const options: AzureAd.Options
 *
 * const EventsLive = Layer.effect(
 *   TokenEvent.TokenEventSink,
 *   Effect.map(Queue.sliding<TokenEvent.TokenEvent>(256), (queue) => ({
 *     emit: (event: TokenEvent.TokenEvent) => void queue.unsafeOffer(event)
 *   }))
 * )
 *
 * const GraphLive = AzureAd.layer(Graph, options).pipe(Layer.provide(EventsLive))
 * ```
 *
 * @since 0.1.0
 * @category references
 */
export class TokenEventSink extends Context.Reference<TokenEventSink>()("effect-oauth/TokenEventSink", {
  defaultValue: (): Sink => ({ emit: () => undefined })
}) {}

/**
 * The shape of {@link TokenEventSink}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sink {
  readonly emit: (event: TokenEvent) => void
}

/**
 * Hands an event to a sink; a sink that throws harms nobody.
 *
 * @since 0.1.0
 * @category combinators
 */
export const unsafeEmit = (sink: Sink, event: TokenEvent): void => {
  try {
    sink.emit(event)
  } catch {
    // what an observer does wrong must not reach the token
  }
}
