/**
 * What a flight is given, and what it writes down on its way.
 *
 * @since 0.1.0
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
import { nameOf } from "../TokenStatus.js"

export interface Course {
  readonly provider: string
  readonly tenant?: string | undefined
  /** What tells the tenant's record from others of the provider. */
  readonly storedAs?: string | undefined
  readonly grant: Effect.Effect<Grant, TokenError>
  readonly policy: RefreshPolicy
  readonly state: Ref.Ref<CacheState>
  readonly sink: Sink
  /** The store that the cache is made on. */
  readonly shared: Settings | undefined
  /** Starts what has to go on behind the flight, in the scope of the cache. */
  readonly fork: (effect: Effect.Effect<void>) => Fiber.RuntimeFiber<void>
  readonly isClosed: () => boolean
  readonly flight: Flight
  /** The span of whoever started the flight. The flight's own span has no parent, and a link to this one. */
  readonly starter: Option.Option<Tracer.AnySpan>
  /** What those who wait do if a clear made the token unwanted: what is there then is new to all of them. */
  readonly again: Effect.Effect<AccessToken, TokenError>
  /** For the event at the flight's end. */
  readonly journal: Journal
}

export interface Journal {
  grant: string
  /** That the store was unavailable is told once. */
  isStoreTold: boolean
  readonly attempts: Array<Attempt>
}

/** Changes what the cache knows, unless all that it knew has been forgotten meanwhile: then the flight adds nothing to that. */
export const remember = (
  { flight, state }: Course,
  change: (state: CacheState) => CacheState
): Effect.Effect<void> => Ref.update(state, (state) => (flight.isForgotten ? state : change(state)))

/** Ends an effect at the deadline of a request. */
export const withinDeadline =
  (course: Course) =>
  <A>(effect: Effect.Effect<A, TokenError>): Effect.Effect<A, TokenError> =>
    Effect.flatMap(Clock.currentTimeMillis, (startedAt) =>
      endAfter(
        course.policy.deadline,
        Effect.failSync(
          () =>
            new TransientFailure({
              provider: nameOf(course),
              reason: "Timeout",
              retryAt: DateTime.unsafeMake(startedAt + course.policy.deadline)
            })
        )
      )(Effect.interruptible(effect))
    )

/** What an observer is told of a failure: of a bug no more than that there was one. */
export const errorOf = (course: Course, cause: Cause.Cause<TokenError>, now: number): TokenError =>
  Option.getOrElse(
    Cause.failureOption(cause),
    () =>
      new TransientFailure({
        provider: nameOf(course),
        reason: "Defect",
        retryAt: DateTime.unsafeMake(now)
      })
  )

export const summarize = ({ flight, journal, provider, tenant }: Course, now: number): FlightSummary => ({
  provider,
  tenant,
  grant: journal.grant,
  at: DateTime.unsafeMake(now),
  cause: flight.cause,
  attempts: journal.attempts,
  joined: flight.joined,
  took: Duration.millis(now - flight.startedAt)
})
