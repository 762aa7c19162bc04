/** The providers that share a grant, or a machine's token, through a store. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as CacheStore from "../../../src/cache/CacheStore.js"
import type { Options as PolicyOptions } from "../../../src/cache/RefreshPolicy.js"
import * as GenericOAuth from "../../../src/provider/GenericOAuth.js"
import * as RefreshTokenProvider from "../../../src/provider/RefreshTokenProvider.js"
import type { LeasedTokenStore } from "../../../src/store/TokenStore.js"
import type { InvalidConfiguration } from "../../../src/token/TokenError.js"
import type { TokenEvent } from "../../../src/token/TokenEvent.js"
import { TokenEventSink } from "../../../src/token/TokenEvent.js"
import * as TokenProvider from "../../../src/TokenProvider.js"
import type { ProviderOrders } from "./orders.js"

export class Shared extends TokenProvider.Tag("app/Shared")<Shared>() {}

/** The provider of these orders, and where its events go. */
export const providerOf = (
  orders: ProviderOrders,
  emit: (event: TokenEvent) => void = () => undefined
): Layer.Layer<Shared, InvalidConfiguration, HttpClient.HttpClient | LeasedTokenStore> => {
  const client = {
    tokenUrl: orders.tokenUrl,
    clientId: orders.clientId,
    clientSecret: Redacted.make(orders.clientSecret),
    policy: policyOf(orders),
    allowLoopbackHttp: true
  }
  const store = { lease: orders.lease, timeout: orders.timeout }
  const provider =
    orders.seed === undefined
      ? Layer.provide(GenericOAuth.layer(Shared, client), CacheStore.layer(store))
      : RefreshTokenProvider.layer(Shared, {
          ...client,
          refreshToken: Redacted.make(orders.seed),
          gracePeriod: orders.gracePeriod,
          store
        })
  return Layer.provide(provider, Layer.succeed(TokenEventSink, { emit }))
}

const policyOf = ({ deadline, marginFraction }: ProviderOrders): PolicyOptions => ({
  deadline,
  ...(marginFraction === undefined ? {} : { marginFraction, marginJitter: 0 })
})
