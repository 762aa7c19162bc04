import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import { AzureAd, BearerClient, BearerFetch, TokenManager, TokenProvider } from "effect-oauth"
import { Auth0Users } from "effect-oauth/auth0"
import { FakeAuthorizationServer, TestTokenProvider } from "effect-oauth/testing"

// Exported without annotations: their declarations compile only if every type in them has a name that a consumer can reach.
export class Api extends TokenProvider.Tag("consumer/Api")<Api>() {}

export const ApiLive = AzureAd.layerConfig(Api, {
  tenantId: Config.string("AZURE_TENANT_ID"),
  clientId: Config.string("AZURE_CLIENT_ID"),
  clientSecret: Config.redacted("AZURE_CLIENT_SECRET"),
  scopes: Config.succeed("https://graph.microsoft.com/.default")
})

export const client = BearerClient.make(Api)
export const fetching = BearerFetch.make(Api)
export const makeFetch = BearerFetch.make
export const status = Effect.flatMap(Api, (api) => api.status)
export const server = FakeAuthorizationServer.make()
export const UsersLive = Auth0Users.layerConfig()
export const tokens = TokenManager.make({ api: (name) => TestTokenProvider.make(name, "a-test-token") })

const program = Effect.flatMap(Api, (provider) => provider.get)

// Compiles only if the layer gives what the program needs, and runs only if both entry points share one tag.
await Effect.runPromise(Effect.provide(program, TestTokenProvider.layer(Api, "a-test-token")))
await Effect.runPromise(
  Effect.provide(client, TestTokenProvider.layer(Api, "a-test-token")).pipe(
    Effect.provide(FetchHttpClient.layer)
  )
)
console.log("a consumer's program ran")
