import type * as Azure from "@azure/core-auth"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { TokenError } from "effect-oauth"
import { AzureAd, BearerFetch, TokenCredential, TokenFunction, TokenProvider } from "effect-oauth"
import { describe, expect, test } from "tstyche"

class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}

declare const options: AzureAd.Options

describe("BearerFetch.make", () => {
  const made = BearerFetch.make(Graph, { origins: ["https://graph.microsoft.com"] })

  test("makes what fetch is, and fails where the origins make no sense", () => {
    expect(made).type.toBe<Effect.Effect<typeof globalThis.fetch, TokenError.InvalidConfiguration, Graph>>()
  })

  test("takes what fetch takes, and brings what it brings", () => {
    type Fetch = Effect.Effect.Success<typeof made>
    expect<Fetch>().type.toBeAssignableTo<
      (input: string | URL | Request, init?: RequestInit) => Promise<Response>
    >()
    expect<Fetch>().type.toBeAssignableTo<typeof globalThis.fetch>()
    expect<typeof globalThis.fetch>().type.toBeAssignableTo<Fetch>()
  })
})

describe("TokenFunction.make", () => {
  test("makes a function that brings the value", () => {
    expect(TokenFunction.make(Graph)).type.toBe<Effect.Effect<() => Promise<string>, never, Graph>>()
  })
})

describe("TokenCredential", () => {
  test("is what Azure's SDKs take", () => {
    expect<TokenCredential.TokenCredential>().type.toBeAssignableTo<Azure.TokenCredential>()
    expect<TokenCredential.BearerToken>().type.toBeAssignableTo<Azure.AccessToken>()
  })

  test("takes every option that Azure's SDKs give, without leaning on the looseness of methods", () => {
    expect<Azure.GetTokenOptions>().type.toBeAssignableTo<TokenCredential.GetTokenOptions>()
    expect<AbortSignal>().type.toBeAssignableTo<TokenCredential.AbortSignalLike>()
    expect<Parameters<Azure.TokenCredential["getToken"]>[0]>().type.toBeAssignableTo<
      Parameters<TokenCredential.TokenCredential["getToken"]>[0]
    >()
  })

  test("needs what its providers need, and tells their failures in its promises", () => {
    const made = TokenCredential.make((scopes) => {
      expect(scopes).type.toBe<ReadonlyArray<string>>()
      return AzureAd.make("azure", { ...options, scopes })
    })
    expect(made).type.toBe<
      Effect.Effect<TokenCredential.TokenCredential, never, HttpClient.HttpClient | Scope.Scope>
    >()
  })

  test("is made of one provider", () => {
    expect(TokenCredential.fromProvider(Graph, ["https://graph.microsoft.com/.default"])).type.toBe<
      Effect.Effect<TokenCredential.TokenCredential, never, Graph>
    >()
  })
})
