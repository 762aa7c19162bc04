/** A client and a store that report each step of a refresh, and kill their process at a given one. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { LeasedService } from "../../../src/store/TokenStore.js"
import type { Crash, Message, Step } from "./messages.js"

export interface Observed {
  /** Each request carries the process's id as its `User-Agent`. */
  readonly client: (client: HttpClient.HttpClient) => HttpClient.HttpClient
  readonly store: (store: LeasedService) => LeasedService
}

export const observed = (crash: Crash | undefined, tell: (message: Message) => void): Observed => {
  let requests = 0
  const isAt = (step: Step) => crash?.step === step && crash.requests === requests
  const reach = (step: Step): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (!isAt(step)) return Effect.void
      tell({ type: "crash", step })
      return die
    })
  return {
    client: (client) =>
      client.pipe(
        HttpClient.mapRequest(HttpClientRequest.setHeader("user-agent", String(process.pid))),
        HttpClient.transform((exchange) =>
          Effect.gen(function* () {
            yield* reach("before the request leaves")
            requests++
            tell({ type: "request", at: Date.now() })
            const response = yield* exchange
            // the response has come once its body is read, which works once; a process that dies needs it no more
            if (isAt("after the response came"))
              yield* Effect.zipRight(response.text, reach("after the response came"))
            return response
          })
        )
      ),
    store: (store) => ({
      ...store,
      save: (entry, expected) =>
        Effect.gen(function* () {
          const intent = Option.getOrUndefined(Option.map(entry.presentedAt, DateTime.toEpochMillis))
          if (intent !== undefined) yield* reach("before the intent")
          const saved = yield* store.save(entry, expected)
          if (Option.isSome(saved)) {
            tell({ type: "saved", at: Date.now(), record: entry.key.id, version: saved.value, intent })
          }
          if (intent === undefined) yield* reach("after the save")
          return saved
        }),
      acquire: (key, holder, length) =>
        Effect.map(store.acquire(key, holder, length), (lease) => {
          if (Option.isSome(lease)) tell({ type: "lease", at: Date.now(), fence: lease.value.fence })
          return lease
        }),
      release: (lease) =>
        reach("before the release").pipe(
          Effect.zipRight(store.release(lease)),
          Effect.map(() => tell({ type: "released", at: Date.now(), fence: lease.fence }))
        )
    })
  }
}

/** Nothing comes after it. */
const die = Effect.zipRight(
  Effect.sync(() => process.kill(process.pid, "SIGKILL")),
  Effect.never
)
