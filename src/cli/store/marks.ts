/** What has been presented for too long. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { describeName, namesText } from "./describe.js"
import type { Finding } from "./finding.js"
import type { Named } from "./records.js"

/**
 * A refresh token is presented for seconds: a mark that is older was left by a process that died meanwhile.
 */
export const marks = (records: ReadonlyArray<Named>): Effect.Effect<Finding> =>
  Effect.map(DateTime.now, (now) => {
    const old = records.filter(({ presentedAt }) =>
      Option.exists(presentedAt, (at) => DateTime.distance(at, now) > Duration.toMillis(oldMark))
    )
    const facts = { old: old.map(describeName) }
    return old.length === 0
      ? { text: "none is older than five minutes", facts }
      : {
          text: `${old.length} older than five minutes: ${namesText(old)}`,
          advice: markAdvice,
          facts
        }
  })

const oldMark = Duration.minutes(5)

const markAdvice =
  "A process died while it presented what they hold, or nobody has asked for their tokens since. Whoever asks next finds out whether the login still stands."
