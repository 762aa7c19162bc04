/**
 * One attempt of a flight: sends a token request and makes an access token of the response.
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
import { instant, nameOf } from "../status.js"
import type { UsableToken } from "./complete.js"
import type { RefreshContext } from "./RefreshContext.js"
import { errorOf, updateState, withinDeadline } from "./RefreshContext.js"

/** A token response, and the grant's state after it. Its access token may be unusable. */
export interface Received extends UsableToken {
  readonly grantState: Held
  readonly refreshIn: Duration.Duration | undefined
}

/**
 * Makes one attempt for a usable token. The response is remembered and saved even if its access token is unusable or has
 * expired already, since the refresh token that came with it is good.
 */
export const attempt = <E = never>(
  context: RefreshContext,
  grant: Grant,
  previous: Held | undefined,
  save: (received: Received) => Effect.Effect<void, E>
): Effect.Effect<UsableToken, TokenError | E> =>
  Effect.gen(function* () {
    const { attempts } = context.trace
    const askedAt = yield* Clock.currentTimeMillis
    const response = yield* Effect.onExit(request(context, grant, previous, askedAt), (exit) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const error = Exit.isSuccess(exit) ? Option.none() : Option.some(errorOf(context, exit.cause, now))
        attempts.push({ took: Duration.millis(now - askedAt), error })
      })
    )
    const received = yield* receive(context, response, previous, askedAt)
    yield* save(received)
    return yield* Effect.tapError(requireUsable(context, received), (error: TokenError) =>
      Effect.sync(() => {
        const last = attempts.pop()
        if (last !== undefined) attempts.push({ ...last, error: Option.some(error) })
      })
    )
  })

/**
 * Finishes an attempt of a `once` grant even if the scope closes, so that its response is saved; the deadline ends it at
 * the latest. It needs a fiber of its own: an uninterruptible region does not protect a request with a deadline, which runs
 * in a child fiber that the interruption reaches too.
 */
export const runToCompletion = <A, E>(attempt: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.uninterruptible(Effect.flatMap(Effect.forkDaemon(Effect.interruptible(attempt)), Fiber.join))

/**
 * Sends the request, within its deadline. A `once` grant whose request got no conclusive response is marked as presented,
 * so that it is not sent again blindly (L9).
 */
const request = (
  context: RefreshContext,
  grant: Grant,
  previous: Held | undefined,
  askedAt: number
): Effect.Effect<Issued, TokenError> =>
  grant.request(Option.fromNullable(previous)).pipe(
    withinDeadline(context),
    Effect.tapErrorCause((cause) =>
      grant.replay === "once"
        ? Ref.update(context.state, (state) =>
            State.presented(state, Cause.failureOption(cause), askedAt, grant)
          )
        : Effect.void
    )
  )

const receive = (
  context: RefreshContext,
  response: Issued,
  previous: Held | undefined,
  askedAt: number
): Effect.Effect<Received> =>
  Effect.gen(function* () {
    const { policy } = context
    const random = yield* Random.next
    const expiresAt = Policy.expiresAt(policy, askedAt, response.expiresIn)
    const { refreshIn } = response
    const refreshAt = Policy.refreshAt(policy, { askedAt, expiresAt, refreshIn }, random)
    const token = new AccessToken({
      value: response.value,
      presentation: presentation(response),
      scopes: response.scopes ?? noScopes,
      issuedAt: DateTime.unsafeMake(askedAt),
      expiresAt: instant(expiresAt),
      parameters: response.parameters ?? noParameters
    })
    const grantState = stateAfter(response, token, previous)
    yield* updateState(context, (state) => State.withGrantState(state, grantState))
    return { token, refreshAt, refreshIn, grantState }
  })

/** Fails if the access token cannot be sent in a header, or has expired already. */
const requireUsable = (
  context: RefreshContext,
  { refreshAt, token }: Received
): Effect.Effect<UsableToken, TokenError> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const provider = nameOf(context)
    if (!isHeaderValue(token.value)) {
      const description = "access_token contains characters that are not allowed in an HTTP header"
      return yield* new InvalidTokenResponse({ provider, reason: "MalformedToken", description })
    }
    if (now >= DateTime.toEpochMillis(token.expiresAt)) {
      const retryAt = DateTime.unsafeMake(now)
      return yield* new TransientFailure({ provider, reason: "ExpiredOnArrival", retryAt })
    }
    return { token, refreshAt }
  })

/** Whether clients accept the text as a field value (RFC 9110 §5.5); they throw on any other, with the value in the message. */
export const isHeaderValue = (value: Redacted.Redacted): boolean =>
  /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(Redacted.value(value))

const noScopes: ReadonlyArray<string> = []
const noParameters: Readonly<Record<string, string>> = {}

/** The grant's state after a response. A response without a refresh token leaves the previous one in force (RFC 6749 §6). */
const stateAfter = (response: Issued, token: AccessToken, previous: Held | undefined): Held => ({
  accessToken: Option.some(token),
  refreshToken: Option.orElse(Option.fromNullable(response.refreshToken), () =>
    previous === undefined ? Option.none() : previous.refreshToken
  ),
  presentedAt: Option.none()
})
