/** From when, until when. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

/** What is expected of an instant. */
export const expected =
  "a time span back from now, such as 90s, 30m, 1h, 7d or 2w, or an instant, such as 2026-11-21T08:00:00Z"

/** An instant: so long before now, or as ISO 8601 has it. A day without an hour begins at midnight UTC. */
export const instant = (text: string, now: DateTime.Utc): Option.Option<DateTime.Utc> => {
  const [, amount, unit = ""] = /^(\d{1,9})([smhdw])$/.exec(text) ?? []
  if (amount !== undefined) {
    return Option.liftThrowable(() =>
      DateTime.subtract(now, { seconds: Number(amount) * (seconds[unit] ?? 0) })
    )()
  }
  return /^\d{4}-\d{2}-\d{2}/.test(text) ? Option.map(DateTime.make(text), DateTime.toUtc) : Option.none()
}

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }
