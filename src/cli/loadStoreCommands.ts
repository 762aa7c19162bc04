import * as Effect from "effect/Effect"

/** Loads the commands about token stores when one is used: most runs of the command need none. */
export const loadStoreCommands = Effect.promise(() => import("./stores.js"))
