/** The outcome and reason of an event, with the same values in metrics, logs, audit records and spans. */
import type { TokenError } from "../../token/TokenError.js"
import type { TokenEvent } from "../../token/TokenEvent.js"

/** How a refresh ended; for a failure, the tag of its error. */
export type Outcome = "token" | "adopted" | "discarded" | TokenError["_tag"]

/** The outcome of the event's refresh, or the tag of its error; `undefined` for other events. */
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

/** The event's reason, one of a fixed set of values. */
export const reasonOf = (event: TokenEvent): string | undefined => {
  if ("error" in event) return event.error.reason
  return "reason" in event ? event.reason : undefined
}
