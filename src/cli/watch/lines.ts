/** `watch` where there is no terminal, or where JSON is wanted. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ConfiguredProvider } from "../../config/ConfiguredProvider.js"
import { TokenEvents } from "../../telemetry/TokenEvents.js"
import { Output } from "../Output.js"
import { keptAlive } from "./alive.js"
import type { EventRecord } from "./record.js"
import { incomplete, lineOf, recordOf } from "./record.js"

/** One line for each event, as it happens. */
export const writeEvents = (
  chosen: ReadonlyArray<ConfiguredProvider>,
  { json }: { readonly json: boolean }
): Effect.Effect<void, never, Output | TokenEvents | HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const output = yield* Output
    const put = (record: EventRecord) => (json ? output.json(record) : output.line(lineOf(record)))
    // before there are providers, so that their first events are not missed
    const { stream } = yield* (yield* TokenEvents).subscribe({ name: "watch" })
    for (const one of chosen) {
      yield* keptAlive(one, (error) =>
        Effect.flatMap(DateTime.now, (now) => put(incomplete(one.name, now, error)))
      )
    }
    yield* Stream.runForEach(stream, (event) => put(recordOf(event)))
  })
