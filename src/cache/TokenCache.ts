/**
 * One provider's token, its expiry and its refresh. The state stands in a `Ref` that is read without a lock; a
 * semaphore guards only the start of a flight; a flight is a fiber of the cache's own scope, and callers wait on its
 * `Deferred`.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import type { AccessToken } from "../token/AccessToken.js"
import type { Grant } from "../token/Grant.js"
import type { TokenError } from "../token/TokenError.js"
import { TokenEvent, TokenEventSink, unsafeEmit } from "../token/TokenEvent.js"
import type { CacheState, Flight, Invalidation, Next } from "./CacheState.js"
import * as State from "./CacheState.js"
import * as FlightRun from "./flight.js"
import type { RefreshPolicy } from "./RefreshPolicy.js"
import { read } from "./status.js"
import type { TokenStatus } from "./TokenStatus.js"

export type { Invalidation } from "./CacheState.js"

/**
 * The operations of one provider's token.
 *
 * - `get` answers a usable token: at once while there is one, else what the flight brings, else, while a window is
 *   open, the failure that opened it.
 * - `refresh` brings a new token: it joins a flight under way or starts one, unless the server is to be left alone.
 * - `invalidate` gives up a token that a server refused, if it is still the one in hand.
 * - `clear` gives up the token in hand, and what a flight under way brings.
 * - `status` tells where things stand, without a secret.
 *
 * When the scope of the cache has been closed, whoever needs a flight is interrupted; one who asks only then is told why
 * by a warning in the log.
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

/**
 * A token cache over a grant. Its flights run in the scope and with the services that it is made in, whoever asks for
 * the token; its events go to the {@link TokenEventSink} found there.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly provider: string
  readonly grant: Grant
  readonly policy: RefreshPolicy
}): Effect.Effect<TokenCache, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { grant, policy, provider } = options
    const state = yield* Ref.make(State.initial)
    const sink = yield* TokenEventSink
    const semaphore = yield* Effect.makeSemaphore(1)
    const fork = yield* FiberSet.makeRuntime<never, void, never>()
    // after the fiber set's finalizer in this list, so before it in time: nothing is forked into a closed set
    yield* Effect.addFinalizer(() => Ref.update(state, State.closed))

    const launch = (cause: Flight["cause"], now: number, current: CacheState) =>
      Effect.flatMap(Effect.option(Effect.currentParentSpan), (starter) =>
        Effect.map(Deferred.make<Option.Option<AccessToken>, TokenError>(), (landing) => {
          const flight: Flight = {
            cause,
            startedAt: now,
            replacesToken: now < current.expiresAt,
            generation: current.generation,
            landing,
            joined: 0
          }
          return { flight, starter }
        })
      ).pipe(
        Effect.tap(({ flight }) => Ref.update(state, (state) => State.launched(state, flight, policy))),
        Effect.map(({ flight, starter }) => {
          const fiber = fork(FlightRun.run({ provider, grant, policy, state, sink, flight, starter }))
          // a fiber that is interrupted before its first step runs no finalizer of its own
          fiber.addObserver(() => Deferred.unsafeDone(flight.landing, Exit.interrupt(FiberId.none)))
          return flight
        })
      )

    /** Under the semaphore the question is put again: somebody may have started the flight meanwhile. */
    const launchUnlessUnderWay = (nextOf: typeof State.nextOfGet) =>
      Effect.flatMap(Ref.get(state), (current) =>
        Effect.flatMap(Clock.currentTimeMillis, (now): Effect.Effect<Next> => {
          const next = nextOf(current, now)
          return next._tag === "Launch"
            ? Effect.map(launch(next.cause, now, current), (flight) => ({ _tag: "Launched", flight }))
            : Effect.succeed(next)
        })
      ).pipe(Effect.uninterruptible)

    /** What is there after a clear is new to everyone who waited: a refresh too asks again as a get does. */
    const wait = (flight: Flight): Effect.Effect<AccessToken, TokenError> =>
      Effect.flatMap(Deferred.await(flight.landing), (token) =>
        Option.isSome(token) ? Effect.succeed(token.value) : ask(State.nextOfGet)
      )

    const follow = (next: Next, nextOf: typeof State.nextOfGet): Effect.Effect<AccessToken, TokenError> => {
      switch (next._tag) {
        case "Answer":
          return next.answer
        case "Join":
          next.flight.joined++
          return wait(next.flight)
        case "Launched":
          return wait(next.flight)
        case "Closed":
          return Effect.zipRight(Effect.logWarning(`${provider}: ${closedAlready}`), Effect.interrupt)
        case "Launch":
          return next.meanwhile === undefined
            ? // a caller that is interrupted in the midst of taking the permit would keep it for ever
              Effect.flatMap(
                Effect.uninterruptible(semaphore.withPermits(1)(launchUnlessUnderWay(nextOf))),
                (next) => follow(next, nextOf)
              )
            : Effect.zipRight(
                semaphore.withPermitsIfAvailable(1)(launchUnlessUnderWay(nextOf)),
                next.meanwhile
              )
      }
    }

    const ask = (nextOf: typeof State.nextOfGet): Effect.Effect<AccessToken, TokenError> =>
      Effect.flatMap(Ref.get(state), (current) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => follow(nextOf(current, now), nextOf))
      )

    return {
      get: Effect.flatMap(Ref.get(state), (current) =>
        Effect.clockWith((clock) => {
          const now = clock.unsafeCurrentTimeMillis()
          return now < current.refreshAt
            ? current.answer
            : follow(State.nextOfGet(current, now), State.nextOfGet)
        })
      ),
      refresh: ask(State.nextOfRefresh),
      invalidate: (token) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.map(
            Ref.modify(state, (state) => State.invalidated(state, token, now)),
            (outcome) => {
              if (outcome === "Invalidated") {
                unsafeEmit(sink, TokenEvent.Invalidated({ provider, at: DateTime.unsafeMake(now) }))
              }
              return outcome
            }
          )
        ),
      clear: Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.map(Ref.update(state, State.cleared), () =>
          unsafeEmit(sink, TokenEvent.Cleared({ provider, at: DateTime.unsafeMake(now) }))
        )
      ),
      status: Effect.flatMap(Ref.get(state), (current) =>
        Effect.map(Clock.currentTimeMillis, (now) => read(provider, current, now))
      )
    }
  })

const closedAlready =
  "a token was asked for after the scope had closed that its provider was made in; provide the provider's layer around all of its use"
