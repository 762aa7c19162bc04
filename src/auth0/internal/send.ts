/**
 * How every operation is sent: within one deadline, patiently where there were too many requests, and once more where
 * that does no harm.
 */
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type { BearerClient } from "../../http/BearerClient.js"
import type { TokenError } from "../../token/TokenError.js"
import { failureReason } from "../../wire/networkFailure.js"
import { parseRetryAfter } from "../../wire/retryAfter.js"
import { isTransient } from "../../wire/status.js"
import type { Failure } from "../UserError.js"
import { RateLimited, Unavailable } from "../UserError.js"
import { interpret } from "./answer.js"
import type { Answer, Operation } from "./operation.js"
import { takesRequestsAt } from "./rateLimit.js"

export interface Options {
  readonly http: BearerClient
  /** For the whole operation: the token, the waits and all attempts. */
  readonly deadline: Duration.Duration
  /** How often one operation waits for a rate limit. */
  readonly rateLimitWaits: number
  /** The tokens that it may have been sent with. */
  readonly sentTokens: Effect.Effect<ReadonlyArray<Redacted.Redacted>>
}

type AnyOperation = Operation<unknown, unknown>

/** Sends an operation and reads its answer. */
export const sendWith =
  (options: Options) =>
  <A, E>(operation: Operation<A, E>): Effect.Effect<A, E | Failure> =>
    Effect.gen(function* () {
      const request = yield* operation.request
      const until = (yield* Clock.currentTimeMillis) + Duration.toMillis(options.deadline)
      const persistent = againIfHarmless(operation, attempt(options.http, operation, request))
      const answer = yield* patiently(persistent, options.rateLimitWaits, until)
      yield* Effect.annotateCurrentSpan("http.response.status_code", answer.status)
      return yield* interpret(operation, answer, [...operation.secrets, ...(yield* options.sentTokens)])
    }).pipe(
      // a client that is slow to let go does not prolong the deadline
      Effect.disconnect,
      Effect.timeoutFail({
        duration: options.deadline,
        onTimeout: () => new Unavailable({ operation: operation.name, reason: "Timeout" })
      }),
      Effect.withSpan(`Auth0Users.${operation.name}`, { kind: "client", captureStackTrace: false })
    )

type Attempt = Effect.Effect<Answer, RateLimited | Unavailable | TokenError>

/** One request and its whole answer. No error of the HTTP client goes further than this: they hold the request. */
const attempt = (
  http: BearerClient,
  { name: operation }: AnyOperation,
  request: HttpClientRequest.HttpClientRequest
): Attempt =>
  http.execute(request).pipe(
    // a client that turns statuses into failures is as good as one that does not
    Effect.catchTag("ResponseError", ({ response }) => Effect.succeed(response)),
    Effect.flatMap(({ headers, status, text }) =>
      Effect.map(text, (body): Answer => ({ status, headers, body }))
    ),
    Effect.catchTags({
      RequestError: ({ cause, reason }) =>
        new Unavailable({ operation, reason: reason === "Transport" ? failureReason(cause) : "NotSent" }),
      ResponseError: () => new Unavailable({ operation, reason: "NoAnswer" })
    }),
    Effect.flatMap((answer) =>
      isTransient(answer.status)
        ? Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.fail(passing(operation, answer, now)))
        : Effect.succeed(answer)
    )
  )

/** What passes by itself, as it stands now. */
const passing = (
  operation: AnyOperation["name"],
  { headers, status }: Answer,
  now: number
): RateLimited | Unavailable => {
  if (status === 429) {
    return new RateLimited({ operation, retryAt: DateTime.unsafeMake(takesRequestsAt(headers, now)) })
  }
  const at = parseRetryAfter(headers, now)
  const retryAt = at > now ? DateTime.unsafeMake(at) : undefined
  return new Unavailable({ operation, reason: "ServerError", status, retryAt })
}

/** A server that said when it wants to be asked again is not asked before. */
const againIfHarmless = ({ isIdempotent }: AnyOperation, attempt: Attempt): Attempt =>
  Effect.retry(attempt, {
    schedule: Schedule.jittered(Schedule.exponential("250 millis")),
    times: 2,
    while: (error) =>
      error._tag === "Unavailable" &&
      error.retryAt === undefined &&
      (isIdempotent || error.reason === "NotSent")
  })

/** Waits for a rate limit, as often as that may be and as long as the answer can still come before the deadline. */
const patiently = (attempt: Attempt, waits: number, until: number): Attempt =>
  Effect.catchTag(attempt, "RateLimited", (limit) =>
    Effect.gen(function* () {
      // so that those who wait for the same instant do not all come at once
      const spread = yield* Random.nextIntBetween(0, 250)
      const wakeAt = DateTime.toEpochMillis(limit.retryAt) + spread
      if (waits === 0 || wakeAt >= until) return yield* limit
      yield* Effect.sleep(Duration.millis(wakeAt - (yield* Clock.currentTimeMillis)))
      return yield* patiently(attempt, waits - 1, until)
    })
  )
