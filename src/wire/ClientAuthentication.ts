/**
 * How a client proves who it is to the token endpoint: exactly one way a request (RFC 6749 §2.3).
 *
 * @since 0.1.0
 */
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import type { Parameters } from "./requestBody.js"
import { formEncode } from "./requestBody.js"

/**
 * A client authentication method under its registered name
 * ([IANA](https://www.iana.org/assignments/oauth-parameters)), with what it needs.
 *
 * @since 0.1.0
 * @category models
 */
export type ClientAuthentication = ClientSecretBasic | ClientSecretPost | None

/**
 * The secret stands in an `Authorization: Basic` header. Id and secret are form-encoded first, as RFC 6749 §2.3.1 wants
 * it; `encoding: "raw"` is for the servers that want them as they are.
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
 * The secret stands in the request's body.
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
 * There is no secret: a public client says its id only.
 *
 * @since 0.1.0
 * @category models
 */
export interface None {
  readonly method: "none"
  readonly clientId: string
}

/**
 * By an `Authorization: Basic` header.
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
 * By `client_id` and `client_secret` in the body.
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
 * By nothing but `client_id` in the body.
 *
 * @since 0.1.0
 * @category constructors
 */
export const none = (clientId: string): ClientAuthentication => ({ method: "none", clientId })

/**
 * What the method adds to a request: body parameters, an `Authorization` header, and the secrets that are in either, so
 * that they can be blotted out of what the server says.
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
