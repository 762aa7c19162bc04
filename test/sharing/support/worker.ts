/** One process of several that share a grant: its fibers ask for the token again and again, and it tells what they get. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import { createHash } from "node:crypto"
import { storeAt } from "../../store/support/locations.js"
import { listen, tell as tellTest } from "../../support/parentProcess.js"
import { LeasedTokenStore } from "../../../src/store/TokenStore.js"
import type { AccessToken } from "../../../src/token/AccessToken.js"
import type { TokenError } from "../../../src/token/TokenError.js"
import type { Command, Job, Message } from "./messages.js"
import { observed } from "./observed.js"
import { providerOf, Shared } from "./provider.js"

const tell = (message: Message): void => tellTest(message)

/** Tells what the gets of this process come to, whenever that changes. */
const outcomes = () => {
  let last: AccessToken | string | undefined
  return {
    token: (token: AccessToken) => {
      if (token === last) return
      last = token
      tell({ type: "token", at: Date.now(), ...describe(token) })
    },
    failure: (error: TokenError) => {
      const { _tag: tag, message, reason } = error
      if (last === `${tag}/${reason}`) return
      last = `${tag}/${reason}`
      tell({ type: "failure", at: Date.now(), tag, reason, message })
    }
  }
}

const describe = ({ expiresAt, value }: AccessToken) => ({
  digest: createHash("sha256").update(Redacted.value(value)).digest("base64url"),
  expiresAt: DateTime.toEpochMillis(expiresAt)
})

interface Control {
  isStopped: boolean
  refresh: () => void
}

const work = ({ fibers, patience, pause }: Job, control: Control) =>
  Effect.gen(function* () {
    const provider = yield* Shared
    const outcome = outcomes()
    const counts = { gets: 0, failures: 0 }
    /** When the gets under way began. */
    const begun = Array.from({ length: fibers }, () => Infinity)

    const get = (fiber: number) =>
      Effect.gen(function* () {
        const before = Date.now()
        begun[fiber] = before
        const got = yield* Effect.either(provider.get)
        begun[fiber] = Infinity
        counts.gets++
        if (Either.isLeft(got)) {
          counts.failures++
          outcome.failure(got.left)
          return
        }
        if (DateTime.toEpochMillis(got.right.expiresAt) <= before) {
          tell({ type: "expired", at: before, ...describe(got.right) })
        }
        outcome.token(got.right)
      })

    const watch = Effect.sync(() => {
      const longest = Date.now() - Math.min(...begun)
      if (longest <= patience) return
      tell({ type: "hang", at: Date.now(), millis: longest })
      begun.fill(Infinity)
    })

    const runFork = Runtime.runFork(yield* Effect.runtime())
    control.refresh = () =>
      void runFork(
        Effect.map(Effect.either(provider.refresh), (refreshed) =>
          tell({ type: "refreshed", failure: Either.isLeft(refreshed) ? refreshed.left.message : undefined })
        )
      )

    const watching = yield* Effect.fork(Effect.forever(Effect.zipRight(Effect.sleep("250 millis"), watch)))
    yield* Effect.forEach(
      Array.from({ length: fibers }, (_, fiber) => fiber),
      (fiber) =>
        Effect.repeat(Effect.zipLeft(get(fiber), Effect.sleep(Duration.millis(pause))), {
          until: () => control.isStopped
        }),
      { concurrency: "unbounded", discard: true }
    )
    yield* Fiber.interrupt(watching)
    return counts
  })

const run = (job: Job, control: Control) => {
  const { client, store } = observed(job.crash, tell)
  const provider = providerOf(job, ({ _tag: tag }) => tell({ type: "event", at: Date.now(), tag })).pipe(
    Layer.provide(
      Layer.provide(
        Layer.effect(LeasedTokenStore, Effect.map(LeasedTokenStore, store)),
        storeAt(job.location)
      )
    ),
    Layer.provide(
      Layer.provide(
        Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, client)),
        FetchHttpClient.layer
      )
    )
  )
  return work(job, control).pipe(
    Effect.provide(provider),
    Effect.map((counts) => tell({ type: "done", ...counts }))
  )
}

const control: Control = { isStopped: false, refresh: () => undefined }
listen((command: Command) => {
  if (command.type === "stop") control.isStopped = true
  else if (command.type === "refresh") control.refresh()
  else {
    void Effect.runPromise(run(command.job, control)).then(
      () => process.disconnect(),
      (problem: unknown) => {
        console.error(problem)
        process.exit(1)
      }
    )
  }
})
tell({ type: "ready" })
