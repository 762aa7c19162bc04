/**
 * The client credentials grant (RFC 6749 §4.4): a machine requests tokens in its own name.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type { Grant, Issued } from "../token/Grant.js"
import type { TokenError } from "../token/TokenError.js"
import type { Parameters, TokenEndpoint } from "../wire/TokenEndpoint.js"
import { exchange } from "../wire/TokenEndpoint.js"
import type { Client } from "./identity.js"
import { identityOf, requestParameters } from "./identity.js"

export type {
  /**
   * The client and the server. The server is given by its token URL or by its issuer.
   *
   * @since 0.1.0
   * @category models
   */
  Client
} from "./identity.js"

/**
 * What the token request contains. `audience` is several servers' own parameter for the API that the token is for,
 * `resource` is the one of RFC 8707; `parameters` are further parameters of the server.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly scopes?: ReadonlyArray<string> | undefined
  readonly audience?: string | undefined
  readonly resource?: ReadonlyArray<string> | undefined
  readonly parameters?: Parameters | undefined
  /** The `grant_type`, for servers that have their own name for this grant. */
  readonly grantType?: string | undefined
  /** The client and the server. With them the grant has an identity, made of this and of all the above except secret values. */
  readonly client?: Client | undefined
}

/**
 * A grant that requests tokens with the client's own credentials. The endpoint is an effect, since it may have to be
 * discovered first.
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
    const parameters = requestParameters(grantType, options)
    return {
      name: grantType,
      replay: "safe",
      identity: options.client === undefined ? undefined : identityOf(grantType, options.client, options),
      request: () =>
        Effect.flatMap(endpoint, (endpoint) => exchange(endpoint, parameters)).pipe(
          // This grant has no refresh token (RFC 6749 §4.4.3); one that a server sends is never used.
          Effect.map((issued): Issued => ({
            ...issued,
            scopes: issued.scopes ?? scopes,
            refreshToken: undefined
          })),
          Effect.provideService(HttpClient.HttpClient, client)
        )
    }
  })
