/** The failures of a store, each with the key of its record. What caused one is left behind: it may print a content. */
import { StoreFailure } from "../token/TokenError.js"
import type { RecordKey } from "./TokenStore.js"

const of =
  (reason: StoreFailure["reason"]) =>
  ({ id, provider }: RecordKey): StoreFailure =>
    new StoreFailure({ provider, reason, key: id })

/** The store cannot be reached, or refuses. */
export const unavailable = of("Unavailable")

/** What stands there is no record of this key. */
export const undecryptable = of("Undecryptable")

/** Whether a change came about cannot be told: others have changed the same key too often since. */
export const conflict = of("Conflict")

const altogether = (reason: StoreFailure["reason"]) => (): StoreFailure =>
  new StoreFailure({ provider: "token store", reason })

/** The store cannot be reached, whichever record is meant. */
export const unavailableAltogether = altogether("Unavailable")

/** What the store knows of its records cannot be read. */
export const undecryptableAltogether = altogether("Undecryptable")
