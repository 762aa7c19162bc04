/** `watch` on a terminal. */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Terminal from "@effect/platform/Terminal"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ConfiguredProvider } from "../../config/ConfiguredProvider.js"
import { TokenEvents } from "../../telemetry/TokenEvents.js"
import type { Arrival } from "../../token/TokenEvent.js"
import { TokenEvent } from "../../token/TokenEvent.js"
import { Output } from "../Output.js"
import { keptAlive } from "./alive.js"
import { ascii, blocks } from "./bar.js"
import { frame } from "./frame.js"
import { rowOf } from "./row.js"
import * as Screen from "./screen.js"

/**
 * A picture of all providers, drawn anew once a second, with every event, and whenever the terminal has another size.
 */
export const drawProviders = (
  chosen: ReadonlyArray<ConfiguredProvider>
): Effect.Effect<
  never,
  never,
  Output | Terminal.Terminal | TokenEvents | HttpClient.HttpClient | Scope.Scope
> =>
  Effect.gen(function* () {
    const { style } = yield* Output
    const glyphs = (yield* isUnicode) ? blocks : ascii
    const wake = yield* Queue.sliding<void>(1)
    const arrivals = yield* lastArrivals(Queue.offer(wake, undefined))
    const providers = yield* Effect.forEach(chosen, (one) => keptAlive(one, () => Effect.void))
    const screen = yield* Screen.open
    yield* Screen.onResize(() => void wake.unsafeOffer(undefined))

    const draw = Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const rows = yield* Effect.forEach(providers, ({ name, status }) =>
        Effect.map(status, (status) => rowOf(name, status, Option.fromNullable(arrivals.get(name)), now))
      )
      yield* screen.draw(frame(rows, { ...(yield* screen.size), style, glyphs }))
    })
    return yield* Effect.forever(Effect.zipRight(draw, Effect.timeoutOption(Queue.take(wake), "1 second")))
  })

/** The last arrival of each provider that was heard of, as long as the scope is open; `then` is done after every event. */
const lastArrivals = (then: Effect.Effect<unknown>) =>
  Effect.gen(function* () {
    const arrivals = new Map<string, Arrival>()
    const { stream } = yield* (yield* TokenEvents).subscribe({ name: "watch" })
    yield* Effect.forkScoped(
      Stream.runForEach(stream, (event) => {
        if (isArrival(event)) arrivals.set(event.provider, event)
        return then
      })
    )
    return arrivals
  })

const isArrival = Predicate.or(
  TokenEvent.$is("Acquired"),
  Predicate.or(TokenEvent.$is("Refreshed"), TokenEvent.$is("Adopted"))
)

/** Whether the terminal shows more than ASCII, as far as the locale tells. */
const isUnicode = Effect.map(
  Config.all(["LC_ALL", "LC_CTYPE", "LANG"].map((name) => Config.withDefault(Config.string(name), ""))),
  (locales) => /utf-?8/i.test(locales.find((locale) => locale !== "") ?? "utf-8")
).pipe(
  Effect.withConfigProvider(ConfigProvider.fromEnv()),
  Effect.orElseSucceed(() => false)
)
