/**
 * The hub of events: one sink that providers emit to, and any number of subscribers.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Sink, TokenEvent } from "../token/TokenEvent.js"
import { TokenEventSink, unsafeEmit } from "../token/TokenEvent.js"
import { instrument } from "./internal/instrument.js"
import * as Metrics from "./internal/metrics.js"

/**
 * A queue of events for one subscriber. `stream` has every event since the subscription was made, except those that a full
 * queue dropped; `dropped` is the number of these. The stream ends with the scope of the subscription or of the hub,
 * whichever closes first, after the events that are still in the queue.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subscription {
  readonly stream: Stream.Stream<TokenEvent>
  readonly dropped: Effect.Effect<number>
}

/**
 * Options of a subscription.
 *
 * @since 0.1.0
 * @category models
 */
export interface SubscribeOptions {
  /** How many events may wait for the subscriber; beyond that, the oldest are dropped. Default: 1024. */
  readonly capacity?: number | undefined
  /** The subscriber's name in the metric of dropped events; use few different names. Default: `subscriber`. */
  readonly name?: string | undefined
}

/**
 * Delivers events to subscribers and observers.
 *
 * - `subscribe`: a subscription with its own sliding queue. A subscriber that is slow, fails, or never reads affects neither
 *   tokens nor other subscribers; it only misses the oldest events, and can read how many.
 * - `stream`: a subscription with the default options, made when the stream is run.
 * - `observe`: a sink that is called synchronously on the fiber that emits the event, before its callers continue. It misses
 *   no event and must return at once; an error that it throws is ignored.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hub {
  readonly subscribe: (options?: SubscribeOptions) => Effect.Effect<Subscription, never, Scope.Scope>
  readonly stream: Stream.Stream<TokenEvent>
  readonly observe: (sink: Sink) => Effect.Effect<void, never, Scope.Scope>
}

/**
 * The tag of the {@link Hub}.
 *
 * @since 0.1.0
 * @category tags
 */
export class TokenEvents extends Context.Tag("effect-oauth/TokenEvents")<TokenEvents, Hub>() {}

/**
 * The hub, and the `TokenEventSink` of every provider and client that is made with this layer. A sink that was already
 * provided still receives every event.
 *
 * Provide it last, around providers, observers and the program, with `Layer.provideMerge`: the program makes the
 * `BearerClient`, which takes the sink from the program's context.
 *
 * @example
 * ```ts
 * import { AzureAd, TokenEvents, TokenProvider } from "effect-oauth"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Stream from "effect/Stream"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 * declare const options: AzureAd.Options
 *
 * const AppLive = AzureAd.layer(Graph, options).pipe(Layer.provideMerge(TokenEvents.layer))
 *
 * const program = Effect.gen(function* () {
 *   const events = yield* TokenEvents.TokenEvents
 *   yield* Effect.forkScoped(Stream.runForEach(events.stream, (event) => Effect.log(event._tag)))
 *   yield* Graph
 * })
 *
 * program.pipe(Effect.scoped, Effect.provide(AppLive))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<TokenEvents | TokenEventSink> = Layer.scopedContext(
  Effect.gen(function* () {
    const outerSink = yield* TokenEventSink
    const observers = new Set<Observer>([{ sink: outerSink, end: Effect.void }])
    yield* Effect.addFinalizer(() => Effect.forEach([...observers], ({ end }) => end, { discard: true }))
    const emit = (event: TokenEvent): void => {
      for (const { sink } of observers) unsafeEmit(sink, event)
    }
    return Context.make(TokenEvents, makeHub(observers)).pipe(Context.add(TokenEventSink, { emit }))
  })
)

interface Observer {
  readonly sink: Sink
  /** Runs when the hub or the subscription ends. */
  readonly end: Effect.Effect<void>
}

const makeHub = (observers: Set<Observer>): Hub => {
  const register = (observer: Observer): Effect.Effect<void, never, Scope.Scope> =>
    Effect.acquireRelease(
      Effect.sync(() => void observers.add(observer)),
      () => Effect.suspend(() => (observers.delete(observer) ? observer.end : Effect.void))
    )

  const subscribe: Hub["subscribe"] = ({ capacity = 1024, name = "subscriber" } = {}) =>
    Effect.gen(function* () {
      // An invalid capacity, NaN included, becomes 1.
      const size = capacity >= 1 ? Math.floor(capacity) : 1
      const mailbox = yield* Mailbox.make<TokenEvent>({ capacity: size, strategy: "sliding" })
      const countDropped = instrument(Metrics.eventsDropped, yield* Effect.metricLabels)
      let dropped = 0
      const emit = (event: TokenEvent): void => {
        const isFull = Option.contains(mailbox.unsafeSize(), size)
        mailbox.unsafeOffer(event)
        if (isFull) {
          dropped++
          countDropped(1, { "oauth.subscriber": name })
        }
      }
      yield* register({ sink: { emit }, end: Effect.asVoid(mailbox.end) })
      return { stream: Mailbox.toStream(mailbox), dropped: Effect.sync(() => dropped) }
    })

  return {
    subscribe,
    stream: Stream.unwrapScoped(Effect.map(subscribe(), ({ stream }) => stream)),
    observe: (sink) => register({ sink, end: Effect.void })
  }
}
