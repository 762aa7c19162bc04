/**
 * Logs token events with Effect's logger.
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
import { withoutParentSpan } from "./background.js"
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
  /** The level of an event; `LogLevel.None` does not log it. Default: {@link levelOf}. */
  readonly level?: ((event: TokenEvent) => LogLevel.LogLevel) | undefined
}

/**
 * The level of an event: `Error` if an operator must act, `Warning` for transient failures, `Info` for notable events (a
 * server rejected a token, a window closed), `Debug` for normal operation.
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
 * Logs the events of the hub with searchable annotations: `oauth.event`, `oauth.provider`, and the event's other fields. It
 * uses the loggers of the context in which the layer is made, on a fiber of its own. When the layer is closed, waiting
 * events are logged first.
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
      let reported = 0
      const warnOfDropped = Effect.flatMap(dropped, (dropped) => {
        const unreported = dropped - reported
        reported = dropped
        return unreported === 0
          ? Effect.void
          : Effect.annotateLogs(Effect.logWarning("token events were not logged"), {
              "oauth.dropped": unreported
            })
      })
      const fiber = yield* Stream.runForEach(stream, (event) =>
        Effect.zipRight(warnOfDropped, logEvent(event, level)).pipe(
          // A logger that throws must not prevent later events from being logged.
          Effect.catchAllCause(() => Effect.void)
        )
      ).pipe(withoutParentSpan, Effect.forkDaemon)
      yield* closed(Fiber.await(fiber))
    })
  )
}

/**
 * Like {@link layerWith}, with the default options.
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

/** The event's fields as log annotations. Durations are in seconds. */
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
