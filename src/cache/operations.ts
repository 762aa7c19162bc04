/**
 * The operations of a token cache, over an existing scope and state.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type * as Tracer from "effect/Tracer"
import type { AccessToken } from "../token/AccessToken.js"
import type { Grant } from "../token/Grant.js"
import type { TokenError } from "../token/TokenError.js"
import type { Occasion } from "../token/TokenEvent.js"
import { TokenEvent, unsafeEmit } from "../token/TokenEvent.js"
import type { Flight, Invalidation, Next, StateRef } from "./CacheState.js"
import * as State from "./CacheState.js"
import type { FlightScope } from "./FlightScope.js"
import type { Get } from "./peek.js"
import { nowOf, withPeek } from "./peek.js"
import type { RefreshPolicy } from "./RefreshPolicy.js"
import { runRefresh } from "./runRefresh.js"
import type { TokenStatus } from "./TokenStatus.js"
import { read } from "./status.js"

/**
 * The operations of one provider's token.
 *
 * - `get` answers a usable token. Without one it waits for a flight; while a window is open, it fails at once with the
 *   failure that opened the window.
 * - `refresh` gets a new token: it joins the running flight or starts one, unless an open window forbids that.
 * - `invalidate` gives up a token that a server refused, if it is still in hand.
 * - `clear` gives up the token in hand and the result of a running flight.
 * - `status` reports the token's state without a secret.
 *
 * After the scope of the cache has been closed, a caller that needs a flight is interrupted, and a warning in the log says
 * why.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenCache {
  readonly get: Effect.Effect<AccessToken, TokenError>
  readonly refresh: Effect.Effect<AccessToken, TokenError>
  readonly invalidate: (token: AccessToken) => Effect.Effect<Invalidation>
  readonly clear: Effect.Effect<void>
  readonly status: Effect.Effect<TokenStatus>
}

/** Whose token it is and how it is obtained. Each flight asks for the grant anew. */
export interface Options {
  readonly provider: string
  readonly tenant?: string | undefined
  /** Distinguishes the tenant's record in a token store from the provider's other records. */
  readonly storedAs?: string | undefined
  readonly grant: Effect.Effect<Grant, TokenError>
  readonly policy: RefreshPolicy
}

/** A token cache over an existing scope and state. */
export const makeWith = (scope: FlightScope, state: StateRef, options: Options): TokenCache => {
  const { policy, provider, tenant } = options
  const { fork, semaphore, shared, sink } = scope
  const occasion = (now: number): Occasion => ({ provider, tenant, at: DateTime.unsafeMake(now) })

  const launch = (
    { cause, isRefresh }: Pick<Flight, "cause" | "isRefresh">,
    now: number,
    callerSpan: Option.Option<Tracer.AnySpan>
  ): Flight => {
    const { expiresAt, generation } = state.current
    const deferred = Deferred.unsafeMake<AccessToken, TokenError>(FiberId.none)
    const flight: Flight = {
      cause,
      isRefresh,
      startedAt: now,
      replacesToken: now < expiresAt,
      generation,
      deferred,
      joined: 0,
      isForgotten: false
    }
    state.current = State.launched(state.current, flight, policy)
    const trace = { grant: "unknown", isOutageReported: false, attempts: [] }
    const fiber = fork(
      runRefresh({
        ...options,
        state,
        sink,
        shared,
        fork,
        isClosed: scope.isClosed,
        flight,
        callerSpan,
        retryGet: get,
        trace
      })
    )
    // A fiber that is interrupted before its first step runs no finalizer of its own, and its callers would hang.
    fiber.addObserver(() => Deferred.unsafeDone(deferred, Exit.interrupt(FiberId.none)))
    return flight
  }

  /** Decides again under the semaphore, since another caller may have started the flight meanwhile. */
  const launchUnlessUnderWay = (nextOf: typeof State.nextOfGet): Effect.Effect<Next | Launched> =>
    Effect.zipWith(
      Effect.option(Effect.currentParentSpan),
      Clock.currentTimeMillis,
      (callerSpan, now): Next | Launched => {
        const next = nextOf(state.current, now)
        return next._tag === "Launch" && !scope.isClosed()
          ? { _tag: "Launched", flight: launch(next, now, callerSpan) }
          : next
      }
    )

  const follow = (
    next: Next | Launched,
    nextOf: typeof State.nextOfGet
  ): Effect.Effect<AccessToken, TokenError> => {
    switch (next._tag) {
      case "Answer":
        return next.answer
      case "Join":
        if (scope.isClosed()) return closedAlready
        next.flight.joined++
        return Deferred.await(next.flight.deferred)
      case "Launched":
        return Deferred.await(next.flight.deferred)
      case "Launch":
        if (scope.isClosed()) return next.meanwhile ?? closedAlready
        // A caller that is interrupted while it takes the permit would never return it.
        return next.meanwhile === undefined
          ? Effect.flatMap(
              Effect.uninterruptible(semaphore.withPermits(1)(launchUnlessUnderWay(nextOf))),
              (next) => follow(next, nextOf)
            )
          : Effect.zipRight(
              Effect.uninterruptible(semaphore.withPermitsIfAvailable(1)(launchUnlessUnderWay(nextOf))),
              next.meanwhile
            )
    }
  }

  const closedAlready = Effect.zipRight(
    Effect.logWarning(
      `${provider}: a token was requested after its provider's scope had closed; provide the provider's layer around all code that uses it`
    ),
    Effect.interrupt
  )

  const get: Get = withPeek(
    Effect.withFiberRuntime((fiber) => {
      const { current } = state
      const now = nowOf(fiber)
      return now < current.refreshAt ? current.answer : follow(State.nextOfGet(current, now), State.nextOfGet)
    }),
    (epochMillis) => (epochMillis < state.current.refreshAt ? state.current.token : undefined)
  )

  return {
    get,
    refresh: Effect.flatMap(Clock.currentTimeMillis, (now) =>
      follow(State.nextOfRefresh(state.current, now), State.nextOfRefresh)
    ),
    invalidate: (token) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.map(
          Ref.modify(state, (state) => State.invalidated(state, token, now)),
          (outcome) => {
            if (outcome === "Invalidated") unsafeEmit(sink, TokenEvent.Invalidated(occasion(now)))
            return outcome
          }
        )
      ),
    clear: Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.map(Ref.update(state, State.cleared), () => unsafeEmit(sink, TokenEvent.Cleared(occasion(now))))
    ),
    status: Effect.map(Clock.currentTimeMillis, (now) => read(options, state.current, now, scope.isClosed()))
  }
}

interface Launched {
  readonly _tag: "Launched"
  readonly flight: Flight
}
