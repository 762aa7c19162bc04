import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { TokenEvent } from "effect-oauth"
import { Grant, TokenProvider } from "effect-oauth"
import * as TokenEvents from "../../src/telemetry/TokenEvents.js"
import { TokenEventSink } from "../../src/token/TokenEvent.js"

/** A hub, with functions to make providers that emit to it and to emit events by hand. */
export interface Sight {
  readonly hub: TokenEvents.Hub
  readonly emit: (event: TokenEvent.TokenEvent) => void
  readonly seen: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** The hub and an observer of it, until the scope closes. */
export const sight = <E>(
  observer: Layer.Layer<never, E, TokenEvents.TokenEvents> = Layer.empty
): Effect.Effect<Sight, E, Scope.Scope> =>
  Effect.map(Layer.build(Layer.provideMerge(observer, TokenEvents.layer)), (context) => ({
    hub: Context.get(context, TokenEvents.TokenEvents),
    emit: Context.get(context, TokenEventSink).emit,
    seen: Effect.provide(context)
  }))

/** A grant that counts its requests and issues `token-1`, `token-2` and so on, at once. */
export const countingGrant = (): { readonly grant: Grant.Grant; readonly requests: () => number } => {
  let requests = 0
  const grant = Grant.make({
    name: "counting",
    replay: "safe",
    request: () =>
      Effect.sync(() => ({ value: Redacted.make(`token-${++requests}`), expiresIn: Duration.hours(1) }))
  })
  return { grant, requests: () => requests }
}

/** A provider over a grant that counts its requests. */
export const counted = (name: string) =>
  Effect.suspend(() => {
    const { grant, requests } = countingGrant()
    return Effect.map(Effect.orDie(TokenProvider.make({ name, grant })), (provider) => ({
      provider,
      requests
    }))
  })
