/** Token caches on the token store that is configured, if one is. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { CacheStore } from "../cache/CacheStore.js"
import { dotEnv, setting } from "./configured.js"
import type { Stop } from "./ExitCode.js"
import { loadStoreCommands } from "./loadStoreCommands.js"
import type { Common } from "./options.js"
import type { Output } from "./Output.js"

/**
 * Makes providers on the store that `OAUTH_STORE` names: a token that stands there is one that is not asked for. Without it,
 * or while the store cannot be used, tokens live as long as the command does.
 */
export const cached =
  (options: Common) =>
  <A, E, R>(
    self: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | Stop, R | Output | FileSystem.FileSystem | Path.Path | Scope.Scope> =>
    Effect.gen(function* () {
      const location = yield* setting("OAUTH_STORE").pipe(
        Effect.provide(dotEnv(options)),
        // whoever reads the configuration tells what is wrong with the file
        Effect.orElseSucceed(Option.none)
      )
      if (Option.isNone(location)) return yield* self
      const { forCaches } = yield* loadStoreCommands
      return yield* Effect.provideService(self, CacheStore, yield* forCaches(options))
    })
