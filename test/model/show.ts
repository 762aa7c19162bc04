/** The real thing's values and the model's as plain data, to be compared and read. */
import type { TokenError, TokenEvent, TokenProvider } from "effect-oauth"
import { AccessToken } from "effect-oauth"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Event, Failure, Outcome, Status } from "./predictions.js"
import { Bug, providerName } from "./World.js"

/** The far end of dates stands for what never comes. */
export const epoch = (date: DateTime.Utc): number => {
  const millis = DateTime.toEpochMillis(date)
  return millis >= DateTime.toEpochMillis(AccessToken.never) ? Infinity : millis
}

const epochOption = (date: Option.Option<DateTime.Utc>): number | undefined =>
  Option.getOrUndefined(Option.map(date, epoch))

export const show = (value: unknown): string =>
  typeof value === "string"
    ? value
    : JSON.stringify(value, (_, value: unknown) =>
        value === undefined ? "none" : value === Infinity ? "never" : value
      )

export const plainFailure = ({ reason, retryAt, tag }: Failure) => ({
  tag,
  reason: tag === "TransientFailure" ? reason : undefined,
  retryAt
})

export const plainError = (error: TokenError.TokenError) => ({
  tag: error._tag,
  reason: error._tag === "TransientFailure" ? error.reason : undefined,
  retryAt: error._tag === "TransientFailure" ? epoch(error.retryAt) : undefined
})

export const showOutcome = (outcome: Outcome): string => {
  switch (outcome._tag) {
    case "Token":
      return outcome.value
    case "Failure":
      return show(plainFailure(outcome.failure))
    case "Defect":
      return `the bug of request ${outcome.request}`
    case "Interrupted":
      return "interrupted"
  }
}

export const showExit = (exit: Exit.Exit<AccessToken.AccessToken, TokenError.TokenError>): string => {
  if (Exit.isSuccess(exit)) return Redacted.value(exit.value.value)
  if (Cause.isInterruptedOnly(exit.cause)) return "interrupted"
  const error = Option.getOrUndefined(Cause.failureOption(exit.cause))
  if (error !== undefined) return show(plainError(error))
  const defect = Option.getOrUndefined(Cause.dieOption(exit.cause))
  return defect instanceof Bug ? `the bug of request ${defect.request}` : Cause.pretty(exit.cause)
}

export const plainPrediction = (event: Event) => ({
  at: event.at,
  cause: "cause" in event ? event.cause : undefined,
  attempts: "attempts" in event ? event.attempts : undefined,
  took: "took" in event ? event.took : undefined,
  expiresAt: "expiresAt" in event ? event.expiresAt : undefined,
  retryAt: "retryAt" in event ? event.retryAt : undefined
})

export const plainEvent = (event: TokenEvent.TokenEvent) => ({
  at: epoch(event.at),
  cause: "cause" in event ? event.cause : undefined,
  attempts: "attempts" in event ? event.attempts.length : undefined,
  took: "took" in event ? Duration.toMillis(event.took) : undefined,
  expiresAt: "expiresAt" in event ? epoch(event.expiresAt) : undefined,
  retryAt: "retryAt" in event ? epoch(event.retryAt) : undefined
})

export const plainStatus = ({ isRefreshing, state, token, windowUntil }: Status, now: number) => ({
  provider: providerName,
  isConfigured: true,
  state,
  isRefreshing,
  issuedAt: token?.issuedAt,
  refreshAt: token?.refreshAt,
  expiresAt: token?.expiresAt,
  remainingSeconds: token === undefined ? 0 : (token.expiresAt - now) / 1000,
  scopes: token === undefined ? [] : [token.value],
  windowUntil
})

type RealStatus = Effect.Effect.Success<TokenProvider.TokenProvider["status"]>

export const plainRealStatus = (status: RealStatus) => {
  const expiresAt = epochOption(status.expiresAt)
  return {
    provider: status.provider,
    isConfigured: status.isConfigured,
    state: status.state,
    isRefreshing: status.isRefreshing,
    issuedAt: epochOption(status.issuedAt),
    refreshAt: epochOption(status.refreshAt),
    expiresAt,
    remainingSeconds: expiresAt === Infinity ? Infinity : status.remainingSeconds,
    scopes: status.scopes,
    windowUntil: epochOption(status.windowUntil)
  }
}
