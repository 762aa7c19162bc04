/**
 * The hub of events: one sink that providers emit into, and any number who read from it.
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
 * Events as they happen, for one who reads them in time of their own. `stream` brings every event since the subscription
 * was made, as far as its queue holds them, and ends with the scope of the subscription or of the hub, whichever closes
 * first; what is in the queue then is still read. `dropped` counts the events that were pushed out of the full queue.
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
  /** How many events wait for the reader; when there are more, the oldest are dropped. Default: 1024. */
  readonly capacity?: number | undefined
  /** By which name the metric of dropped events knows it: one of few. Default: `subscriber`. */
  readonly name?: string | undefined
}

/**
 * Where to hear of events.
 *
 * - `subscribe`: a subscription with a sliding queue of its own. One who reads slowly, fails, or never reads harms neither
 *   tokens nor the others; it only misses the oldest events, and is told how many.
 * - `stream`: a subscription with the default options, made when the stream is run.
 * - `observe`: a sink that is told on the fiber that made the transition, before whoever waits for it goes on. It misses
 *   nothing and must return at once; what it throws is dropped.
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
 * The hub, and with it the `TokenEventSink` of every provider and client that is made with this layer. A sink that stood
 * there before is told of everything too.
 *
 * Provide it last, around providers, observers and the program, with `Layer.provideMerge`: a `BearerClient` is made in the
 * program, and looks for the sink there.
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
    const before = yield* TokenEventSink
    const open = new Set<Observer>([{ sink: before, end: Effect.void }])
    yield* Effect.addFinalizer(() => Effect.forEach([...open], ({ end }) => end, { discard: true }))
    const emit = (event: TokenEvent): void => {
      for (const { sink } of open) unsafeEmit(sink, event)
    }
    return Context.make(TokenEvents, over(open)).pipe(Context.add(TokenEventSink, { emit }))
  })
)

interface Observer {
  readonly sink: Sink
  /** What there is to do when no more events come. */
  readonly end: Effect.Effect<void>
}

const over = (open: Set<Observer>): Hub => {
  const register = (observer: Observer): Effect.Effect<void, never, Scope.Scope> =>
    Effect.acquireRelease(
      Effect.sync(() => void open.add(observer)),
      () => Effect.suspend(() => (open.delete(observer) ? observer.end : Effect.void))
    )

  const subscribe: Hub["subscribe"] = ({ capacity = 1024, name = "subscriber" } = {}) =>
    Effect.gen(function* () {
      // of a capacity that makes no sense, no number included, the least
      const room = capacity >= 1 ? Math.floor(capacity) : 1
      const mailbox = yield* Mailbox.make<TokenEvent>({ capacity: room, strategy: "sliding" })
      const countDropped = instrument(Metrics.eventsDropped, yield* Effect.metricLabels)
      let dropped = 0
      const emit = (event: TokenEvent): void => {
        const isFull = Option.contains(mailbox.unsafeSize(), room)
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
