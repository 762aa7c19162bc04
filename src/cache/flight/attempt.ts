/**
 * One attempt of a flight: a request, and what is made of its answer.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import { AccessToken } from "../../token/AccessToken.js"
import type { Grant, Held, Issued } from "../../token/Grant.js"
import { presentation } from "../../token/Grant.js"
import { InvalidTokenResponse, TransientFailure } from "../../token/TokenError.js"
import type { TokenError } from "../../token/TokenError.js"
import * as State from "../CacheState.js"
import * as Policy from "../RefreshPolicy.js"
import { instant, nameOf } from "../TokenStatus.js"
import type { Course } from "./course.js"
import { errorOf, remember, withinDeadline } from "./course.js"
import type { Arrived } from "./ending.js"

/** What a server granted, as it is held from then on. */
export interface Received extends Arrived {
  readonly held: Held
  readonly refreshIn: Duration.Duration | undefined
}

/**
 * One attempt for a usable token, given what is held from before. What it brings is held, and kept, even where its access
 * token is none or has expired already: the refresh token that came with it is good.
 */
export const attempt = <E = never>(
  course: Course,
  grant: Grant,
  previous: Held | undefined,
  keep: (received: Received) => Effect.Effect<void, E>
): Effect.Effect<Arrived, TokenError | E> =>
  Effect.gen(function* () {
    const { attempts } = course.journal
    const askedAt = yield* Clock.currentTimeMillis
    const issued = yield* Effect.onExit(request(course, grant, previous, askedAt), (exit) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const error = Exit.isSuccess(exit) ? Option.none() : Option.some(errorOf(course, exit.cause, now))
        attempts.push({ took: Duration.millis(now - askedAt), error })
      })
    )
    const received = yield* receive(course, issued, previous, askedAt)
    yield* keep(received)
    return yield* Effect.tapError(usable(course, received), (error: TokenError) =>
      Effect.sync(() => {
        const last = attempts.pop()
        if (last !== undefined) attempts.push({ ...last, error: Option.some(error) })
      })
    )
  })

/**
 * An attempt of a `once` grant that has begun is finished and what it brought is kept, even when the scope closes; its
 * deadline ends it at the latest. A mask alone would not do: an interruption also goes to every child of the fiber that
 * it is for, and a request with a deadline runs in such a child.
 */
export const finished = <A, E>(attempt: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.uninterruptible(Effect.flatMap(Effect.forkDaemon(Effect.interruptible(attempt)), Fiber.join))

/** One request, within its deadline. For a `once` grant what was presented without a conclusive answer is marked. */
const request = (
  course: Course,
  grant: Grant,
  previous: Held | undefined,
  askedAt: number
): Effect.Effect<Issued, TokenError> =>
  grant.request(Option.fromNullable(previous)).pipe(
    withinDeadline(course),
    Effect.tapErrorCause((cause) =>
      grant.replay === "once"
        ? Ref.update(course.state, (state) =>
            State.presented(state, Cause.failureOption(cause), askedAt, grant)
          )
        : Effect.void
    )
  )

const receive = (
  course: Course,
  issued: Issued,
  previous: Held | undefined,
  askedAt: number
): Effect.Effect<Received> =>
  Effect.gen(function* () {
    const { policy } = course
    const random = yield* Random.next
    const expiresAt = Policy.expiresAt(policy, askedAt, issued.expiresIn)
    const { refreshIn } = issued
    const refreshAt = Policy.refreshAt(policy, { askedAt, expiresAt, refreshIn }, random)
    const token = new AccessToken({
      value: issued.value,
      presentation: presentation(issued),
      scopes: issued.scopes ?? noScopes,
      issuedAt: DateTime.unsafeMake(askedAt),
      expiresAt: instant(expiresAt),
      parameters: issued.parameters ?? noParameters
    })
    const held = heldFrom(issued, token, previous)
    yield* remember(course, (state) => State.holding(state, held))
    return { token, refreshAt, refreshIn, held }
  })

/** The access token is good for use unless it is none, or has expired already. */
const usable = (course: Course, { refreshAt, token }: Received): Effect.Effect<Arrived, TokenError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now): Effect.Effect<Arrived, TokenError> => {
    const provider = nameOf(course)
    if (!canStandInHeader(token.value)) {
      const description = "it cannot stand in a header"
      return Effect.fail(new InvalidTokenResponse({ provider, reason: "MalformedToken", description }))
    }
    if (now >= DateTime.toEpochMillis(token.expiresAt)) {
      const retryAt = DateTime.unsafeMake(now)
      return Effect.fail(new TransientFailure({ provider, reason: "ExpiredOnArrival", retryAt }))
    }
    return Effect.succeed({ token, refreshAt })
  })

/** A field value (RFC 9110 §5.5): what is none makes clients throw, with the value in the message. */
export const canStandInHeader = (value: Redacted.Redacted): boolean =>
  /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(Redacted.value(value))

const noScopes: ReadonlyArray<string> = []
const noParameters: Readonly<Record<string, string>> = {}

/** A refresh token that the answer leaves out stays in force (RFC 6749 §6). */
const heldFrom = (issued: Issued, token: AccessToken, previous: Held | undefined): Held => ({
  accessToken: Option.some(token),
  refreshToken: Option.orElse(Option.fromNullable(issued.refreshToken), () =>
    previous === undefined ? Option.none() : previous.refreshToken
  ),
  presentedAt: Option.none()
})
