import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { GenericOAuth, TokenFunction } from "../library.js"
import type { Credential, Peer } from "./peer.js"
import { tokenUrl } from "./peer.js"

/** The library's provider for a credential, as an application would make it. */
export const providerOf = ({ clientId, clientSecret, server }: Credential) =>
  GenericOAuth.make(clientId, {
    tokenUrl: tokenUrl(server),
    clientId,
    clientSecret: Redacted.make(clientSecret)
  }).pipe(Effect.provide(FetchHttpClient.layer))

export const library: Peer = {
  name: "effect-oauth",
  note: "margin a fifth of the lifetime, at most 300 s; refreshes behind the callers",
  make: async (credential) => {
    const scope = await Effect.runPromise(Scope.make())
    const get = await Effect.runPromise(Scope.extend(TokenFunction.make(providerOf(credential)), scope))
    return { get, close: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
  }
}
