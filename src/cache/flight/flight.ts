/**
 * What a flight does, from its first step to its end.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type { Grant } from "../../token/Grant.js"
import type { TokenError } from "../../token/TokenError.js"
import { schedule } from "../retry.js"
import { attempt, finished } from "./attempt.js"
import type { Course } from "./course.js"
import { withinDeadline } from "./course.js"
import { fail, land } from "./ending.js"
import * as Shared from "./shared.js"

/** Makes the attempts, puts what came of them into the state, and tells those who wait. */
export const run = (course: Course): Effect.Effect<void> => {
  const { flight, provider, shared, starter, tenant } = course
  return prepared(course).pipe(
    Effect.flatMap((grant) =>
      shared === undefined ? alone(course, grant) : Shared.fly(course, grant, shared, alone(course, grant))
    ),
    Effect.catchAllCause((cause) => Effect.flip(fail(course, cause))),
    Effect.interruptible,
    Effect.withSpan("effect-oauth.flight", {
      root: true,
      attributes: {
        "oauth.provider": provider,
        ...(tenant === undefined ? {} : { "oauth.tenant": tenant }),
        "oauth.cause": flight.cause
      },
      links: Option.toArray(starter).map((span) => ({ _tag: "SpanLink", span, attributes: {} }) as const),
      captureStackTrace: false
    }),
    // it was told already; the span alone ends with it
    Effect.ignore
  )
}

/** The grant, which may have to be looked up, within the deadline of a request. */
const prepared = (course: Course): Effect.Effect<Grant, TokenError> =>
  course.grant.pipe(
    withinDeadline(course),
    Effect.tap((grant) => {
      course.journal.grant = grant.name
      return Effect.annotateCurrentSpan("oauth.grant", grant.name)
    })
  )

/** The attempts of a flight that nobody outside the process shares. */
const alone = (course: Course, grant: Grant): Effect.Effect<void, TokenError> => {
  const asked = Ref.get(course.state).pipe(
    Effect.flatMap(({ held }) => attempt(course, grant, held, () => Effect.void)),
    Effect.flatMap((arrived) => land(course, arrived))
  )
  return Effect.retry(
    grant.replay === "once" ? finished(asked) : asked,
    schedule(course.policy, grant.replay)
  )
}
