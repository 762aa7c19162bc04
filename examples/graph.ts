/**
 * A service that reads Microsoft Graph with its own credential.
 *
 * Set `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`, then run
 * `npx tsx --tsconfig tsconfig.test.json examples/graph.ts`.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TokenError } from "effect-oauth"
import { AzureAd, BearerClient, TokenProvider } from "effect-oauth"

class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}

const GraphLive = AzureAd.layerConfig(Graph, {
  tenantId: Config.string("AZURE_TENANT_ID"),
  clientId: Config.string("AZURE_CLIENT_ID"),
  clientSecret: Config.redacted("AZURE_CLIENT_SECRET"),
  scopes: Config.succeed(["https://graph.microsoft.com/.default"])
})

const program = Effect.gen(function* () {
  const http = yield* BearerClient.make(Graph)
  const response = yield* http.get("https://graph.microsoft.com/v1.0/users")
  yield* Console.log(yield* response.json)
})

const tellTheOperator = (error: TokenError.CredentialRejected) =>
  Console.error(
    `${error.message}\nCheck the client's id and secret, and what the administrator has consented to.`
  )

const tryAgainLater = (error: TokenError.TransientFailure) =>
  Console.error(`There is no token before ${DateTime.formatIso(error.retryAt)}.`)

program.pipe(
  Effect.catchTag("CredentialRejected", tellTheOperator),
  Effect.catchTag("TransientFailure", tryAgainLater),
  Effect.provide(Layer.provideMerge(GraphLive, FetchHttpClient.layer)),
  NodeRuntime.runMain
)
