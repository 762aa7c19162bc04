/**
 * The settings of a client of any authorization server.
 */
import type * as Config from "effect/Config"
import type * as Redacted from "effect/Redacted"
import type { ClientAuthentication } from "../../wire/ClientAuthentication.js"
import type { ResponseProfile } from "../../wire/ResponseProfile.js"
import type { Parameters, RequestFormat } from "../../wire/TokenEndpoint.js"
import type { CommonOptions, Settings } from "./endpoint.js"
import type { Issues } from "./settings.js"
import { scopeList } from "./settings.js"

/**
 * The token endpoint is known.
 *
 * @since 0.1.0
 * @category models
 */
export interface ByTokenUrl {
  readonly tokenUrl: string
  readonly issuer?: undefined
}

/**
 * The issuer's metadata (RFC 8414, OpenID Connect Discovery) tells the token endpoint. It is asked for with the first
 * token, not when the provider is made, and its `issuer` must equal this one to the letter, a slash at the end included.
 *
 * @since 0.1.0
 * @category models
 */
export interface ByIssuer {
  readonly issuer: string
  readonly tokenUrl?: undefined
}

/** Who asks, and what for, with whatever grant. */
export interface ClientOptions extends CommonOptions {
  readonly clientId: string
  /** Left out for a public client. */
  readonly clientSecret?: Redacted.Redacted | undefined
  /**
   * Default with a secret: `"client_secret_basic"`, or `"client_secret_post"` where the issuer's metadata names that one
   * only. Default without: `"none"`.
   */
  readonly clientAuthentication?: ClientAuthentication["method"] | undefined
  /** How id and secret stand in the Basic header: form-encoded (RFC 6749 §2.3.1), or raw. Default: `"form"`. */
  readonly basicEncoding?: "form" | "raw" | undefined
  /** Default: `"form"`. */
  readonly requestFormat?: RequestFormat | undefined
  /** A text with spaces between the scopes, or a list. */
  readonly scope?: string | ReadonlyArray<string> | undefined
  /** What the token is for (RFC 8707); https URLs among these are the default of `origins`. */
  readonly resource?: string | ReadonlyArray<string> | undefined
  /** Whatever else the server wants to be told; secret values are redacted. */
  readonly parameters?: Parameters | undefined
  /** Where the server's answers differ from the standard; see `ResponseProfiles`. */
  readonly profile?: Partial<ResponseProfile> | undefined
}

/**
 * Such options as `Config`: one for each, or one for all of them. `Config.Wrap` alone would do; of it TypeScript blames the
 * token URL for a mistake in any other option.
 */
export type ConfigOptions<Options> =
  | ({ readonly [K in keyof Options]: Config.Config.Wrap<Options[K]> } & (
      | { readonly tokenUrl: Config.Config<string>; readonly issuer?: never }
      | { readonly issuer: Config.Config<string>; readonly tokenUrl?: never }
    ))
  | Config.Config<Options & (ByTokenUrl | ByIssuer)>

/** Checks what such a client has of its own, and brings it into the form that all settings have. */
export const settingsOf = (
  issues: Issues,
  options: ClientOptions & { readonly audience?: string | undefined } & (ByTokenUrl | ByIssuer)
): Settings => {
  const server = serverOf(options, issues)
  if (options.audience !== undefined) issues.text("audience", options.audience)
  const resource = typeof options.resource === "string" ? [options.resource] : options.resource
  for (const one of resource ?? []) issues.text("resource", one)
  if (options.clientAuthentication === "none" && options.clientSecret !== undefined) {
    issues.add("clientSecret", "no secret, as clientAuthentication is none")
  }
  return {
    ...options,
    issues,
    server,
    method: options.clientAuthentication,
    request: {
      scopes: scopeList(options.scope),
      audience: options.audience,
      resource,
      parameters: options.parameters
    }
  }
}

/** The types allow exactly one of the two; what comes from outside them, such as a file, may bring none or both. */
const serverOf = (
  { issuer, tokenUrl }: { readonly issuer?: string | undefined; readonly tokenUrl?: string | undefined },
  issues: Issues
): Settings["server"] => {
  if ((issuer === undefined) === (tokenUrl === undefined)) {
    const expected =
      issuer === undefined ? "tokenUrl or issuer; both are missing" : "tokenUrl or issuer, not both"
    issues.add("tokenUrl", expected)
    issues.add("issuer", expected)
  }
  return issuer === undefined ? { path: "tokenUrl", tokenUrl: tokenUrl ?? "" } : { issuer }
}
