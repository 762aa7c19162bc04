import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { TokenError } from "effect-oauth"
import { Auth0Users } from "effect-oauth/auth0"
import * as Auth0Server from "./auth0Server.js"

export const clientSecret = "canary-client-secret-0c51"

export interface Tenant {
  readonly server: Auth0Server.Auth0Server
  readonly users: Auth0Users.Service
}

/** A tenant on loopback, and the client of its users, by whichever HTTP client there is. */
export const begin = (
  options: Auth0Users.Options & {
    readonly clientSecret?: string
    readonly token?: (number: number) => string
  } = {}
): Effect.Effect<Tenant, TokenError.InvalidConfiguration, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const server = yield* Auth0Server.make({ clientSecret, ...(options.token && { token: options.token }) })
    const layer = Auth0Users.layer({
      domain: server.domain,
      clientId: Auth0Server.clientId,
      clientSecret: Redacted.make(options.clientSecret ?? clientSecret),
      allowLoopbackHttp: true,
      deadline: options.deadline,
      rateLimitWaits: options.rateLimitWaits
    })
    return { server, users: Context.get(yield* Layer.build(layer), Auth0Users.Auth0Users) }
  })

export const connection = "Username-Password-Authentication"
