/** How an event is told in a few words, the same in metrics, logs and audit records, and as in the span of the flight. */
import type { TokenError } from "../../token/TokenError.js"
import type { TokenEvent } from "../../token/TokenEvent.js"

/** How a flight ended; of a failure, the tag of its error. */
export type Outcome = "token" | "adopted" | "discarded" | TokenError["_tag"]

/** How the flight ended that an event tells of, or what failed; nothing where neither is the case. */
export const outcomeOf = (event: TokenEvent): Outcome | undefined => {
  switch (event._tag) {
    case "Acquired":
    case "Refreshed":
      return "token"
    case "Adopted":
      return "adopted"
    case "Discarded":
      return "discarded"
    case "RefreshFailed":
    case "Rejected":
    case "StoreUnavailable":
      return event.error._tag
    case "Invalidated":
    case "Cleared":
    case "Replayed":
    case "Evicted":
      return undefined
  }
}

/** Why it happened, as one of few words. */
export const reasonOf = (event: TokenEvent): string | undefined =>
  "error" in event ? event.error.reason : "reason" in event ? event.reason : undefined
