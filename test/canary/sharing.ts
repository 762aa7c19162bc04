/** Providers on a token store: what they keep there, what they tell of it, and what the store shows of that. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { CacheStore, MemoryTokenStore, TokenError, TokenEvent, TokenProvider, TokenStore } from "effect-oauth"
import type { Entry, Exercise } from "./lives.js"
import { life, origins, own, policy, vault } from "./lives.js"
import { marks } from "./marks.js"

/** Two providers that share a token; a third one whose store fails as soon as it is to be written. */
const sharing = (cacheStore: Layer.Layer<CacheStore.CacheStore, unknown, TokenStore.TokenStore>): Exercise =>
  Effect.gen(function* () {
    const events: Array<TokenEvent.TokenEvent> = []
    const sink = { emit: (event: TokenEvent.TokenEvent) => void events.push(event) }
    const store = yield* MemoryTokenStore.make
    const settings = yield* Effect.provide(CacheStore.CacheStore, cacheStore).pipe(
      Effect.provideService(TokenStore.TokenStore, store)
    )
    const first = yield* own(marks.accessToken, marks.otherSecret).pipe(
      Effect.provideService(CacheStore.CacheStore, settings),
      Effect.provideService(TokenEvent.TokenEventSink, sink)
    )
    const token = yield* first.get
    const lived = yield* life(
      own(marks.otherSecret, marks.accessToken).pipe(
        Effect.provideService(CacheStore.CacheStore, settings),
        Effect.provideService(TokenEvent.TokenEventSink, sink)
      )
    )
    const listed = yield* Stream.runCollect(store.list)
    const broken = Effect.map(MemoryTokenStore.make, (store) => ({
      ...store,
      save: () => Effect.fail(new TokenError.StoreFailure({ provider: "app/Api", reason: "Unavailable" }))
    }))
    const failed = yield* Effect.flatMap(
      TokenProvider.make({ name: "app/Api", grant: vault(marks.accessToken), policy, origins }),
      ({ get }) => Effect.exit(get)
    ).pipe(
      Effect.provide(Layer.provide(CacheStore.layer(), TokenStore.layerLeased(broken))),
      Effect.provideService(TokenEvent.TokenEventSink, sink)
    )
    const missing = ["Adopted", "StoreUnavailable"].filter((tag) => events.every(({ _tag }) => _tag !== tag))
    if (missing.length > 0) return yield* Effect.dieMessage(`there was no ${missing.join(", ")}`)
    return {
      shows: [settings, token, listed, failed, ...events, ...lived.shows],
      holds: [marks.refreshToken, ...lived.holds]
    }
  })

const leased = Layer.effectContext(
  Effect.map(MemoryTokenStore.make, (store) => TokenStore.LeasedTokenStore.context(store))
)

const fromSettings = Layer.effect(CacheStore.CacheStore, Effect.map(CacheStore.settings(), Option.some))

export const sharedCaches: Readonly<Record<string, Entry>> = {
  "CacheStore.CacheStore": sharing(Layer.provide(CacheStore.layer(), leased)),
  "CacheStore.settings": sharing(Layer.provide(fromSettings, leased)),
  "CacheStore.layer": sharing(Layer.provide(CacheStore.layer(), leased)),
  "CacheStore.layerSingleProcess": sharing(CacheStore.layerSingleProcess())
}
