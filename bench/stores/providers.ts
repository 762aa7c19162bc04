import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { CacheStore, GenericOAuth, RefreshTokenProvider, TokenProvider, TokenStore } from "../library.js"
import { tokenUrl } from "../peers/peer.js"
import type { Addresses } from "../server/protocol.js"

/** How a provider is made. Where no store is given it keeps its token in memory alone. */
export type Make = (options: {
  readonly server: Addresses
  readonly clientId: string
  /** Providers of one name and one client share a record. */
  readonly name: string
  readonly store: TokenStore.LeasedService | undefined
}) => Effect.Effect<TokenProvider.TokenProvider, unknown, Scope.Scope>

/** A machine's token, which is asked for as often as one likes. */
export const clientCredentials: Make = ({ clientId, name, server, store }) =>
  on(store, GenericOAuth.make(name, client(server, clientId)))

/** An account's token, whose refresh token is replaced with each use. */
export const rotating: Make = ({ clientId, name, server, store }) => {
  const options = { ...client(server, clientId), refreshToken: Redacted.make(`seed of ${name}`) }
  const grant = Effect.provide(RefreshTokenProvider.grant(name, options), FetchHttpClient.layer)
  return on(
    store,
    Effect.flatMap(grant, (grant) => TokenProvider.make({ name, grant }))
  )
}

const client = (server: Addresses, clientId: string) => ({
  tokenUrl: tokenUrl(server),
  clientId,
  clientSecret: Redacted.make("not-a-secret")
})

const on = <A, E, R>(store: TokenStore.LeasedService | undefined, make: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const settings =
      store === undefined
        ? Option.none()
        : Option.some(yield* Effect.provideService(CacheStore.settings(), TokenStore.LeasedTokenStore, store))
    return yield* Effect.provideService(make, CacheStore.CacheStore, settings)
  }).pipe(Effect.provide(FetchHttpClient.layer))
