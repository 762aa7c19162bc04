import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Grant, TokenError } from "effect-oauth"

/** One request that the grant was asked for: when, and what was held then. */
export interface Attempt {
  readonly at: number
  readonly previous: Option.Option<Grant.Held>
}

/** What the server does with one request: how long it takes, and what it answers then. */
export interface Step {
  readonly takes: Duration.DurationInput
  readonly answer: (asked: {
    readonly number: number
    readonly now: number
  }) => Effect.Effect<Grant.Issued, TokenError.TokenError>
}

export interface IssueOptions {
  /** Default: `token-1` at the first request, `token-2` at the second. */
  readonly value?: string
  /** Default: one hour. */
  readonly lifetime?: Duration.DurationInput | undefined
  readonly refreshIn?: Duration.DurationInput
  readonly refreshToken?: string
  readonly takes?: Duration.DurationInput
}

/** A token. */
export const issue = (options: IssueOptions = {}): Step => {
  const lifetime = "lifetime" in options ? options.lifetime : "1 hour"
  return {
    takes: options.takes ?? 0,
    answer: ({ number }) =>
      Effect.succeed({
        value: Redacted.make(options.value ?? `token-${number}`),
        expiresIn: lifetime === undefined ? undefined : Duration.decode(lifetime),
        refreshIn: options.refreshIn === undefined ? undefined : Duration.decode(options.refreshIn),
        refreshToken: options.refreshToken === undefined ? undefined : Redacted.make(options.refreshToken)
      })
  }
}

/** A failure; one that tells an instant is a function of the clock. */
export const fail = (
  error: TokenError.TokenError | ((now: number) => TokenError.TokenError),
  takes: Duration.DurationInput = 0
): Step => ({
  takes,
  answer: ({ now }) => Effect.fail(typeof error === "function" ? error(now) : error)
})

/** A failure that passes; without `retryAfter` the server asks for nothing. */
export const transient = (
  options: {
    readonly reason?: TokenError.TransientFailure["reason"]
    readonly status?: number
    readonly retryAfter?: Duration.DurationInput
    readonly takes?: Duration.DurationInput
  } = {}
): Step =>
  fail(
    (now) =>
      new TokenError.TransientFailure({
        provider: "test/Api",
        reason: options.reason ?? "ServerError",
        retryAt: DateTime.unsafeMake(now + Duration.toMillis(options.retryAfter ?? 0)),
        ...(options.status === undefined ? {} : { status: options.status })
      }),
    options.takes
  )

export const rejection = new TokenError.CredentialRejected({
  provider: "test/Api",
  reason: "InvalidClient",
  status: 401,
  code: "invalid_client"
})

export const reauthorization = new TokenError.ReauthorizationRequired({
  provider: "test/Api",
  reason: "InvalidGrant",
  remedy: "log in again"
})

export const noToken = new TokenError.InvalidTokenResponse({
  provider: "test/Api",
  reason: "NoAccessToken",
  status: 200
})

/** A bug in the grant. */
export const die = (defect: unknown, takes: Duration.DurationInput = 0): Step => ({
  takes,
  answer: () => Effect.die(defect)
})

/** A request that is never answered. */
export const hang: Step = { takes: Duration.infinity, answer: () => Effect.never }

/** A grant whose answers are scripted. The last step of the script repeats. */
export class ScriptedGrant {
  readonly attempts: Array<Attempt> = []
  /** How many requests were interrupted before their answer. */
  abandoned = 0
  private script: ReadonlyArray<Step>
  readonly grant: Grant.Grant

  constructor(replay: Grant.Replay, ...script: readonly [Step, ...ReadonlyArray<Step>]) {
    this.script = script
    this.grant = Grant.make({ name: "scripted", replay, request: (previous) => this.request(previous) })
  }

  /** How many requests there were. */
  get requests(): number {
    return this.attempts.length
  }

  /** What follows of the script is this. */
  nowAnswers(...script: readonly [Step, ...ReadonlyArray<Step>]): void {
    this.script = script
  }

  private request(previous: Option.Option<Grant.Held>): Effect.Effect<Grant.Issued, TokenError.TokenError> {
    return Effect.gen(this, function* () {
      const number = this.attempts.push({ at: yield* Clock.currentTimeMillis, previous })
      const [step, ...rest] = this.script
      if (step === undefined) return yield* Effect.dieMessage("the script is empty")
      if (rest.length > 0) this.script = rest
      if (step === hang) yield* Effect.never
      if (Duration.toMillis(step.takes) > 0) yield* Effect.sleep(step.takes)
      return yield* step.answer({ number, now: yield* Clock.currentTimeMillis })
    }).pipe(Effect.onInterrupt(() => Effect.sync(() => this.abandoned++)))
  }
}
