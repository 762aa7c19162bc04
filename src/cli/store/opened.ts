/** A store for a command, which ends where the store fails. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { LeasedService } from "../../store/TokenStore.js"
import type { StoreFailure } from "../../token/TokenError.js"
import { stopWith } from "../configured.js"
import type { Stop } from "../ExitCode.js"
import type { Output } from "../Output.js"
import { fromTokenError } from "../Problem.js"
import { open } from "./open.js"
import type { StoreOptions } from "./options.js"
import type { Place } from "./place.js"

/** The store without its cipher. Ends the command where there is none at the place. */
export const opened = (
  place: Place,
  options: StoreOptions
): Effect.Effect<LeasedService, Stop, Output | FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.catchAll(open(place), (problem) => stopWith(problem, options))

/** Tells of a store that fails, and ends the command. */
export const orStop = <A, R>(
  self: Effect.Effect<A, StoreFailure, R>,
  options: StoreOptions
): Effect.Effect<A, Stop, Output | R> =>
  Effect.catchAll(self, (error) => stopWith(fromTokenError(error), options))
