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
import type { ProviderSettings } from "./messages.js"

export class Shared extends TokenProvider.Tag("app/Shared")<Shared>() {}

/** The provider of these settings; `emit` gets its events. */
export const providerOf = (
  settings: ProviderSettings,
  emit: (event: TokenEvent) => void = () => undefined
): Layer.Layer<Shared, InvalidConfiguration, HttpClient.HttpClient | LeasedTokenStore> => {
  const client = {
    tokenUrl: settings.tokenUrl,
    clientId: settings.clientId,
    clientSecret: Redacted.make(settings.clientSecret),
    policy: policyOf(settings),
    allowLoopbackHttp: true
  }
  const store = { lease: settings.lease, timeout: settings.timeout }
  const provider =
    settings.refreshToken === undefined
      ? Layer.provide(GenericOAuth.layer(Shared, client), CacheStore.layer(store))
      : RefreshTokenProvider.layer(Shared, {
          ...client,
          refreshToken: Redacted.make(settings.refreshToken),
          gracePeriod: settings.gracePeriod,
          store
        })
  return Layer.provide(provider, Layer.succeed(TokenEventSink, { emit }))
}

const policyOf = ({ deadline, margin }: ProviderSettings): PolicyOptions => ({
  deadline,
  ...(margin === undefined ? {} : { margin, marginFraction: 1, marginJitter: 0 })
})
