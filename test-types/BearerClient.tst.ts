import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "tstyche"
import type { TokenError } from "effect-oauth"
import { BearerClient, TokenProvider } from "effect-oauth"

class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}

declare const http: BearerClient.BearerClient
declare const client: HttpClient.HttpClient
declare const opened: Effect.Effect<TokenProvider.TokenProvider, "no vault", "vault">

type Typed = HttpClientError.HttpClientError | TokenError.TokenError

describe("the typed client", () => {
  it("fails with the client's errors and the token's, and with nothing else", () => {
    expect(http.get("https://api.example.com")).type.toBe<
      Effect.Effect<HttpClientResponse.HttpClientResponse, Typed>
    >()
    expect<BearerClient.BearerClient>().type.toBe<HttpClient.HttpClient.With<Typed>>()
  })

  it("does not pass for a plain client", () => {
    expect<HttpClient.HttpClient>().type.not.toBeAssignableFrom(http)
  })

  it("has its token errors caught by their tags", () => {
    const caught = http.get("https://api.example.com").pipe(
      Effect.catchTags({
        CredentialRejected: () => Effect.succeed("rejected"),
        TransientFailure: () => Effect.succeed("later")
      })
    )
    expect(caught).type.toBe<
      Effect.Effect<
        HttpClientResponse.HttpClientResponse | string,
        Exclude<Typed, { readonly _tag: "CredentialRejected" | "TransientFailure" }>
      >
    >()
  })
})

describe("the folded client", () => {
  it("is a plain client", () => {
    expect(BearerClient.fold(http)).type.toBe<HttpClient.HttpClient>()
    expect<HttpClient.HttpClient>().type.toBeAssignableFrom(BearerClient.fold(http))
  })
})

describe("the constructors", () => {
  it("need the provider and a client", () => {
    expect(BearerClient.make(Graph)).type.toBe<
      Effect.Effect<BearerClient.BearerClient, TokenError.InvalidConfiguration, Graph | HttpClient.HttpClient>
    >()
    expect(BearerClient.makeFolded(Graph)).type.toBe<
      Effect.Effect<HttpClient.HttpClient, TokenError.InvalidConfiguration, Graph | HttpClient.HttpClient>
    >()
  })

  it("keep what it takes to bring the provider", () => {
    expect(BearerClient.make(opened)).type.toBe<
      Effect.Effect<
        BearerClient.BearerClient,
        "no vault" | TokenError.InvalidConfiguration,
        "vault" | HttpClient.HttpClient
      >
    >()
  })

  it("make a function from client to client without needing one", () => {
    expect(BearerClient.transform(Graph)).type.toBe<
      Effect.Effect<
        (client: HttpClient.HttpClient) => BearerClient.BearerClient,
        TokenError.InvalidConfiguration,
        Graph
      >
    >()
  })

  it("take a provider, not a client", () => {
    expect(BearerClient.make).type.not.toBeCallableWith(Effect.succeed(client))
  })
})
