/**
 * An operation of the Management API as data: what is sent, and what the answers to it mean. Sending is the same for all.
 */
import type * as Headers from "@effect/platform/Headers"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { InvalidAnswer, InvalidRequest, UserError } from "../UserError.js"

export interface Operation<A, E> {
  readonly name: UserError["operation"]
  /** Its URL is relative to the API's. */
  readonly request: Effect.Effect<HttpClientRequest.HttpClientRequest, InvalidRequest>
  /** Whether it comes to the same if it is sent twice. */
  readonly isIdempotent: boolean
  /** What an error must not say back. */
  readonly secrets: ReadonlyArray<Redacted.Redacted>
  /** Reads an answer with a status of success. */
  readonly read: (answer: Answer) => Effect.Effect<A, InvalidAnswer>
  /** What a refusal means to this operation in particular, if anything. */
  readonly means: (refusal: Refusal) => Effect.Effect<A, E> | undefined
}

/** An answer, whole. */
export interface Answer {
  readonly status: number
  readonly headers: Headers.Headers
  readonly body: string
}

/** An answer with a status of 4xx, and what Auth0 says in it, cleaned. */
export interface Refusal {
  readonly status: number
  readonly code?: string
  readonly description?: string
}
