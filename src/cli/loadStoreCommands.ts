/** What most runs of the command have no use for, loaded by those that have. */
import * as Effect from "effect/Effect"

/** Everything about token stores. */
export const loadStoreCommands = Effect.promise(() => import("./stores.js"))
