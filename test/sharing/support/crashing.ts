/** A client and a store that kill their process at a given point. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { LeasedService } from "../../../src/store/TokenStore.js"
import type { Crash, CrashPoint } from "./orders.js"

export interface Crashing {
  readonly client: (client: HttpClient.HttpClient) => HttpClient.HttpClient
  readonly store: (store: LeasedService) => LeasedService
}

/** Crash or no crash, each request carries the process's id as its `User-Agent`. */
export const crashing = (
  crash: Crash | undefined,
  tell: (at: CrashPoint) => Effect.Effect<void>
): Crashing => {
  let requests = 0
  const isThere = (at: CrashPoint) => crash?.at === at && crash.requests === requests
  const reach = (at: CrashPoint): Effect.Effect<void> =>
    Effect.suspend(() => (isThere(at) ? Effect.zipRight(tell(at), die) : Effect.void))
  return {
    client: (client) =>
      client.pipe(
        HttpClient.mapRequest(HttpClientRequest.setHeader("user-agent", String(process.pid))),
        HttpClient.transform((answer) =>
          Effect.gen(function* () {
            yield* reach("before the request leaves")
            requests++
            const response = yield* answer
            // reading it is what makes it come; a body can be read once, and the process that dies needs it no more
            if (isThere("after the answer came"))
              yield* Effect.zipRight(response.text, reach("after the answer came"))
            return response
          })
        )
      ),
    store: (store) => ({
      ...store,
      save: (entry, expected) => {
        // what is presented is marked before its request, and no more when its answer is saved
        const isMark = Option.isSome(entry.presentedAt)
        return Effect.zipRight(
          isMark ? reach("before the mark") : Effect.void,
          Effect.tap(store.save(entry, expected), () => (isMark ? Effect.void : reach("after the save")))
        )
      },
      release: (lease) => Effect.zipRight(reach("before the release"), store.release(lease))
    })
  }
}

/** Nothing that comes after it happens. */
const die = Effect.zipRight(
  Effect.sync(() => process.kill(process.pid, "SIGKILL")),
  Effect.never
)
