/** `effect-oauth store list`: what is in the store. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Stop } from "../ExitCode.js"
import { Output } from "../Output.js"
import { count } from "../render/text.js"
import { describe, table } from "./describe.js"
import type { Owner, StoreOptions } from "./options.js"
import { isOf } from "./options.js"
import { openOrExit, orStop } from "./open.js"
import * as Records from "./records.js"
import { configuredStore } from "./settings.js"

/** Writes the records of an owner without their contents. */
export const list = (
  options: StoreOptions & Owner
): Effect.Effect<void, Stop, Output | FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const output = yield* Output
    const location = yield* configuredStore(options)
    const store = yield* openOrExit(location, options)
    const records = yield* orStop(Records.list(store), options)
    const found = yield* orStop(
      Records.inspect(
        store,
        records.filter(({ key }) => isOf(options)(key))
      ),
      options
    )
    if (options.json) return yield* output.json({ store: location.shown, records: found.map(describe) })
    const lines = found.length === 0 ? [] : ["", ...table(found, yield* DateTime.now, output.style)]
    const title = `${output.style.strong(location.shown)}  ${count(found.length, "record")}`
    yield* Effect.forEach([title, ...lines], output.line, { discard: true })
  }).pipe(Effect.scoped)
