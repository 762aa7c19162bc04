/**
 * Which variables of the environment stand for which settings.
 */
import type { Type } from "./settings.js"

/** One variable. A second name, where there is one, is read where the first is not set. */
export interface Variable {
  readonly setting: string
  readonly name: string
  readonly otherName?: string
  readonly necessity: "required" | "alternative" | "optional"
  readonly meaning: string
  /** It is set for other programs, too: alone, it does not mean that the provider is wanted. */
  readonly shared?: true
}

/** A provider that variables can configure. */
export interface Configurable<T extends Type = Type> {
  readonly name: string
  readonly type: T
  readonly title: string
  readonly whereToGet: string
  readonly variables: ReadonlyArray<Variable>
}

/** Opts in to http on loopback, for every provider. */
export const allowLoopbackHttp = "OAUTH2_ALLOW_LOOPBACK_HTTP"

/** Names the prefixes of one's own. */
export const prefixList = "OAUTH2_PREFIXES"

const origins = (prefix: string): Variable => ({
  setting: "origins",
  name: `${prefix}_ORIGINS`,
  necessity: "optional",
  meaning: "where the token may be sent, such as https://api.example.com; several with spaces between them"
})

const scopes = (prefix: string, meaning: string): Variable => ({
  setting: "scopes",
  name: `${prefix}_SCOPE`,
  otherName: `${prefix}_SCOPES`,
  necessity: "optional",
  meaning
})

export const azure: Configurable<"azure"> = {
  name: "azure",
  type: "azure",
  title: "Microsoft Entra ID (Azure AD)",
  whereToGet: "Azure portal, Microsoft Entra ID, App registrations, your application",
  variables: [
    {
      setting: "tenant_id",
      name: "AZURE_TENANT_ID",
      necessity: "required",
      meaning: "Directory (tenant) ID, on the application's overview"
    },
    {
      setting: "client_id",
      name: "AZURE_CLIENT_ID",
      necessity: "required",
      meaning: "Application (client) ID, on the application's overview"
    },
    {
      setting: "client_secret",
      name: "AZURE_CLIENT_SECRET",
      necessity: "required",
      meaning: "the value (not the ID) of a client secret, under Certificates & secrets"
    },
    scopes("AZURE", "a resource and /.default; Microsoft Graph's by default"),
    {
      setting: "authority",
      name: "AZURE_AUTHORITY_HOST",
      necessity: "optional",
      meaning: "where Microsoft's other clouds log in, such as login.microsoftonline.us",
      shared: true
    },
    origins("AZURE")
  ]
}

export const auth0: Configurable<"auth0"> = {
  name: "auth0",
  type: "auth0",
  title: "Auth0",
  whereToGet: "Auth0 dashboard, Applications, your machine-to-machine application, Settings",
  variables: [
    {
      setting: "domain",
      name: "AUTH0_DOMAIN",
      necessity: "required",
      meaning: "Domain, such as example.eu.auth0.com"
    },
    { setting: "client_id", name: "AUTH0_CLIENT_ID", necessity: "required", meaning: "Client ID" },
    {
      setting: "client_secret",
      name: "AUTH0_CLIENT_SECRET",
      necessity: "required",
      meaning: "Client Secret"
    },
    {
      setting: "audience",
      name: "AUTH0_AUDIENCE",
      necessity: "optional",
      meaning: "Identifier of the API, under Applications, APIs; the Management API's by default"
    },
    scopes("AUTH0", "what the token is for; everything that was granted by default"),
    origins("AUTH0")
  ]
}

/** Any authorization server, by a prefix of variables. */
export const generic = (prefix: string): Configurable<"generic"> => ({
  name: prefix.toLowerCase(),
  type: "generic",
  title: prefix === "OAUTH2" ? "Any OAuth 2.0 authorization server" : `OAuth 2.0 by ${prefix}`,
  whereToGet: "the page on which the authorization server registered your client",
  variables: [
    {
      setting: "client_id",
      name: `${prefix}_CLIENT_ID`,
      necessity: "required",
      meaning: "the client's identifier"
    },
    {
      setting: "client_secret",
      name: `${prefix}_CLIENT_SECRET`,
      necessity: "required",
      meaning: "the client's secret"
    },
    {
      setting: "token_url",
      name: `${prefix}_TOKEN_URL`,
      necessity: "alternative",
      meaning: "the token endpoint, such as https://login.example.com/oauth2/token"
    },
    {
      setting: "issuer",
      name: `${prefix}_ISSUER`,
      necessity: "alternative",
      meaning: "instead of the token endpoint: the issuer, whose metadata tells it"
    },
    {
      setting: "base_url",
      name: `${prefix}_BASE_URL`,
      necessity: "alternative",
      meaning: `the API's base URL; with ${prefix}_TOKEN_PATH, instead of the token endpoint`
    },
    {
      setting: "token_path",
      name: `${prefix}_TOKEN_PATH`,
      necessity: "alternative",
      meaning: "the token endpoint's path below the base URL"
    },
    scopes(prefix, "what the token is for"),
    {
      setting: "audience",
      name: `${prefix}_AUDIENCE`,
      necessity: "optional",
      meaning: "the API that the token is for"
    },
    {
      setting: "client_authentication",
      name: `${prefix}_CLIENT_AUTHENTICATION`,
      necessity: "optional",
      meaning: "client_secret_basic, client_secret_post or none"
    },
    origins(prefix)
  ]
})
