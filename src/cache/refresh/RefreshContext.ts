/**
 * What a flight is given, and what it records on its way.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type * as Tracer from "effect/Tracer"
import type { AccessToken } from "../../token/AccessToken.js"
import { endAfter } from "../../token/deadline.js"
import type { Grant } from "../../token/Grant.js"
import { TransientFailure } from "../../token/TokenError.js"
import type { TokenError } from "../../token/TokenError.js"
import type { Attempt, FlightSummary, Sink } from "../../token/TokenEvent.js"
import type { Settings } from "../CacheStore.js"
import type { CacheState, Flight } from "../CacheState.js"
import type { RefreshPolicy } from "../RefreshPolicy.js"
import { nameOf } from "../status.js"

export interface RefreshContext {
  readonly provider: string
  readonly tenant?: string | undefined
  /** Distinguishes the tenant's record in a token store from the provider's other records. */
  readonly storedAs?: string | undefined
  readonly grant: Effect.Effect<Grant, TokenError>
  readonly policy: RefreshPolicy
  readonly state: Ref.Ref<CacheState>
  readonly sink: Sink
  /** The token store and its settings, if the cache has one. */
  readonly shared: Settings | undefined
  /** Forks into the scope of the cache, for work that outlives the flight. */
  readonly fork: (effect: Effect.Effect<void>) => Fiber.RuntimeFiber<void>
  readonly isClosed: () => boolean
  readonly flight: Flight
  /** The span of the caller that started the flight. The flight's own span has no parent and links to this one. */
  readonly callerSpan: Option.Option<Tracer.AnySpan>
  /** Runs for the callers if a `clear` discarded the token, so that they get one that was obtained after it. */
  readonly retryGet: Effect.Effect<AccessToken, TokenError>
  /** Collects what the event at the flight's end reports. */
  readonly trace: RefreshTrace
}

export interface RefreshTrace {
  grant: string
  /** Whether the store's outage was reported, since a flight reports it once. */
  isOutageReported: boolean
  readonly attempts: Array<Attempt>
}

/** Updates the state, unless it was forgotten meanwhile: a forgotten tenant must not get its old grant back. */
export const updateState = (
  { flight, state }: RefreshContext,
  change: (state: CacheState) => CacheState
): Effect.Effect<void> => Ref.update(state, (state) => (flight.isForgotten ? state : change(state)))

/** Ends an effect at the deadline of a request. */
export const withinDeadline =
  (context: RefreshContext) =>
  <A>(effect: Effect.Effect<A, TokenError>): Effect.Effect<A, TokenError> =>
    Effect.flatMap(Clock.currentTimeMillis, (startedAt) =>
      endAfter(
        context.policy.deadline,
        Effect.failSync(
          () =>
            new TransientFailure({
              provider: nameOf(context),
              reason: "Timeout",
              retryAt: DateTime.unsafeMake(startedAt + context.policy.deadline)
            })
        )
      )(Effect.interruptible(effect))
    )

/** The error that events report. A defect is reported without its cause, which may hold a secret. */
export const errorOf = (context: RefreshContext, cause: Cause.Cause<TokenError>, now: number): TokenError =>
  Option.getOrElse(
    Cause.failureOption(cause),
    () =>
      new TransientFailure({
        provider: nameOf(context),
        reason: "Defect",
        retryAt: DateTime.unsafeMake(now)
      })
  )

export const summarize = (
  { flight, provider, tenant, trace }: RefreshContext,
  now: number
): FlightSummary => ({
  provider,
  tenant,
  grant: trace.grant,
  at: DateTime.unsafeMake(now),
  cause: flight.cause,
  attempts: trace.attempts,
  joined: flight.joined,
  took: Duration.millis(now - flight.startedAt)
})
