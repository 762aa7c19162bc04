/**
 * Runs one flight from its first step to its end.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type { Grant } from "../token/Grant.js"
import type { TokenError } from "../token/TokenError.js"
import { attempt, runToCompletion } from "./refresh/attempt.js"
import { fail, succeed } from "./refresh/complete.js"
import type { RefreshContext } from "./refresh/RefreshContext.js"
import { withinDeadline } from "./refresh/RefreshContext.js"
import { schedule } from "./retry.js"
import { sharedRefresh } from "./shared/sharedRefresh.js"

/** Makes the attempts, puts their outcome into the state, and completes the deferred that callers wait on. */
export const runRefresh = (context: RefreshContext): Effect.Effect<void> => {
  const { callerSpan, flight, provider, shared, tenant } = context
  return resolveGrant(context).pipe(
    Effect.flatMap((grant) =>
      shared === undefined
        ? refreshInMemory(context, grant)
        : sharedRefresh(context, grant, shared, refreshInMemory(context, grant))
    ),
    Effect.catchAllCause((cause) => Effect.flip(fail(context, cause))),
    Effect.interruptible,
    Effect.withSpan("effect-oauth.flight", {
      root: true,
      attributes: {
        "oauth.provider": provider,
        ...(tenant === undefined ? {} : { "oauth.tenant": tenant }),
        "oauth.cause": flight.cause
      },
      links: Option.toArray(callerSpan).map((span) => ({ _tag: "SpanLink", span, attributes: {} }) as const),
      captureStackTrace: false
    }),
    // Callers got the error from the deferred; here it only marks the span as failed.
    Effect.ignore
  )
}

/** Gets the grant within the deadline of a request, since it may have to be looked up. */
const resolveGrant = (context: RefreshContext): Effect.Effect<Grant, TokenError> =>
  context.grant.pipe(
    withinDeadline(context),
    Effect.tap((grant) => {
      context.trace.grant = grant.name
      return Effect.annotateCurrentSpan("oauth.grant", grant.name)
    })
  )

/** Refreshes without a store, so that the token and the refresh token live in memory only. */
const refreshInMemory = (context: RefreshContext, grant: Grant): Effect.Effect<void, TokenError> => {
  const exchanged = Ref.get(context.state).pipe(
    Effect.flatMap(({ grantState }) => attempt(context, grant, grantState, () => Effect.void)),
    Effect.flatMap((usableToken) => succeed(context, usableToken))
  )
  return Effect.retry(
    grant.replay === "once" ? runToCompletion(exchanged) : exchanged,
    schedule(context.policy, grant.replay)
  )
}
