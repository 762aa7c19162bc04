/**
 * Client authentication at the token endpoint; each request uses exactly one method (RFC 6749 §2.3).
 *
 * @since 0.1.0
 */
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import type { Parameters } from "./requestBody.js"
import { formEncode } from "./requestBody.js"

/**
 * A client authentication method by its registered name
 * ([IANA](https://www.iana.org/assignments/oauth-parameters)), with the client's credentials.
 *
 * @since 0.1.0
 * @category models
 */
export type ClientAuthentication = ClientSecretBasic | ClientSecretPost | None

/**
 * Sends the client id and secret in an `Authorization: Basic` header. Both are form-encoded first, as RFC 6749 §2.3.1
 * requires; `encoding: "raw"` is for servers that expect them unencoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientSecretBasic {
  readonly method: "client_secret_basic"
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  readonly encoding: "form" | "raw"
}

/**
 * Sends the client id and secret in the request body.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientSecretPost {
  readonly method: "client_secret_post"
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
}

/**
 * Sends the client id in the request body. A public client has no secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface None {
  readonly method: "none"
  readonly clientId: string
}

/**
 * Authenticates with an `Authorization: Basic` header.
 *
 * @since 0.1.0
 * @category constructors
 */
export const basic = (
  clientId: string,
  clientSecret: Redacted.Redacted,
  encoding: "form" | "raw" = "form"
): ClientAuthentication => ({ method: "client_secret_basic", clientId, clientSecret, encoding })

/**
 * Authenticates with `client_id` and `client_secret` in the body.
 *
 * @since 0.1.0
 * @category constructors
 */
export const post = (clientId: string, clientSecret: Redacted.Redacted): ClientAuthentication => ({
  method: "client_secret_post",
  clientId,
  clientSecret
})

/**
 * Identifies a public client by `client_id` in the body.
 *
 * @since 0.1.0
 * @category constructors
 */
export const none = (clientId: string): ClientAuthentication => ({ method: "none", clientId })

/**
 * What the method adds to a request: body parameters, an `Authorization` header, and the secrets in either, so that they
 * can be redacted from the server's error texts.
 */
export const apply = (
  self: ClientAuthentication
): {
  readonly parameters: Parameters
  readonly authorization: Redacted.Redacted | undefined
  readonly secrets: ReadonlyArray<Redacted.Redacted>
} => {
  switch (self.method) {
    case "client_secret_basic": {
      const encode = self.encoding === "form" ? formEncode : (text: string) => text
      const pair = `${encode(self.clientId)}:${encode(Redacted.value(self.clientSecret))}`
      const credentials = Redacted.make(Encoding.encodeBase64(pair))
      return {
        parameters: {},
        authorization: Redacted.make(`Basic ${Redacted.value(credentials)}`),
        secrets: [self.clientSecret, credentials]
      }
    }
    case "client_secret_post":
      return {
        parameters: { client_id: self.clientId, client_secret: self.clientSecret },
        authorization: undefined,
        secrets: [self.clientSecret]
      }
    case "none":
      return { parameters: { client_id: self.clientId }, authorization: undefined, secrets: [] }
  }
}
