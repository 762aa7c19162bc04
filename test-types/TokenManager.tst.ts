import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { AccessToken, TokenError, TokenStatus } from "effect-oauth"
import { AzureAd, Grant, StaticToken, TokenManager, TokenProvider } from "effect-oauth"
import { describe, expect, test } from "tstyche"

declare const graph: AzureAd.Options
declare const client: HttpClient.HttpClient

class VaultDown extends Data.TaggedError("VaultDown") {}
class Vault extends Context.Tag("app/Vault")<Vault, { readonly read: Effect.Effect<string, VaultDown> }>() {}

const fromVault = (name: string) =>
  Effect.gen(function* () {
    const vault = yield* Vault
    const value = yield* vault.read
    return yield* TokenProvider.make({
      name,
      grant: Grant.make({
        name: "vault",
        request: () => Effect.succeed({ value: Redacted.make(value) })
      })
    })
  })

declare const tokens: TokenManager.TokenManager<"graph" | "weather">

describe("TokenManager.make", () => {
  test("infers names, errors and requirements of providers of every kind", () => {
    const manager = TokenManager.make({
      graph: (name) => AzureAd.make(name, graph),
      weather: (name) => StaticToken.make(name, { value: Redacted.make("an-api-key") }),
      vault: fromVault
    })
    expect(manager).type.toBe<
      Effect.Effect<
        TokenManager.TokenManager<"graph" | "weather" | "vault">,
        TokenError.InvalidConfiguration | VaultDown,
        HttpClient.HttpClient | Vault | Scope.Scope
      >
    >()
  })

  test("infers no error and no requirement where there is none", () => {
    expect(TokenManager.make({ vault: () => Effect.succeed({} as TokenProvider.TokenProvider) })).type.toBe<
      Effect.Effect<TokenManager.TokenManager<"vault">, never, Scope.Scope>
    >()
    expect(TokenManager.make({})).type.toBe<
      Effect.Effect<TokenManager.TokenManager<never>, never, Scope.Scope>
    >()
  })

  test("takes names that are known only at run time", () => {
    const makers: Record<string, typeof fromVault> = {}
    expect(TokenManager.make(makers)).type.toBe<
      Effect.Effect<
        TokenManager.TokenManager<string>,
        TokenError.InvalidConfiguration | VaultDown,
        Vault | Scope.Scope
      >
    >()
  })

  test("takes nothing but providers", () => {
    expect(TokenManager.make).type.not.toBeCallableWith({ graph: () => Effect.succeed("a token") })
    expect(TokenManager.make).type.not.toBeCallableWith({ graph: Effect.never })
    expect(TokenManager.make).type.not.toBeCallableWith([fromVault])
  })
})

describe("the names of a manager", () => {
  test("are the only ones that it takes", () => {
    type Name = "graph" | "weather"
    expect<Parameters<typeof tokens.get>>().type.toBe<
      [name: Name, options?: { readonly force?: boolean | undefined } | undefined]
    >()
    expect<Parameters<typeof tokens.provider>>().type.toBe<[name: Name]>()
    expect<Parameters<typeof tokens.clear>>().type.toBe<[name: Name]>()
    expect<Parameters<typeof tokens.status>>().type.toBe<[name: Name]>()
    expect<Parameters<typeof tokens.remove>>().type.toBe<[name: Name]>()
    // @ts-expect-error is not assignable to parameter of type
    expect(tokens.get("wether")).type.toBe<Effect.Effect<AccessToken.AccessToken, TokenError.TokenError>>()
  })

  test("are the keys of what it tells of all", () => {
    expect(tokens.names).type.toBe<Effect.Effect<ReadonlyArray<"graph" | "weather">>>()
    expect(tokens.statusAll).type.toBe<
      Effect.Effect<ReadonlyMap<"graph" | "weather", TokenStatus.TokenStatus>>
    >()
    expect(tokens.refreshAll).type.toBe<
      Effect.Effect<
        ReadonlyMap<"graph" | "weather", Exit.Exit<AccessToken.AccessToken, TokenError.TokenError>>
      >
    >()
  })

  test("grow with a provider that is added; what its making needs and how it fails is told", () => {
    expect(tokens.add("vault", fromVault)).type.toBe<
      Effect.Effect<
        TokenManager.TokenManager<"graph" | "weather" | "vault">,
        TokenError.InvalidConfiguration | VaultDown,
        Vault
      >
    >()
  })

  test("tell one manager from another", () => {
    expect<TokenManager.TokenManager<"graph">>().type.not.toBeAssignableTo<
      TokenManager.TokenManager<"graph" | "weather">
    >()
  })
})

describe("an operation on one provider", () => {
  test("fails with what it can fail with", () => {
    expect(tokens.get("graph")).type.toBe<Effect.Effect<AccessToken.AccessToken, TokenError.TokenError>>()
    expect(tokens.status("graph")).type.toBe<
      Effect.Effect<TokenStatus.TokenStatus, TokenError.InvalidConfiguration>
    >()
    expect(tokens.provider("graph")).type.toBe<
      Effect.Effect<TokenProvider.TokenProvider, TokenError.InvalidConfiguration>
    >()
  })
})

class Tokens extends TokenManager.Tag("app/Tokens")<Tokens, "graph" | "weather">() {}
class Others extends TokenManager.Tag("app/Others")<Others, "graph" | "weather">() {}

declare const weather: StaticToken.Options

const makers = {
  graph: (name: string) => AzureAd.make(name, graph),
  weather: (name: string) => StaticToken.make(name, weather)
}

describe("TokenManager.Tag", () => {
  test("keeps its literal id, and the names", () => {
    expect(Tokens.key).type.toBe<"app/Tokens">()
    expect<Context.Tag.Service<typeof Tokens>>().type.toBe<TokenManager.TokenManager<"graph" | "weather">>()
  })

  test("two tags are two identities, with the same names, too", () => {
    expect<Tokens>().type.not.toBeAssignableTo<Others>()
    expect<typeof Tokens>().type.not.toBeAssignableTo<typeof Others>()
  })

  test("brings a manager that takes these names and no others", () => {
    expect(Effect.flatMap(Tokens, (tokens) => tokens.get("graph"))).type.toBe<
      Effect.Effect<AccessToken.AccessToken, TokenError.TokenError, Tokens>
    >()
    expect<Parameters<Context.Tag.Service<typeof Tokens>["get"]>[0]>().type.toBe<"graph" | "weather">()
  })

  test("wants the names to be said", () => {
    // @ts-expect-error Expected 2 type arguments, but got 1
    expect(TokenManager.Tag("app/Tokens")<Tokens>().key).type.toBe<"app/Tokens">()
  })
})

describe("TokenManager.layer", () => {
  test("fails and needs what its providers do", () => {
    expect(
      TokenManager.layer(Tokens, {
        graph: (name) => AzureAd.make(name, graph),
        weather: (name) => StaticToken.make(name, weather)
      })
    ).type.toBe<Layer.Layer<Tokens, TokenError.InvalidConfiguration, HttpClient.HttpClient>>()
    expect(TokenManager.layer(Tokens, { ...makers, weather: fromVault })).type.toBe<
      Layer.Layer<Tokens, TokenError.InvalidConfiguration | VaultDown, HttpClient.HttpClient | Vault>
    >()
  })

  test("neither fails nor needs anything where no provider does", () => {
    const free = () => Effect.succeed({} as TokenProvider.TokenProvider)
    expect(TokenManager.layer(Tokens, { graph: free, weather: free })).type.toBe<Layer.Layer<Tokens>>()
  })

  test("runs a program with its own tag's providers, and no other's", () => {
    const program = Effect.flatMap(Tokens, (tokens) => tokens.get("weather"))
    const free = { graph: fromVault, weather: fromVault }
    expect(Effect.provide(program, TokenManager.layer(Tokens, free))).type.toBe<
      Effect.Effect<AccessToken.AccessToken, TokenError.TokenError | VaultDown, Vault>
    >()
    expect(Effect.provide(program, TokenManager.layer(Others, free))).type.toBe<
      Effect.Effect<AccessToken.AccessToken, TokenError.TokenError | VaultDown, Tokens | Vault>
    >()
  })

  test("takes every name, and no other", () => {
    expect(TokenManager.layer).type.toBeCallableWith(Tokens, makers)
    expect(TokenManager.layer).type.not.toBeCallableWith(Tokens, { graph: makers.graph })
    expect(TokenManager.layer).type.not.toBeCallableWith(Tokens, { ...makers, vault: fromVault })
    expect(TokenManager.layer).type.not.toBeCallableWith(Tokens, { graph: makers.graph, wether: fromVault })
    expect(TokenManager.layer).type.not.toBeCallableWith(Tokens, {
      ...makers,
      weather: () => Effect.succeed("a token")
    })
    expect(TokenManager.layer).type.not.toBeCallableWith(client, makers)
  })

  test("takes names that are known only at run time", () => {
    class Any extends TokenManager.Tag("app/Any")<Any, string>() {}
    const found: Record<string, typeof fromVault> = {}
    expect(TokenManager.layer(Any, found)).type.toBe<
      Layer.Layer<Any, TokenError.InvalidConfiguration | VaultDown, Vault>
    >()
  })
})
