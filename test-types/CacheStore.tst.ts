import type * as HttpClient from "@effect/platform/HttpClient"
import type * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as Layer from "effect/Layer"
import type { TokenCipher, TokenError } from "effect-oauth"
import {
  AzureAd,
  CacheStore,
  KeyValueTokenStore,
  MemoryTokenStore,
  RefreshTokenProvider,
  TokenProvider,
  TokenStore
} from "effect-oauth"
import { describe, expect, it } from "tstyche"

class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}

declare const azure: AzureAd.Options
declare const consent: RefreshTokenProvider.Options

describe("a provider on a token store", () => {
  it("needs the store, and nothing else more", () => {
    expect(AzureAd.layer(Graph, azure).pipe(Layer.provide(CacheStore.layer()))).type.toBe<
      Layer.Layer<Graph, TokenError.InvalidConfiguration, HttpClient.HttpClient | TokenStore.LeasedTokenStore>
    >()
    expect(
      AzureAd.layer(Graph, azure).pipe(
        Layer.provide(CacheStore.layer()),
        Layer.provide(MemoryTokenStore.layer)
      )
    ).type.toBe<Layer.Layer<Graph, TokenError.InvalidConfiguration, HttpClient.HttpClient>>()
  })

  it("does not take a store without leases unless it is told that there is one process only", () => {
    expect(Layer.provide(CacheStore.layer(), KeyValueTokenStore.layer)).type.toBe<
      Layer.Layer<
        CacheStore.CacheStore,
        TokenError.InvalidConfiguration,
        TokenStore.LeasedTokenStore | KeyValueStore.KeyValueStore | TokenCipher.TokenCipher
      >
    >()
    expect(Layer.provide(CacheStore.layerSingleProcess(), KeyValueTokenStore.layer)).type.toBe<
      Layer.Layer<
        CacheStore.CacheStore,
        TokenError.InvalidConfiguration,
        KeyValueStore.KeyValueStore | TokenCipher.TokenCipher
      >
    >()
  })

  it("has leases where its refresh token rotates", () => {
    expect(RefreshTokenProvider.layer(Graph, consent)).type.toBe<
      Layer.Layer<Graph, TokenError.InvalidConfiguration, HttpClient.HttpClient | TokenStore.LeasedTokenStore>
    >()
  })
})
