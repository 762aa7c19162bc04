/** The commands about token stores, loaded only when a command needs them. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as CacheStore from "../cache/CacheStore.js"
import { seal } from "../store/SealedTokenStore.js"
import { LeasedTokenStore } from "../store/TokenStore.js"
import type { Stop } from "./ExitCode.js"
import type { Common } from "./options.js"
import { Output } from "./Output.js"
import { openStore } from "./store/open.js"
import { configuredStoreAndKeys } from "./store/settings.js"

export { events } from "./events/read.js"
export { check } from "./store/check.js"
export { list } from "./store/list.js"
export { rekey } from "./store/rekey.js"
export { remove } from "./store/remove.js"

/**
 * Nothing, with a warning, where the store cannot be used: it does not take tokens down. Settings that are missing or wrong
 * end the command.
 */
export const forCaches = (
  options: Common
): Effect.Effect<
  Option.Option<CacheStore.Settings>,
  Stop,
  Output | FileSystem.FileSystem | Path.Path | Scope.Scope
> =>
  Effect.gen(function* () {
    const { cipher, location } = yield* configuredStoreAndKeys({ ...options, store: Option.none() })
    return yield* openStore(location).pipe(
      Effect.flatMap((store) =>
        Effect.provideService(Effect.orDie(CacheStore.settings()), LeasedTokenStore, seal(store, cipher))
      ),
      Effect.map(Option.some),
      Effect.catchAll(({ message }) =>
        Effect.as(
          Effect.flatMap(Output, ({ note }) => note(`warning: ${message}; tokens are not kept`)),
          Option.none()
        )
      )
    )
  })
