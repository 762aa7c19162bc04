/** The store that is configured, for token caches. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as CacheStore from "../../cache/CacheStore.js"
import { seal } from "../../store/SealedTokenStore.js"
import { LeasedTokenStore } from "../../store/TokenStore.js"
import type { Stop } from "../ExitCode.js"
import type { Common } from "../options.js"
import { Output } from "../Output.js"
import { open } from "./open.js"
import { configuredStoreAndKeys } from "./settings.js"

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
    const { cipher, place } = yield* configuredStoreAndKeys({ ...options, store: Option.none() })
    return yield* open(place).pipe(
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
