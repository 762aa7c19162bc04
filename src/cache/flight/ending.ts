/**
 * How a flight ends: what it comes to stands in the state, an event tells it, and those who wait get it.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Ref from "effect/Ref"
import type { AccessToken } from "../../token/AccessToken.js"
import type { StoreFailure, TokenError } from "../../token/TokenError.js"
import { TokenEvent, unsafeEmit } from "../../token/TokenEvent.js"
import * as State from "../CacheState.js"
import { instant } from "../TokenStatus.js"
import type { Course } from "./course.js"
import { errorOf, summarize } from "./course.js"

export interface Arrived {
  readonly token: AccessToken
  readonly refreshAt: number
}

/** The token comes to hand unless it was made unwanted meanwhile. An adopted one came without a request for it. */
export const land = (
  course: Course,
  { refreshAt, token }: Arrived,
  isAdopted: boolean = false
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { flight, sink, state } = course
    const now = yield* Clock.currentTimeMillis
    const before = yield* Ref.getAndUpdate(state, (state) =>
      state.generation === flight.generation ? State.landed(state, token, refreshAt) : State.discarded(state)
    )
    const isWanted = before.generation === flight.generation
    const summary = summarize(course, now)
    const arrival = {
      ...summary,
      issuedAt: token.issuedAt,
      expiresAt: token.expiresAt,
      closedWindow: before.transient.inARow > 0 || before.rejected.inARow > 0
    }
    unsafeEmit(
      sink,
      !isWanted
        ? TokenEvent.Discarded(summary)
        : isAdopted
          ? TokenEvent.Adopted(arrival)
          : flight.replacesToken
            ? TokenEvent.Refreshed(arrival)
            : TokenEvent.Acquired(arrival)
    )
    const outcome = !isWanted ? "discarded" : isAdopted ? "adopted" : "token"
    yield* Effect.annotateCurrentSpan("oauth.outcome", outcome)
    yield* isWanted
      ? Deferred.succeed(flight.landing, token)
      : Deferred.completeWith(flight.landing, course.again)
  })

/**
 * A flight that failed opens its window. One that died of a bug in the grant shows the bug to those who wait for it, and
 * opens the window of a passing failure, so that a bug does not hammer the server either.
 */
export const fail = (course: Course, cause: Cause.Cause<TokenError>): Effect.Effect<TokenError> =>
  Effect.gen(function* () {
    const { flight, policy, shared, sink, state } = course
    const now = yield* Clock.currentTimeMillis
    const error = errorOf(course, cause, now)
    const opened = yield* Ref.modify(state, (state) =>
      State.failed(state, error, now, policy, shared !== undefined)
    )
    const outcome = { ...summarize(course, now), error: opened.error, retryAt: instant(opened.end) }
    unsafeEmit(
      sink,
      opened.window === "rejected" ? TokenEvent.Rejected(outcome) : TokenEvent.RefreshFailed(outcome)
    )
    yield* Effect.annotateCurrentSpan("oauth.outcome", opened.error._tag)
    yield* Deferred.done(flight.landing, Cause.isDie(cause) ? Exit.failCause(cause) : Exit.fail(opened.error))
    return opened.error
  })

/** The store failed, and the flight tells so, whatever comes of it otherwise. */
export const tellUnavailable = (
  { journal, provider, sink, tenant }: Course,
  error: StoreFailure
): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    if (journal.isStoreTold) return
    journal.isStoreTold = true
    const at = DateTime.unsafeMake(now)
    unsafeEmit(sink, TokenEvent.StoreUnavailable({ provider, tenant, at, error }))
  })
