/**
 * The tokens that were last handed out, for what an error must not say back.
 */
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type { TokenProvider } from "../../TokenProvider.js"

export interface SentTokens {
  /** The same provider, which remembers what it hands out. */
  readonly provider: TokenProvider
  readonly last: Effect.Effect<ReadonlyArray<Redacted.Redacted>>
}

/** Two are enough: a token that was sent while the next one came, and that one. */
export const watch = (provider: TokenProvider): Effect.Effect<SentTokens> =>
  Effect.map(Ref.make<ReadonlyArray<Redacted.Redacted>>([]), (tokens) => ({
    provider: {
      ...provider,
      get: Effect.tap(provider.get, ({ value }) =>
        Ref.update(tokens, (known) => (known.includes(value) ? known : [value, ...known.slice(0, 1)]))
      )
    },
    last: Ref.get(tokens)
  }))
