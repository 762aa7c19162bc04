import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/** A duration in milliseconds; `NaN` if the value is not a duration. */
export const millis = (duration: unknown): number =>
  Option.match(Duration.decodeUnknown(duration), { onNone: () => NaN, onSome: Duration.toMillis })
