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
import * as DateTime from "effect/DateTime"
import type { ConfiguredProvider } from "../../config/ConfiguredProvider.js"
import { TokenEvents } from "../../telemetry/TokenEvents.js"
import type { Arrival } from "../../token/TokenEvent.js"
import { TokenEvent } from "../../token/TokenEvent.js"
import { Output } from "../Output.js"
import { ascii, blocks, frame } from "./frame.js"
import { rowOf } from "./row.js"
import * as Screen from "./screen.js"
import type { InvalidConfiguration } from "../../token/TokenError.js"
import * as TokenProvider from "../../TokenProvider.js"
import type { EventRecord } from "../eventLine.js"
import { incomplete, lineOf, fromEvent } from "../eventLine.js"

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

/**
 * A provider that is kept alive: it refreshes for those who ask, so somebody asks, again and again and whatever came of it
 * the last time. One whose settings are not complete is told of, and not asked.
 */
export const keptAlive = (
  configured: ConfiguredProvider,
  onIncomplete: (error: InvalidConfiguration) => Effect.Effect<void>
): Effect.Effect<TokenProvider.TokenProvider, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.matchEffect(configured.make, {
    onFailure: (error) => Effect.as(onIncomplete(error), TokenProvider.unconfigured(configured.name, error)),
    onSuccess: (provider) =>
      Effect.as(
        Effect.forkScoped(
          Effect.forever(Effect.zipRight(Effect.exit(provider.get), Effect.sleep("250 millis")))
        ),
        provider
      )
  })

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
    yield* Stream.runForEach(stream, (event) => put(fromEvent(event)))
  })
