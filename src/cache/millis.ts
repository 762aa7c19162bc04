/**
 * Durations as the arithmetic takes them.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/** A duration in milliseconds; `NaN` where it is none. */
export const millis = (duration: unknown): number =>
  Option.match(Duration.decodeUnknown(duration), { onNone: () => NaN, onSome: Duration.toMillis })
