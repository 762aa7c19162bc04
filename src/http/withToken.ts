/**
 * The rule by which a request carries a token, whatever it is sent with: once, and once more after a 401 (L10, L11, S30).
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

/** A request in some client's own terms. */
export interface Exchange<A> {
  readonly send: (token: AccessToken) => Effect.Effect<A, TokenError>
  /** Whether the request can be sent a second time. */
  readonly isReplayable: boolean
  /** Frees what holds an answer that nobody will read. */
  readonly discard: (answer: A) => Effect.Effect<void>
}

interface Options {
  readonly provider: TokenProvider
  readonly sink: Sink
}

/**
 * Sends with the token in hand. A 401 gives that token up and, if there is another to send with, sends once more;
 * otherwise the 401 itself is the answer.
 */
export const withToken = <A>(
  options: Options,
  exchange: Exchange<A> & { readonly isUnauthorized: (answer: A) => boolean }
): Effect.Effect<A, TokenError> =>
  Effect.flatMap(usable(options.provider), (token) =>
    Effect.flatMap(exchange.send(token), (answer) =>
      exchange.isUnauthorized(answer) ? replay(options, exchange, token, answer) : Effect.succeed(answer)
    )
  )

/** What becomes of a request whose token was refused. */
export const replay = <A>(
  { provider, sink }: Options,
  exchange: Exchange<A>,
  refused: AccessToken,
  answer: A
): Effect.Effect<A, TokenError> =>
  Effect.gen(function* () {
    const invalidation = yield* provider.invalidate(refused)
    if (invalidation === "Guarded" || !exchange.isReplayable) return answer
    const token = yield* Effect.onError(usable(provider), () => exchange.discard(answer))
    if (isSameValue(token, refused)) return answer
    yield* exchange.discard(answer)
    const now = yield* Clock.currentTimeMillis
    const owner = provider.tenancy ?? { provider: provider.name }
    unsafeEmit(sink, TokenEvent.Replayed({ ...owner, at: DateTime.unsafeMake(now), status: 401 }))
    return yield* exchange.send(token)
  })

const usable = (provider: TokenProvider): Effect.Effect<AccessToken, TokenError> =>
  Effect.flatMap(provider.get, (token) =>
    fieldLine(token).isSendable ? Effect.succeed(token) : unsendable(provider)
  )

/** Why a token is not sent that cannot stand in a header. */
export const unsendable = (provider: TokenProvider): InvalidTokenResponse =>
  new InvalidTokenResponse({
    provider: provider.name,
    reason: "MalformedToken",
    description: "it cannot stand in a header"
  })
