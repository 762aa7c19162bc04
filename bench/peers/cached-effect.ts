import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Credential, Peer } from "./peer.js"
import { tokenUrl } from "./peer.js"

const TokenAnswer = Schema.Struct({ access_token: Schema.String, expires_in: Schema.Number })

/**
 * What Effect users write by hand. The time to live has to be known before the first token is there, so it stands for
 * the lifetime that the server is expected to give.
 */
export const cachedToken = ({ clientId, clientSecret, server }: Credential, ttl: Duration.DurationInput) =>
  HttpClient.HttpClient.pipe(
    Effect.flatMap((client) =>
      HttpClient.filterStatusOk(client).post(tokenUrl(server), {
        body: HttpBody.urlParams([
          ["grant_type", "client_credentials"],
          ["client_id", clientId],
          ["client_secret", clientSecret]
        ])
      })
    ),
    Effect.flatMap(HttpClientResponse.schemaBodyJson(TokenAnswer)),
    Effect.map((answer) => answer.access_token),
    Effect.scoped,
    Effect.provide(FetchHttpClient.layer),
    Effect.cachedInvalidateWithTTL(ttl),
    Effect.map(([token]) => token)
  )

export const cachedEffect: Peer = {
  name: "cachedInvalidateWithTTL",
  note: "around a request with `HttpClient`; a fixed time to live, failures are cached too",
  make: async (credential) => {
    // the margin is a fifth of the lifetime
    const token = await Effect.runPromise(cachedToken(credential, Duration.seconds(credential.margin * 4)))
    return { get: () => Effect.runPromise(token) }
  }
}
