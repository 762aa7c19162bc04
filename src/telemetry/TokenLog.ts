/**
 * A log of events, by Effect's logger.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import * as Stream from "effect/Stream"
import type { TokenEvent } from "../token/TokenEvent.js"
import { inNoSpan } from "./background.js"
import { outcomeOf, reasonOf } from "./internal/outcome.js"
import { subscribeUntilClosed } from "./internal/subscribeUntilClosed.js"
import type { SubscribeOptions } from "./TokenEvents.js"
import { TokenEvents } from "./TokenEvents.js"

/**
 * Options of the log.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends SubscribeOptions {
  /** At which level an event is logged; `LogLevel.None` for not at all. Default: {@link levelOf}. */
  readonly level?: ((event: TokenEvent) => LogLevel.LogLevel) | undefined
}

/**
 * The level of an event: `Error` where an operator has something to mend, `Warning` for failures that pass by themselves,
 * `Info` for what is worth knowing (a server refused a token, a window closed), `Debug` for all that goes as it should.
 *
 * @since 0.1.0
 * @category levels
 */
export const levelOf = (event: TokenEvent): LogLevel.LogLevel => {
  switch (event._tag) {
    case "Rejected":
      return LogLevel.Error
    case "RefreshFailed":
    case "StoreUnavailable":
      return LogLevel.Warning
    case "Invalidated":
    case "Replayed":
      return LogLevel.Info
    case "Acquired":
    case "Refreshed":
    case "Adopted":
      return event.closedWindow ? LogLevel.Info : LogLevel.Debug
    case "Discarded":
    case "Cleared":
    case "Evicted":
      return LogLevel.Debug
  }
}

/**
 * Logs the events of the hub, each with annotations by which to search: `oauth.event`, `oauth.provider`, and what else the
 * event tells. It logs with the loggers that stand where the layer is made, on a fiber of its own; when the layer is
 * closed, what waits to be logged is logged first.
 *
 * @example
 * ```ts
 * import { TokenEvents, TokenLog } from "effect-oauth"
 * import * as Layer from "effect/Layer"
 * import * as LogLevel from "effect/LogLevel"
 *
 * const quiet = TokenLog.layerWith({
 *   level: (event) => (event._tag === "Evicted" ? LogLevel.None : TokenLog.levelOf(event))
 * })
 *
 * const SightLive = quiet.pipe(Layer.provideMerge(TokenEvents.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: Options = {}): Layer.Layer<never, never, TokenEvents> => {
  const { level = levelOf, name = "log", capacity } = options
  return Layer.scopedDiscard(
    Effect.gen(function* () {
      const { closed, dropped, stream } = yield* subscribeUntilClosed(yield* TokenEvents, { name, capacity })
      let told = 0
      const tellDropped = Effect.flatMap(dropped, (dropped) => {
        const untold = dropped - told
        told = dropped
        return untold === 0
          ? Effect.void
          : Effect.annotateLogs(Effect.logWarning("token events were not logged"), {
              "oauth.dropped": untold
            })
      })
      const fiber = yield* Stream.runForEach(stream, (event) =>
        Effect.zipRight(tellDropped, logEvent(event, level)).pipe(
          // a logger that throws loses its line, and not those after it
          Effect.catchAllCause(() => Effect.void)
        )
      ).pipe(inNoSpan, Effect.forkDaemon)
      yield* closed(Fiber.await(fiber))
    })
  )
}

/**
 * The same with the default options.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never, never, TokenEvents> = Layer.suspend(() => layerWith())

const logEvent = (
  event: TokenEvent,
  levelOf: (event: TokenEvent) => LogLevel.LogLevel
): Effect.Effect<void> =>
  Effect.suspend(() => {
    const level = levelOf(event)
    return level._tag === "None"
      ? Effect.void
      : Effect.annotateLogs(Effect.logWithLevel(level, messages[event._tag]), annotationsOf(event))
  })

const messages: { readonly [Tag in TokenEvent["_tag"]]: string } = {
  Acquired: "token acquired",
  Refreshed: "token refreshed",
  Adopted: "token adopted from the store",
  RefreshFailed: "token refresh failed",
  Rejected: "credential rejected",
  Discarded: "token discarded",
  Invalidated: "token invalidated",
  Cleared: "token cleared",
  Replayed: "request replayed with another token",
  Evicted: "token evicted",
  StoreUnavailable: "token store unavailable"
}

/** What an event tells, as names and values. Durations are in seconds. */
const annotationsOf = (event: TokenEvent): Readonly<Record<string, unknown>> =>
  withoutUndefined({
    "oauth.event": event._tag,
    "oauth.provider": event.provider,
    "oauth.tenant": event.tenant,
    "oauth.outcome": outcomeOf(event),
    "oauth.reason": reasonOf(event),
    ...("grant" in event && {
      "oauth.grant": event.grant,
      "oauth.cause": event.cause,
      "oauth.attempts": event.attempts.length,
      "oauth.joined": event.joined,
      "oauth.took": Duration.toSeconds(event.took)
    }),
    ...("expiresAt" in event && {
      "oauth.expires_at": DateTime.formatIso(event.expiresAt),
      "oauth.closed_window": event.closedWindow
    }),
    ...("error" in event && { "oauth.description": event.error.message }),
    ...("retryAt" in event && { "oauth.retry_at": DateTime.formatIso(event.retryAt) }),
    ...("status" in event && { "oauth.status": event.status })
  })

const withoutUndefined = (record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
