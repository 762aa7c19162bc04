/** Providers that somebody asks. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ConfiguredProvider } from "../../config/ConfiguredProvider.js"
import type { InvalidConfiguration } from "../../token/TokenError.js"
import * as TokenProvider from "../../TokenProvider.js"

/**
 * A provider that is kept alive: it refreshes for those who ask, so somebody asks, again and again and whatever came of it
 * the last time. One whose settings are not complete is told of, and not asked.
 */
export const keptAlive = (
  configured: ConfiguredProvider,
  onIncomplete: (error: InvalidConfiguration) => Effect.Effect<void>
): Effect.Effect<TokenProvider.TokenProvider, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.matchEffect(configured.make, {
    onFailure: (error) => Effect.as(onIncomplete(error), TokenProvider.unconfigured(configured.name, error)),
    onSuccess: (provider) =>
      Effect.as(
        Effect.forkScoped(
          Effect.forever(Effect.zipRight(Effect.exit(provider.get), Effect.sleep("250 millis")))
        ),
        provider
      )
  })
