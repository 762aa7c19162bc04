/** Who has access to a store in files. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import { isOpenToOthers } from "../../store/internal/versionedFile.js"
import type { Problem } from "../Problem.js"
import { count, printable } from "../render/text.js"
import type { Finding } from "./finding.js"

/** Whether all that is in the directory is its owner's alone, as the store has made it. */
export const modes = (
  directory: string
): Effect.Effect<Finding, Problem, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const names = yield* fs.readDirectory(directory, { recursive: true })
    const open = yield* Effect.filter(
      names,
      (name) =>
        fs.stat(path.join(directory, name)).pipe(
          Effect.map(({ mode }) => isOpenToOthers(mode)),
          // it was removed since it was listed
          Effect.orElseSucceed(() => false)
        ),
      { concurrency: 8 }
    )
    if (open.length === 0) return { text: "the folder and all that is in it are its owner's alone" }
    return {
      text: `others than its owner have access to ${count(open.length, "file")}, ${printable(open[0] ?? "")} for one`,
      advice: `Somebody has changed modes: chmod -R go= ${printable(directory)}`,
      facts: { open }
    }
  }).pipe(
    Effect.catchTags({
      BadArgument: () => Effect.fail(unreadable),
      SystemError: () => Effect.fail(unreadable)
    })
  )

const unreadable: Problem = {
  tag: "StoreFailure",
  reason: "Unavailable",
  message: "the folder cannot be read",
  remedy: "See whether this user may read it: it is its owner's alone."
}
