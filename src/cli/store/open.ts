/** Opens a token store that is there. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as FileTokenStore from "../../store/FileTokenStore.js"
import * as SqlTokenStore from "../../store/sql/SqlTokenStore.js"
import { TokenCipher } from "../../store/TokenCipher.js"
import type { LeasedService } from "../../store/TokenStore.js"
import type { Problem } from "../Problem.js"
import { fromTokenError } from "../Problem.js"
import { connect, requireTable } from "./connect.js"
import { untouched } from "./keyId.js"
import type { Place } from "./place.js"
import * as Problems from "./problems.js"

/**
 * The store without its cipher: contents are as they stand there. Neither folder nor file nor table comes to be by it.
 */
export const open = (
  place: Place
): Effect.Effect<LeasedService, Problem, FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.suspend((): Opening => (place._tag === "Files" ? openFiles(place) : openDatabase(place))).pipe(
    Effect.provideService(TokenCipher, untouched)
  )

type Opening = Effect.Effect<
  LeasedService,
  Problem,
  FileSystem.FileSystem | Path.Path | Scope.Scope | TokenCipher
>

const openFiles = (place: Extract<Place, { readonly _tag: "Files" }>) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    if (path.sep === "\\") return yield* Effect.fail(Problems.notOnWindows(place))
    // the store would make it
    if (!(yield* Effect.orElseSucceed(fs.exists(place.directory), () => false))) {
      return yield* Effect.fail(Problems.notThere(place))
    }
    return yield* Effect.mapError(FileTokenStore.make({ directory: place.directory }), (error) =>
      error._tag === "InvalidConfiguration"
        ? Problems.notPrivate(place.directory, place)
        : fromTokenError(error)
    )
  })

const openDatabase = (place: Exclude<Place, { readonly _tag: "Files" }>) =>
  Effect.gen(function* () {
    const sql = yield* connect(place)
    for (const table of ["oauth_tokens", "oauth_leases"]) {
      yield* requireTable(sql, place, table, "SqlTokenStore.migrate")
    }
    return yield* SqlTokenStore.make({ migrate: false }).pipe(
      Effect.provideService(SqlClient, sql),
      Effect.catchTags({
        SqlError: (error) => Effect.fail(Problems.noConnection(place, error)),
        MigrationError: () => Effect.dieMessage("nothing is migrated here")
      })
    )
  })
