/** The two servers that the demo talks to, and how it talks to them. */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { TokenError, TokenProvider } from "effect-oauth"
import { BearerClient, GenericOAuth, type RefreshPolicy } from "effect-oauth"
import { createHash, randomBytes } from "node:crypto"
import * as OidcServer from "../../servers/oidcServer.js"
import * as ProtectedApi from "../../servers/protectedApi.js"

export interface World {
  readonly server: OidcServer.OidcServer
  readonly api: ProtectedApi.ProtectedApi
  /** A provider for one of the registered clients. */
  readonly provider: (
    client: ClientId,
    options?: { readonly policy?: RefreshPolicy.Options; readonly secret?: string }
  ) => Effect.Effect<TokenProvider.TokenProvider, TokenError.TokenError, HttpClient.HttpClient | Scope.Scope>
}

/** Each step has a client of its own, so that the server can count for each, and the lifetime of its tokens in seconds. */
const lifetimes = {
  acquire: 600,
  "ten-thousand-gets": 600,
  "ten-thousand-requests": 600,
  "refresh-ahead": 4,
  outage: 6,
  revoked: 600,
  "wrong-secret": 600
}

export type ClientId = keyof typeof lifetimes

/** Both servers run in this process, on loopback, as long as the scope is open. */
export const make: Effect.Effect<World, never, Scope.Scope> = Effect.gen(function* () {
  const secret = Redacted.make(randomBytes(24).toString("base64url"))
  const server = yield* OidcServer.make({
    clients: Object.entries(lifetimes).map(([id, lifetime]) => ({
      id,
      lifetime,
      secret: Redacted.value(secret)
    }))
  })
  const api = yield* ProtectedApi.make(server)
  return {
    server,
    api,
    provider: (client, options = {}) =>
      GenericOAuth.make(`demo/${client}`, {
        issuer: server.issuer,
        clientId: client,
        clientSecret: options.secret === undefined ? secret : Redacted.make(options.secret),
        scope: "read",
        origins: [api.origin],
        allowLoopbackHttp: true,
        policy: options.policy
      })
  }
})

/** One request to the API with the provider's token: brings the status, once the answer was read to its end. */
export const caller = (
  { api }: World,
  provider: TokenProvider.TokenProvider
): Effect.Effect<
  Effect.Effect<number, HttpClientError.HttpClientError | TokenError.TokenError>,
  TokenError.TokenError,
  HttpClient.HttpClient
> =>
  Effect.map(BearerClient.make(Effect.succeed(provider), { allowLoopbackHttp: true }), (http) =>
    Effect.flatMap(http.get(`${api.origin}/invoices`), (response) =>
      Effect.as(response.text, response.status)
    )
  )

/** What the API has seen since. */
export const trafficSince = ({ api }: World): (() => ProtectedApi.Traffic) => {
  const before = api.traffic()
  return () => {
    const now = api.traffic()
    return {
      accepted: now.accepted - before.accepted,
      refused: now.refused - before.refused,
      tokens: now.tokens - before.tokens
    }
  }
}

/** Something by which a person can tell two tokens apart, and nobody can make one. */
export const fingerprint = (value: Redacted.Redacted): string =>
  createHash("sha256").update(Redacted.value(value)).digest("hex").slice(0, 8)
