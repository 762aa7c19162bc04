/**
 * The client credentials grant (RFC 6749 §4.4): a machine asks in its own name.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type { Grant, Issued } from "../token/Grant.js"
import type { TokenError } from "../token/TokenError.js"
import type { Parameters, TokenEndpoint } from "../wire/TokenEndpoint.js"
import { exchange } from "../wire/TokenEndpoint.js"
import { parametersOf } from "./asked.js"
import type { Client } from "./identity.js"
import { identityOf } from "./identity.js"

export type {
  /**
   * Who asks whom. The server is given by its token URL or by its issuer.
   *
   * @since 0.1.0
   * @category models
   */
  Client
} from "./identity.js"

/**
 * What is asked for. `audience` is what several servers call the API that the token is for, `resource` is RFC 8707's
 * word for it; `parameters` are whatever else a server wants.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly scopes?: ReadonlyArray<string> | undefined
  readonly audience?: string | undefined
  readonly resource?: ReadonlyArray<string> | undefined
  readonly parameters?: Parameters | undefined
  /** The `grant_type`, for servers that have their own name for what is otherwise this grant. */
  readonly grantType?: string | undefined
  /** Who asks whom. With it the grant has an identity, which is made of this and of all the above but for secret values. */
  readonly client?: Client | undefined
}

/**
 * A grant that asks the token endpoint with the client's own credentials. The endpoint is an effect, since it may have to
 * be discovered first.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  endpoint: Effect.Effect<TokenEndpoint, TokenError, HttpClient.HttpClient>,
  options: Options
): Effect.Effect<Grant, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (client) => {
    const scopes = options.scopes ?? []
    const grantType = options.grantType ?? "client_credentials"
    const parameters = parametersOf(grantType, options)
    return {
      name: grantType,
      replay: "safe",
      identity: options.client === undefined ? undefined : identityOf(grantType, options.client, options),
      request: () =>
        Effect.flatMap(endpoint, (endpoint) => exchange(endpoint, parameters)).pipe(
          // a refresh token has no place in this grant (RFC 6749 §4.4.3) and is never presented
          Effect.map((issued): Issued => ({
            ...issued,
            scopes: issued.scopes ?? scopes,
            refreshToken: undefined
          })),
          Effect.provideService(HttpClient.HttpClient, client)
        )
    }
  })
