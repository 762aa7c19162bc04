/**
 * One process of several that share a grant: its fibers ask for the token again and again, and it tells what they get.
 * Whatever it has told is true even if it is killed in the next moment.
 */
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
import { writeSync } from "node:fs"
import { LeasedTokenStore } from "../../../src/store/TokenStore.js"
import type { AccessToken } from "../../../src/token/AccessToken.js"
import type { TokenError } from "../../../src/token/TokenError.js"
import { crashing } from "./crashing.js"
import type { Orders, Word } from "./orders.js"
import { storeAt } from "./places.js"
import { providerOf, Shared } from "./provider.js"

const tell = (word: Word): void => void writeSync(1, `${JSON.stringify(word)}\n`)

/** What the gets of this process have given, told once whenever it changes. */
const outcomes = () => {
  let last: AccessToken | string | undefined
  return {
    token: (token: AccessToken) => {
      if (token === last) return
      last = token
      tell({ told: "token", at: Date.now(), ...inWords(token) })
    },
    failure: (error: TokenError) => {
      const { _tag: tag, message, reason } = error
      if (last === `${tag}/${reason}`) return
      last = `${tag}/${reason}`
      tell({ told: "failure", at: Date.now(), tag, reason, message })
    }
  }
}

/** What its parent wants of it. */
interface Command {
  isStopped: boolean
  refresh: () => void
}

const inWords = ({ expiresAt, value }: AccessToken) => ({
  digest: createHash("sha256").update(Redacted.value(value)).digest("base64url"),
  expiresAt: DateTime.toEpochMillis(expiresAt)
})

const work = ({ fibers, patience, pause }: Orders, command: Command) =>
  Effect.gen(function* () {
    const provider = yield* Shared
    const outcome = outcomes()
    const counts = { gets: 0, failures: 0, slowest: 0 }
    /** When the gets that are under way were begun. */
    const begun = Array.from({ length: fibers }, () => Infinity)

    const get = (fiber: number) =>
      Effect.gen(function* () {
        const before = Date.now()
        begun[fiber] = before
        const got = yield* Effect.either(provider.get)
        begun[fiber] = Infinity
        counts.gets++
        counts.slowest = Math.max(counts.slowest, Date.now() - before)
        if (Either.isLeft(got)) {
          counts.failures++
          outcome.failure(got.left)
          return
        }
        if (DateTime.toEpochMillis(got.right.expiresAt) <= before) {
          tell({ told: "expired", at: before, ...inWords(got.right) })
        }
        outcome.token(got.right)
      })

    const watch = Effect.sync(() => {
      const longest = Date.now() - Math.min(...begun)
      if (longest <= patience) return
      tell({ told: "hang", at: Date.now(), millis: longest })
      begun.fill(Infinity)
    })

    const refresh = Effect.map(Effect.either(provider.refresh), (refreshed) => {
      if (Either.isLeft(refreshed)) outcome.failure(refreshed.left)
      else outcome.token(refreshed.right)
      tell({ told: "refreshed" })
    })
    const runFork = Runtime.runFork(yield* Effect.runtime())
    command.refresh = () => void runFork(refresh)

    const watching = yield* Effect.fork(Effect.forever(Effect.zipRight(Effect.sleep("250 millis"), watch)))
    yield* Effect.forEach(
      Array.from({ length: fibers }, (_, fiber) => fiber),
      (fiber) =>
        Effect.repeat(Effect.zipLeft(get(fiber), Effect.sleep(Duration.millis(pause))), {
          until: () => command.isStopped
        }),
      { concurrency: "unbounded", discard: true }
    )
    yield* Fiber.interrupt(watching)
    return counts
  })

const run = (orders: Orders, command: Command) => {
  const { client, store } = crashing(orders.crash, (at) => Effect.sync(() => tell({ told: "crash", at })))
  const provider = providerOf(orders, ({ _tag: tag }) => tell({ told: "event", at: Date.now(), tag })).pipe(
    Layer.provide(
      Layer.provide(
        Layer.effect(LeasedTokenStore, Effect.map(LeasedTokenStore, store)),
        storeAt(orders.place)
      )
    ),
    Layer.provide(
      Layer.provide(
        Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, client)),
        FetchHttpClient.layer
      )
    )
  )
  return work(orders, command).pipe(
    Effect.provide(provider),
    Effect.map((counts) => tell({ told: "done", ...counts }))
  )
}

process.once("message", (orders: Orders) => {
  const command: Command = { isStopped: false, refresh: () => undefined }
  process.on("message", (word: "stop" | "refresh") => {
    if (word === "stop") command.isStopped = true
    else command.refresh()
  })
  void Effect.runPromise(run(orders, command)).then(
    () => process.disconnect(),
    (problem: unknown) => {
      console.error(problem)
      process.exit(1)
    }
  )
})
// whoever has started it is gone, or it is done
process.once("disconnect", () => process.exit())
tell({ told: "ready" })
