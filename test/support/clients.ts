import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Undici from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

interface Client {
  readonly client: string
  readonly layer: Layer.Layer<HttpClient.HttpClient>
}

/** Every client that the platform has for Node. */
export const clients: ReadonlyArray<Client> = [
  { client: "fetch", layer: FetchHttpClient.layer },
  { client: "node:http", layer: NodeHttpClient.layer },
  { client: "undici", layer: NodeHttpClient.layerUndici }
]

/** Clients that keep one connection to an origin, and wait for it. */
export const clientsOfOneConnection: ReadonlyArray<Client> = [
  {
    client: "node:http",
    layer: NodeHttpClient.layerWithoutAgent.pipe(
      Layer.provide(NodeHttpClient.makeAgentLayer({ keepAlive: true, maxSockets: 1 }))
    )
  },
  {
    client: "undici",
    layer: NodeHttpClient.layerUndiciWithoutDispatcher.pipe(
      Layer.provide(
        Layer.scoped(
          NodeHttpClient.Dispatcher,
          Effect.acquireRelease(
            Effect.sync(() => new Undici.Agent({ connections: 1, pipelining: 1 })),
            (agent) => Effect.promise(() => agent.destroy())
          )
        )
      )
    )
  }
]
