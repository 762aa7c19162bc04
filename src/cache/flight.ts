/**
 * What a flight does, from its first attempt to its end.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type * as Tracer from "effect/Tracer"
import { AccessToken } from "../token/AccessToken.js"
import type { Grant, Held, Issued } from "../token/Grant.js"
import { presentation } from "../token/Grant.js"
import { InvalidTokenResponse, TransientFailure } from "../token/TokenError.js"
import type { TokenError } from "../token/TokenError.js"
import type { Attempt, FlightSummary, Sink } from "../token/TokenEvent.js"
import { TokenEvent, unsafeEmit } from "../token/TokenEvent.js"
import type { CacheState, Flight } from "./CacheState.js"
import * as State from "./CacheState.js"
import type { RefreshPolicy } from "./RefreshPolicy.js"
import * as Policy from "./RefreshPolicy.js"
import { schedule } from "./retry.js"
import { instant, nameOf } from "./status.js"

export interface Options {
  readonly provider: string
  readonly tenant?: string | undefined
  readonly grant: Effect.Effect<Grant, TokenError>
  readonly policy: RefreshPolicy
  readonly state: Ref.Ref<CacheState>
  readonly sink: Sink
  readonly flight: Flight
  /** The span of whoever started the flight. The flight's own span has no parent, and a link to this one. */
  readonly starter: Option.Option<Tracer.AnySpan>
  /** What those who wait do if a clear made the token unwanted: what is there then is new to all of them. */
  readonly again: Effect.Effect<AccessToken, TokenError>
}

/** Makes the attempts, puts what came of them into the state, and tells those who wait. */
export const run = (options: Options): Effect.Effect<void> => {
  const { flight, policy, provider, starter, tenant } = options
  const journal: Journal = { grant: "unknown", attempts: [] }
  return prepared(options, journal).pipe(
    Effect.flatMap((grant) => {
      const attempt = Effect.flatMap(timed(options, grant, journal), (arrived) =>
        land(options, journal, arrived)
      )
      return Effect.retry(
        grant.replay === "once" ? finished(attempt) : attempt,
        schedule(policy, grant.replay)
      )
    }),
    Effect.catchAllCause((cause) => Effect.flip(fail(options, journal, cause))),
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

/** What is written down while a flight is under way, for the event at its end. */
interface Journal {
  grant: string
  readonly attempts: Array<Attempt>
}

/** The grant, which may have to be looked up, within the deadline of a request. */
const prepared = (options: Options, journal: Journal): Effect.Effect<Grant, TokenError> =>
  options.grant.pipe(
    within(options),
    Effect.tap((grant) => {
      journal.grant = grant.name
      return Effect.annotateCurrentSpan("oauth.grant", grant.name)
    })
  )

const within =
  (options: Options) =>
  <A>(effect: Effect.Effect<A, TokenError>): Effect.Effect<A, TokenError> =>
    Effect.flatMap(Clock.currentTimeMillis, (startedAt) =>
      Effect.timeoutFail(Effect.interruptible(effect), {
        duration: Duration.millis(options.policy.deadline),
        onTimeout: () =>
          new TransientFailure({
            provider: nameOf(options),
            reason: "Timeout",
            retryAt: DateTime.unsafeMake(startedAt + options.policy.deadline)
          })
      })
    )

/**
 * An attempt of a `once` grant that has begun is finished and what it brought is kept, even when the scope closes; its
 * deadline ends it at the latest. A mask alone would not do: an interruption also goes to every child of the fiber that
 * it is for, and a request with a deadline runs in such a child.
 */
const finished = <A, E>(attempt: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.uninterruptible(Effect.flatMap(Effect.forkDaemon(Effect.interruptible(attempt)), Fiber.join))

/** One attempt for a usable token, noted with how long it took and what went wrong with it. */
const timed = (options: Options, grant: Grant, journal: Journal): Effect.Effect<Arrived, TokenError> =>
  Effect.flatMap(Clock.currentTimeMillis, (startedAt) =>
    Effect.onExit(
      Effect.flatMap(request(options, grant, startedAt), (issued) => accept(options, startedAt, issued)),
      (exit) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const error = Exit.isSuccess(exit) ? Option.none() : Option.some(errorOf(options, exit.cause, now))
          journal.attempts.push({ took: Duration.millis(now - startedAt), error })
        })
    )
  )

/** One request, within its deadline. For a `once` grant what was presented without a conclusive answer is marked. */
const request = (options: Options, grant: Grant, askedAt: number): Effect.Effect<Issued, TokenError> =>
  Effect.flatMap(Ref.get(options.state), ({ held }) =>
    grant.request(Option.fromNullable(held)).pipe(
      within(options),
      Effect.tapErrorCause((cause) =>
        grant.replay === "once"
          ? Ref.update(options.state, (state) => State.presented(state, Cause.failureOption(cause), askedAt))
          : Effect.void
      )
    )
  )

interface Arrived {
  readonly token: AccessToken
  readonly refreshAt: number
}

/** The answer is held; its access token is good for use unless it is none, or has expired already. */
const accept = (options: Options, askedAt: number, issued: Issued): Effect.Effect<Arrived, TokenError> =>
  Effect.gen(function* () {
    const { policy, state } = options
    const provider = nameOf(options)
    const now = yield* Clock.currentTimeMillis
    const random = yield* Random.next
    const expiresAt = Policy.expiresAt(policy, askedAt, issued.expiresIn)
    const refreshAt = Policy.refreshAt(policy, { askedAt, expiresAt, refreshIn: issued.refreshIn }, random)
    const token = new AccessToken({
      value: issued.value,
      presentation: presentation(issued),
      scopes: issued.scopes ?? noScopes,
      issuedAt: DateTime.unsafeMake(askedAt),
      expiresAt: instant(expiresAt),
      parameters: issued.parameters ?? noParameters
    })
    if (!options.flight.isForgotten) {
      yield* Ref.update(state, (state) => State.holding(state, heldFrom(issued, token, state.held)))
    }
    if (!canStandInHeader(issued.value)) {
      const description = "it cannot stand in a header"
      return yield* new InvalidTokenResponse({ provider, reason: "MalformedToken", description })
    }
    if (now >= expiresAt) {
      return yield* new TransientFailure({
        provider,
        reason: "ExpiredOnArrival",
        retryAt: DateTime.unsafeMake(now)
      })
    }
    return { token, refreshAt }
  })

/** The token comes to hand unless it was made unwanted meanwhile. */
const land = (options: Options, journal: Journal, { refreshAt, token }: Arrived): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { flight, sink, state } = options
    const now = yield* Clock.currentTimeMillis
    const before = yield* Ref.getAndUpdate(state, (state) =>
      state.generation === flight.generation ? State.landed(state, token, refreshAt) : State.discarded(state)
    )
    const isWanted = before.generation === flight.generation
    const summary = summarize(options, journal, now)
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
        : flight.replacesToken
          ? TokenEvent.Refreshed(arrival)
          : TokenEvent.Acquired(arrival)
    )
    yield* Effect.annotateCurrentSpan("oauth.outcome", isWanted ? "token" : "discarded")
    yield* isWanted
      ? Deferred.succeed(flight.landing, token)
      : Deferred.completeWith(flight.landing, options.again)
  })

/** A field value (RFC 9110 §5.5): what is none makes clients throw, with the value in the message. */
const canStandInHeader = (value: Redacted.Redacted): boolean =>
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

/**
 * A flight that failed opens its window. One that died of a bug in the grant shows the bug to those who wait for it, and
 * opens the window of a passing failure, so that a bug does not hammer the server either.
 */
const fail = (
  options: Options,
  journal: Journal,
  cause: Cause.Cause<TokenError>
): Effect.Effect<TokenError> =>
  Effect.gen(function* () {
    const { flight, policy, sink, state } = options
    const now = yield* Clock.currentTimeMillis
    const error = errorOf(options, cause, now)
    const opened = yield* Ref.modify(state, (state) => State.failed(state, error, now, policy))
    const outcome = {
      ...summarize(options, journal, now),
      error: opened.error,
      retryAt: instant(opened.end)
    }
    unsafeEmit(
      sink,
      opened.window === "rejected" ? TokenEvent.Rejected(outcome) : TokenEvent.RefreshFailed(outcome)
    )
    yield* Effect.annotateCurrentSpan("oauth.outcome", opened.error._tag)
    yield* Deferred.done(flight.landing, Cause.isDie(cause) ? Exit.failCause(cause) : Exit.fail(opened.error))
    return opened.error
  })

/** What an observer is told of a failure: of a bug no more than that there was one. */
const errorOf = (options: Options, cause: Cause.Cause<TokenError>, now: number): TokenError =>
  Option.getOrElse(
    Cause.failureOption(cause),
    () =>
      new TransientFailure({
        provider: nameOf(options),
        reason: "Defect",
        retryAt: DateTime.unsafeMake(now)
      })
  )

const summarize = (
  { flight, provider, tenant }: Options,
  { attempts, grant }: Journal,
  now: number
): FlightSummary => ({
  provider,
  tenant,
  grant,
  at: DateTime.unsafeMake(now),
  cause: flight.cause,
  attempts,
  joined: flight.joined,
  took: Duration.millis(now - flight.startedAt)
})
