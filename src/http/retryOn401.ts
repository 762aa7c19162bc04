/**
 * Sends a request with a token and, after a 401, once more with another token (L10, L11, S30). The rule is the same for
 * every HTTP client.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { AccessToken } from "../token/AccessToken.js"
import { isSameValue } from "../token/AccessToken.js"
import type { TokenError } from "../token/TokenError.js"
import { InvalidTokenResponse } from "../token/TokenError.js"
import type { Sink } from "../token/TokenEvent.js"
import { TokenEvent, unsafeEmit } from "../token/TokenEvent.js"
import type { TokenProvider } from "../TokenProvider.js"
import { fieldLine } from "./bearerHeader.js"

/** How a client sends the request. */
export interface Exchange<A> {
  readonly send: (token: AccessToken) => Effect.Effect<A, TokenError>
  /** Whether the request can be sent a second time. */
  readonly isReplayable: boolean
  /** Frees the resources of a response that will not be read. */
  readonly discard: (response: A) => Effect.Effect<void>
}

interface Options {
  readonly provider: TokenProvider
  readonly sink: Sink
}

/**
 * Sends the request with the current token. A 401 invalidates that token; if the provider then has another one, the
 * request is sent once more, otherwise the 401 itself is the response.
 */
export const retryOn401 = <A>(
  options: Options,
  exchange: Exchange<A> & { readonly isUnauthorized: (response: A) => boolean }
): Effect.Effect<A, TokenError> =>
  Effect.flatMap(sendableToken(options.provider), (token) =>
    Effect.flatMap(exchange.send(token), (response) =>
      exchange.isUnauthorized(response)
        ? replay(options, exchange, token, response)
        : Effect.succeed(response)
    )
  )

/** Handles a 401: invalidates the rejected token and sends the request with another one, if both are possible. */
export const replay = <A>(
  { provider, sink }: Options,
  exchange: Exchange<A>,
  rejected: AccessToken,
  response: A
): Effect.Effect<A, TokenError> =>
  Effect.gen(function* () {
    const invalidation = yield* provider.invalidate(rejected)
    if (invalidation === "Guarded" || !exchange.isReplayable) return response
    const token = yield* Effect.onError(sendableToken(provider), () => exchange.discard(response))
    if (isSameValue(token, rejected)) return response
    yield* exchange.discard(response)
    const now = yield* Clock.currentTimeMillis
    const owner = provider.tenancy ?? { provider: provider.name }
    unsafeEmit(sink, TokenEvent.Replayed({ ...owner, at: DateTime.unsafeMake(now), status: 401 }))
    return yield* exchange.send(token)
  })

const sendableToken = (provider: TokenProvider): Effect.Effect<AccessToken, TokenError> =>
  Effect.flatMap(provider.get, (token) =>
    fieldLine(token).isSendable ? Effect.succeed(token) : malformedToken(provider)
  )

export const malformedToken = (provider: TokenProvider): InvalidTokenResponse =>
  new InvalidTokenResponse({
    provider: provider.name,
    reason: "MalformedToken",
    description: "the token contains characters that are not allowed in an HTTP header"
  })
