import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

/**
 * Runs without the span in which it was started: what runs for as long as the application would fill it with the events
 * of every log.
 */
export const inNoSpan = <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.mapInputContext(self, (context: Context.Context<never>) =>
    // the span stands there without the type saying so, as a reference does
    Context.omit(Tracer.ParentSpan)(context as Context.Context<Tracer.ParentSpan>)
  )
