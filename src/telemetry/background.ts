import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

/**
 * Runs a long-running effect outside the span in which it was started. Otherwise every log line would add an event to that
 * span.
 */
export const withoutParentSpan = <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.mapInputContext(self, (context: Context.Context<never>) =>
    // The parent span is in the context although the type does not say so.
    Context.omit(Tracer.ParentSpan)(context as Context.Context<Tracer.ParentSpan>)
  )
