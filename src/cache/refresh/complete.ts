/**
 * Completes a flight: updates the state, emits the event, and completes the deferred that callers wait on.
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
import type { Arrival } from "../../token/TokenEvent.js"
import { TokenEvent, unsafeEmit } from "../../token/TokenEvent.js"
import * as State from "../CacheState.js"
import { instant } from "../status.js"
import type { RefreshContext } from "./RefreshContext.js"
import { errorOf, summarize } from "./RefreshContext.js"

export interface UsableToken {
  readonly token: AccessToken
  readonly refreshAt: number
}

/** Puts the token in hand, unless a `clear` discarded it meanwhile. An adopted token came from the store, not by a request. */
export const succeed = (
  context: RefreshContext,
  { refreshAt, token }: UsableToken,
  isAdopted: boolean = false
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { flight, sink, state } = context
    const now = yield* Clock.currentTimeMillis
    const before = yield* Ref.getAndUpdate(state, (state) =>
      state.generation === flight.generation
        ? State.succeeded(state, token, refreshAt)
        : State.discarded(state)
    )
    const summary = summarize(context, now)
    if (before.generation !== flight.generation) {
      unsafeEmit(sink, TokenEvent.Discarded(summary))
      yield* Effect.annotateCurrentSpan("oauth.outcome", "discarded")
      yield* Deferred.completeWith(flight.deferred, context.retryGet)
      return
    }
    const success = {
      ...summary,
      issuedAt: token.issuedAt,
      expiresAt: token.expiresAt,
      closedWindow: before.transient.inARow > 0 || before.rejected.inARow > 0
    }
    unsafeEmit(sink, isAdopted ? TokenEvent.Adopted(success) : obtained(context, success))
    yield* Effect.annotateCurrentSpan("oauth.outcome", isAdopted ? "adopted" : "token")
    yield* Deferred.succeed(flight.deferred, token)
  })

const obtained = ({ flight }: RefreshContext, success: Arrival): TokenEvent =>
  flight.replacesToken ? TokenEvent.Refreshed(success) : TokenEvent.Acquired(success)

/**
 * Fails a flight and opens its window. A defect in the grant is shown to the callers, and opens the window of a transient
 * failure, so that it does not hammer the server either.
 */
export const fail = (context: RefreshContext, cause: Cause.Cause<TokenError>): Effect.Effect<TokenError> =>
  Effect.gen(function* () {
    const { flight, policy, shared, sink, state } = context
    const now = yield* Clock.currentTimeMillis
    const error = errorOf(context, cause, now)
    const opened = yield* Ref.modify(state, (state) =>
      State.failed(state, error, now, policy, shared !== undefined)
    )
    const outcome = { ...summarize(context, now), error: opened.error, retryAt: instant(opened.end) }
    unsafeEmit(
      sink,
      opened.window === "rejected" ? TokenEvent.Rejected(outcome) : TokenEvent.RefreshFailed(outcome)
    )
    yield* Effect.annotateCurrentSpan("oauth.outcome", opened.error._tag)
    yield* Deferred.done(
      flight.deferred,
      Cause.isDie(cause) ? Exit.failCause(cause) : Exit.fail(opened.error)
    )
    return opened.error
  })

/** Reports once per flight that the store is unavailable, whether or not the flight succeeds without it. */
export const reportOutage = (
  { provider, sink, tenant, trace }: RefreshContext,
  error: StoreFailure
): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    if (trace.isOutageReported) return
    trace.isOutageReported = true
    const at = DateTime.unsafeMake(now)
    unsafeEmit(sink, TokenEvent.StoreUnavailable({ provider, tenant, at, error }))
  })
