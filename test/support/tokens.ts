import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { TokenEvent, TokenProvider } from "effect-oauth"
import type { Step } from "./scriptedGrant.js"
import { issue, ScriptedGrant } from "./scriptedGrant.js"

export interface Tokens {
  readonly provider: TokenProvider.TokenProvider
  readonly server: ScriptedGrant
  readonly events: ReadonlyArray<TokenEvent.TokenEvent>
  /** Has what is made in the effect emit its events here too. */
  readonly watching: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** A provider of `token-1`, `token-2` and so on, or of what is scripted, on the clock of the test. */
export const make = (
  options: {
    readonly script?: readonly [Step, ...ReadonlyArray<Step>]
    readonly origins?: ReadonlyArray<string>
  } = {}
): Effect.Effect<Tokens, never, Scope.Scope> =>
  Effect.gen(function* () {
    const events: Array<TokenEvent.TokenEvent> = []
    const server = new ScriptedGrant("safe", ...(options.script ?? ([issue()] as const)))
    const watching = Effect.provideService(TokenEvent.TokenEventSink, {
      emit: (event: TokenEvent.TokenEvent) => void events.push(event)
    })
    const provider = yield* watching(
      Effect.orDie(TokenProvider.make({ name: "test/Api", grant: server.grant, origins: options.origins }))
    )
    return { provider, server, events, watching }
  })
