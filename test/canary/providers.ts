import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import {
  BearerClient,
  GenericOAuth,
  RefreshPolicy,
  TokenCache,
  TokenEvent,
  TokenManager,
  TokenProvider,
  TokenStatus
} from "effect-oauth"
import { inspect } from "node:util"
import { settle } from "../support/clock.js"
import type { Entry, Exercise } from "./lives.js"
import { Api, life, origins, own, policy, served, settings, token, valueOf, vault } from "./lives.js"
import { marks } from "./marks.js"
import * as Servers from "./servers.js"

/** The life of a provider that emits every event there is, and is in every state that there is. */
const everything: Exercise = Effect.gen(function* () {
  const events: Array<TokenEvent.TokenEvent> = []
  const statuses: Array<TokenStatus.TokenStatus> = []
  const latch = yield* Effect.makeLatch()
  const server = Servers.server(
    Servers.shortToken,
    Servers.nextToken,
    (request, said) => Effect.zipRight(latch.await, Servers.nextToken(request, said)),
    Servers.shortToken,
    Servers.shortToken,
    Servers.answer("a server that is down"),
    Servers.answer("an error with a description")
  )
  const api = Servers.server(Servers.unauthorized, Servers.ok)
  const shows = yield* Effect.gen(function* () {
    const provider = yield* served(GenericOAuth.make("app/Api", settings), server)
    const look = Effect.flatMap(provider.status, (status) => Effect.sync(() => statuses.push(status)))
    yield* look
    yield* provider.get
    yield* look
    const http = yield* served(BearerClient.make(Effect.succeed(provider)), api)
    const response = yield* http.get("https://api.example.com")
    const refreshing = yield* Effect.fork(provider.refresh)
    yield* settle
    yield* provider.clear
    yield* look
    yield* latch.open
    yield* Fiber.join(refreshing)
    const refreshed = yield* provider.refresh
    yield* TestClock.adjust("50 seconds")
    yield* look
    for (const wait of ["2 seconds", "10 seconds", "1 second"] as const) {
      yield* provider.get.pipe(Effect.ignore)
      yield* settle
      yield* look
      yield* TestClock.adjust(wait)
    }
    const error = yield* Effect.flip(provider.get)
    yield* look
    return [provider, http, response, refreshed, error]
  }).pipe(Effect.provideService(TokenEvent.TokenEventSink, { emit: (event) => void events.push(event) }))
  const missing = [
    ...[
      "Acquired",
      "Refreshed",
      "RefreshFailed",
      "Rejected",
      "Discarded",
      "Invalidated",
      "Cleared",
      "Replayed"
    ].filter((tag) => events.every(({ _tag }) => _tag !== tag)),
    ...["Empty", "Fresh", "Due"].filter((state) => statuses.every((status) => status.state !== state)),
    ...(statuses.some(({ isRefreshing }) => isRefreshing) ? [] : ["refreshing"]),
    ...(statuses.some(({ windowUntil }) => Option.isSome(windowUntil)) ? [] : ["an open window"])
  ]
  if (missing.length > 0) return yield* Effect.dieMessage(`there was no ${missing.join(", ")}`)
  return { shows: [...events, ...statuses, ...shows], holds: [...server.heard, ...api.heard] }
})

export const events: Readonly<Record<string, Entry>> = {
  "TokenEvent.TokenEvent": everything,
  "TokenEvent.TokenEventSink": Effect.map(TokenEvent.TokenEventSink, (sink) => ({
    shows: [TokenEvent.TokenEventSink, sink, Context.make(TokenEvent.TokenEventSink, sink)],
    holds: [valueOf(token)]
  })),
  "TokenEvent.unsafeEmit": Effect.sync(() => {
    const emit = () => {
      throw new Error(`a sink that knows ${valueOf(token)}`)
    }
    const event = TokenEvent.TokenEvent.Cleared({ provider: "app/Api", at: DateTime.unsafeMake(0) })
    TokenEvent.unsafeEmit({ emit }, event)
    return { shows: [event], holds: [valueOf(token)] }
  })
}

/** A `ConfigError` of every kind, each with a secret in its message. */
const configError = ConfigError.And(
  ConfigError.Or(
    ConfigError.InvalidData(["A", "B"], `"${marks.otherSecret}" is no number`),
    ConfigError.MissingData(["C"], `nothing beside ${marks.otherSecret}`)
  ),
  ConfigError.And(
    ConfigError.SourceUnavailable(["D"], marks.otherSecret, Cause.die(new Error(marks.otherSecret))),
    ConfigError.Unsupported(["E"], marks.otherSecret)
  )
)

const inLayer = <E>(layer: Layer.Layer<Api, E>) =>
  Effect.gen(function* () {
    const built = yield* Layer.build(layer)
    const provider = Context.get(built, Api)
    const { holds, shows } = yield* life(Effect.succeed(provider))
    return { shows: [layer, built, ...shows], holds }
  })

class Tokens extends TokenManager.Tag("app/Tokens")<Tokens, "good">() {}

export const providers: Readonly<Record<string, Entry>> = {
  "TokenCache.make": Effect.gen(function* () {
    const made = TokenCache.make({
      provider: "app/Api",
      grant: vault(marks.accessToken, marks.nextToken),
      policy: RefreshPolicy.defaults
    })
    const cache = yield* made
    const token = yield* cache.get
    const next = yield* cache.refresh
    const outcomes = [yield* cache.invalidate(token), yield* cache.status, yield* cache.clear]
    return {
      shows: [made, cache, Object.values(cache), token, next, outcomes],
      holds: [valueOf(token), valueOf(next)]
    }
  }),
  "TokenManager.Tag": Effect.gen(function* () {
    const tokens = yield* TokenManager.make({ good: () => own(marks.accessToken) })
    const token = yield* tokens.get("good")
    return { shows: [Tokens, Tokens.of(tokens), Context.make(Tokens, tokens)], holds: [valueOf(token)] }
  }),
  "TokenManager.layer": Effect.gen(function* () {
    const layer = TokenManager.layer(Tokens, { good: () => own(marks.accessToken) })
    const built = yield* Layer.build(layer)
    const tokens = Context.get(built, Tokens)
    const token = yield* tokens.get("good")
    return { shows: [layer, built, tokens, Object.values(tokens), token], holds: [valueOf(token)] }
  }),
  "TokenManager.make": Effect.gen(function* () {
    const tokens = yield* TokenManager.make({
      good: () => own(marks.accessToken, marks.nextToken),
      bad: (name) =>
        served(
          GenericOAuth.make(name, settings),
          Servers.server(Servers.answer("an error with a description"))
        )
    })
    const token = yield* tokens.get("good")
    const more = yield* tokens.add("more", () => own(marks.otherSecret))
    const refreshed = yield* more.refreshAll
    const shows = [
      ...[
        tokens,
        more,
        Object.values(tokens),
        token,
        refreshed,
        yield* tokens.statusAll,
        yield* more.status("more")
      ],
      ...[yield* tokens.provider("good"), yield* Effect.exit(tokens.get("bad")), yield* more.remove("more")],
      yield* Effect.flip(more.get("more"))
    ]
    return { shows, holds: [valueOf(token)] }
  }),
  "TokenProvider.Tag": Effect.gen(function* () {
    const provider = yield* own(marks.accessToken)
    const token = yield* provider.get
    return { shows: [Api, Api.of(provider), Context.make(Api, provider)], holds: [valueOf(token)] }
  }),
  "TokenProvider.fromConfigError": Effect.sync(() => ({
    shows: [TokenProvider.fromConfigError("app/Api", configError)],
    holds: [inspect(configError)]
  })),
  "TokenProvider.layer": Effect.suspend(() =>
    inLayer(TokenProvider.layer(Api, { grant: vault(marks.accessToken, marks.nextToken), policy, origins }))
  ),
  "TokenProvider.layersOf": Effect.suspend(() => {
    const layers = TokenProvider.layersOf(
      (name: string, { secret }: { readonly secret: Redacted.Redacted }) =>
        TokenProvider.make({ name, grant: vault(Redacted.value(secret)) })
    )
    const secret = Redacted.make<string>(marks.accessToken)
    return Effect.map(
      Effect.all([
        inLayer(layers.layer(Api, { secret })),
        inLayer(layers.layerConfig(Api, { secret: Config.succeed(secret) })),
        inLayer(layers.layerConfigOptional(Api, { secret: Config.succeed(secret) }))
      ]),
      (all) => ({
        shows: [layers, ...all.flatMap(({ shows }) => shows)],
        holds: all.flatMap(({ holds }) => holds)
      })
    )
  }),
  "TokenProvider.make": Effect.suspend(() => life(own(marks.accessToken, marks.nextToken))),
  "TokenProvider.unconfigured": Effect.gen(function* () {
    const provider = TokenProvider.unconfigured(
      "app/Api",
      TokenProvider.fromConfigError("app/Api", configError)
    )
    const outcomes = [
      yield* Effect.exit(provider.get),
      yield* Effect.exit(provider.headers),
      yield* provider.status
    ]
    return { shows: [provider, Object.values(provider), ...outcomes], holds: [inspect(configError)] }
  })
}
