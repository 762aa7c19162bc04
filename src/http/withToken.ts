/**
 * The rule by which a request carries a token, whatever it is sent with: once, and once more after a 401 (L10, L11, S30).
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../token/AccessToken.js"
import { header, isSameValue } from "../token/AccessToken.js"
import type { TokenError } from "../token/TokenError.js"
import { InvalidTokenResponse } from "../token/TokenError.js"
import type { Sink } from "../token/TokenEvent.js"
import { TokenEvent, unsafeEmit } from "../token/TokenEvent.js"
import type { TokenProvider } from "../TokenProvider.js"

/** A request in some client's own terms. */
export interface Exchange<A> {
  readonly send: (token: AccessToken) => Effect.Effect<A>
  readonly isUnauthorized: (answer: A) => boolean
  /** Whether the request can be sent a second time. */
  readonly isReplayable: boolean
  /** Frees what holds an answer that nobody will read. */
  readonly discard: (answer: A) => Effect.Effect<void>
}

/**
 * Sends with the token in hand. A 401 gives that token up and, if there is another to send with, sends once more;
 * otherwise the 401 itself is the answer.
 */
export const withToken = <A>(
  { provider, sink }: { readonly provider: TokenProvider; readonly sink: Sink },
  exchange: Exchange<A>
): Effect.Effect<A, TokenError> =>
  Effect.flatMap(usable(provider), (token) =>
    Effect.flatMap(exchange.send(token), (answer) =>
      exchange.isUnauthorized(answer)
        ? replay(provider, sink, exchange, token, answer)
        : Effect.succeed(answer)
    )
  )

const replay = <A>(
  provider: TokenProvider,
  sink: Sink,
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
    unsafeEmit(
      sink,
      TokenEvent.Replayed({ provider: provider.name, at: DateTime.unsafeMake(now), status: 401 })
    )
    return yield* exchange.send(token)
  })

/** A token that cannot stand in a header makes some clients throw, with its value in the message. */
const usable = (provider: TokenProvider): Effect.Effect<AccessToken, TokenError> =>
  Effect.flatMap(provider.get, (token) =>
    headerValue.test(Redacted.value(header(token)[1]))
      ? Effect.succeed(token)
      : new InvalidTokenResponse({
          provider: provider.name,
          reason: "MalformedToken",
          description: "it cannot stand in a header"
        })
  )

// RFC 9110 §5.5
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/
