/**
 * What of a fake authorization server can be set.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import type { Answer } from "../Answer.js"
import type { IssuedToken } from "./issuing.js"
import type { SeenRequest } from "./SeenRequest.js"

/**
 * A registered client. One without a secret is public, and says its `client_id` only. One without a list of scopes gets
 * whatever it asks for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Client {
  readonly clientId: string
  readonly clientSecret?: string | Redacted.Redacted | undefined
  readonly scopes?: ReadonlyArray<string> | undefined
}

/**
 * How the server behaves.
 *
 * @since 0.1.0
 * @category models
 */
export interface Behaviour {
  /** How long an access token lives from the moment its request arrived. Default: 1 hour. */
  readonly lifetime: Duration.DurationInput
  /** How `expires_in` is said. Default: `"number"`. */
  readonly expiresIn: "number" | "string" | "omitted"
  /** What `refresh_in` says, as Microsoft's servers do. Default: nothing. */
  readonly refreshIn: Duration.DurationInput | undefined
  /** Whether an answer says which scopes were granted. Default: `"echoed"`. */
  readonly scope: "echoed" | "omitted"
  /**
   * How long answers take, by Effect's clock: those to token and metadata requests, or, where a function is given, those
   * that it gives a time for. The server acts when the request arrives. Default: no time.
   */
  readonly delay: Duration.DurationInput | ((request: SeenRequest) => Duration.DurationInput)
  /** How clients may authenticate. Default: by `client_secret_basic` and by `client_secret_post`. */
  readonly clientAuthenticationMethods: ReadonlyArray<"client_secret_basic" | "client_secret_post">
  /** How Basic's id and secret are read: as RFC 6749 §2.3.1 has it, or as they are. Default: `"form"`. */
  readonly basicEncoding: "form" | "raw"
  /** Further names of the client credentials grant, such as Zoom's `account_credentials`. Default: none. */
  readonly clientCredentialsGrantTypes: ReadonlyArray<string>
  /**
   * Whether a refresh token is replaced when it is presented. The one before is good for nothing then, and whoever
   * presents it again loses the grant, with every token that came of it (RFC 9700 §4.14). Default: `true`.
   */
  readonly rotation: boolean
  /**
   * How long a refresh token that was replaced may be presented all the same, for another new one, as at Xero's server.
   * Default: no time.
   */
  readonly rotationGrace: Duration.DurationInput
  /** Which metadata documents there are. Default: both. */
  readonly metadata: ReadonlyArray<"openid" | "oauth2">
  /** Members that are added to the metadata, or put in the place of the usual ones. */
  readonly metadataMembers: Readonly<Record<string, unknown>>
  /** What stands before `access-token-1`, `refresh-token-1` and so on. Default: nothing. */
  readonly tokenPrefix: string
  /** What a protected resource answers to an active token. Default: JSON that says for whom it is. */
  readonly resource: ((request: SeenRequest, token: IssuedToken) => Answer) | undefined
}

export const defaults: Behaviour = {
  lifetime: "1 hour",
  expiresIn: "number",
  refreshIn: undefined,
  scope: "echoed",
  delay: 0,
  clientAuthenticationMethods: ["client_secret_basic", "client_secret_post"],
  basicEncoding: "form",
  clientCredentialsGrantTypes: [],
  rotation: true,
  rotationGrace: 0,
  metadata: ["openid", "oauth2"],
  metadataMembers: {},
  tokenPrefix: "",
  resource: undefined
}

export const defaultClients: ReadonlyArray<Client> = [
  { clientId: "a-client", clientSecret: Redacted.make("a-secret") }
]

export const redacted = (secret: string | Redacted.Redacted): Redacted.Redacted =>
  typeof secret === "string" ? Redacted.make(secret) : secret
