// as the page prints it, one layer after the other
// @effect-diagnostics multipleEffectProvide:off
import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { AzureAd, BearerClient, TokenProvider } from "effect-oauth"
import { formOf, recordingClient } from "../support/recordingClient.js"

class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}

const GraphLive = AzureAd.layerConfig(Graph, {
  tenantId: Config.string("AZURE_TENANT_ID"),
  clientId: Config.string("AZURE_CLIENT_ID"),
  clientSecret: Config.redacted("AZURE_CLIENT_SECRET"),
  scopes: Config.succeed(["https://graph.microsoft.com/.default"])
})

const program = Effect.gen(function* () {
  const http = yield* BearerClient.make(Graph)
  return yield* http.get("https://graph.microsoft.com/v1.0/users")
})

const environment = new Map([
  ["AZURE_TENANT_ID", "a-tenant"],
  ["AZURE_CLIENT_ID", "the-client"],
  ["AZURE_CLIENT_SECRET", "s3cret"]
])

const users = { value: [{ displayName: "Ada" }] }

const world = (rejects = false) =>
  recordingClient(({ url }) => {
    if (url.startsWith("https://graph.microsoft.com/")) return { body: users }
    return rejects
      ? {
          status: 401,
          body: { error: "invalid_client", error_description: "AADSTS7000215: Invalid client secret." }
        }
      : { body: { access_token: "graph-token", token_type: "Bearer", expires_in: 3599 } }
  })

describe("the first page", () => {
  it.effect("a request carries Graph's token", () =>
    Effect.gen(function* () {
      const { layer, requests } = world()
      const answer = yield* program.pipe(
        Effect.flatMap((response) => response.json),
        Effect.provide(GraphLive),
        Effect.provide(layer),
        Effect.withConfigProvider(ConfigProvider.fromMap(environment))
      )
      expect(answer).toEqual(users)
      expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
        "POST https://login.microsoftonline.com/a-tenant/oauth2/v2.0/token",
        "GET https://graph.microsoft.com/v1.0/users"
      ])
      expect(requests.map(formOf)[0]).toMatchObject({ scope: "https://graph.microsoft.com/.default" })
      expect(requests[1]?.headers["authorization"]).toBe("Bearer graph-token")
    })
  )

  it.effect("a wrong credential is told to the operator", () =>
    Effect.gen(function* () {
      const { layer, requests } = world(true)
      const told = yield* program.pipe(
        Effect.as("an answer"),
        Effect.catchTag("CredentialRejected", ({ reason }) => Effect.succeed(`mend it: ${reason}`)),
        Effect.catchTag("TransientFailure", () => Effect.succeed("later")),
        Effect.provide(GraphLive),
        Effect.provide(layer),
        Effect.withConfigProvider(ConfigProvider.fromMap(environment))
      )
      expect(told).toBe("mend it: InvalidClient")
      expect(requests).toHaveLength(1)
    })
  )

  it.effect("settings that are missing are named when the layer is built", () =>
    Effect.gen(function* () {
      const { layer, requests } = world()
      const error = yield* Effect.flatMap(Graph, () => HttpClient.HttpClient).pipe(
        Effect.provide(GraphLive),
        Effect.provide(layer),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map())),
        Effect.flip
      )
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", reason: "Missing" })
      expect(error.issues.map(({ path }) => path)).toEqual([...environment.keys()])
      expect(requests).toEqual([])
    })
  )
})
