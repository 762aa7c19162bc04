/**
 * From the settings of a client credentials provider to the provider: what every preset comes down to.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ClientCredentials from "../../grant/ClientCredentials.js"
import type { Grant } from "../../token/Grant.js"
import type { InvalidConfiguration } from "../../token/TokenError.js"
import * as TokenProvider from "../../TokenProvider.js"
import * as Endpoint from "./endpoint.js"
import { originsOf } from "./settings.js"

export type { CommonOptions } from "./endpoint.js"

export interface Settings extends Endpoint.Settings {
  readonly request: Omit<ClientCredentials.Options, "client">
}

/** A provider with these settings. */
export const make = (
  settings: Settings
): Effect.Effect<TokenProvider.TokenProvider, InvalidConfiguration, HttpClient.HttpClient | Scope.Scope> =>
  Effect.flatMap(grant(settings), (grant) =>
    TokenProvider.make({
      name: settings.issues.provider,
      grant,
      policy: settings.policy,
      origins: settings.origins ?? originsOf(settings.request.resource ?? [])
    })
  )

/** The grant of these settings, once all of them have been checked. */
export const grant = (
  settings: Settings
): Effect.Effect<Grant, InvalidConfiguration, HttpClient.HttpClient> =>
  Effect.flatMap(Endpoint.locate(settings), ({ client, endpoint }) =>
    ClientCredentials.make(endpoint, { ...settings.request, client })
  )
