/**
 * What a protected resource answers (RFC 6750 §3).
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Answer } from "../Answer.js"
import * as Answers from "../Answer.js"
import * as Issuing from "./issuing.js"
import type { Arrival } from "./reading.js"
import { seen } from "./reading.js"
import type { State } from "./state.js"

/** The resource's own answer to an active token, else 401. */
export const answer = (state: State, arrival: Arrival): Answer => {
  const request = seen(arrival, state.behaviour.basicEncoding, { status: undefined, arrived: true })
  // RFC 6750 §3.1: a request without any credentials learns the scheme, and no error
  if (request.bearerToken === undefined) return challenge("Bearer")
  const token = Issuing.activeAccess(state.tokens, Redacted.make(request.bearerToken), arrival.at)
  if (Option.isNone(token) || state.refusesTokens) {
    return challenge(
      'Bearer error="invalid_token", error_description="the token is unknown, expired or revoked"'
    )
  }
  const usual = { method: arrival.method, path: arrival.url.pathname, client_id: token.value.clientId }
  return (
    state.behaviour.resource?.(request, token.value) ?? Answers.json({ ...usual, scopes: token.value.scopes })
  )
}

const challenge = (scheme: string): Answer =>
  Answers.raw({ status: 401, headers: { "www-authenticate": scheme } })
