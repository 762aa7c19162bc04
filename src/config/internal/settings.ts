/**
 * The settings of each type of provider, by the names that the standards and the servers' own pages use.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Issue, Path } from "./issues.js"
import { ofParseIssue } from "./issues.js"
import * as Value from "./values.js"

const { described } = Value

/** A setting that may be left out. */
export const optional = <S extends Schema.Schema.All>(schema: S) =>
  Schema.optionalWith(schema, { exact: true })

const policy = Schema.Struct({
  margin: optional(
    described(Value.duration, "How long before expiry a refresh is due, at most. Default: 300 s.", "5m")
  ),
  margin_fraction: optional(
    described(Value.number, "The margin is never more than this part of the lifetime. Default: 0.2.")
  ),
  margin_jitter: optional(
    described(Value.number, "At random, the margin is up to this part of itself shorter. Default: 0.1.")
  ),
  default_lifetime: optional(
    described(
      Value.duration,
      "The lifetime of a token whose server does not tell it. Default: 1 h.",
      "2 hours"
    )
  ),
  deadline: optional(
    described(Value.duration, "How long one attempt may take, its answer included. Default: 10 s.", "10s")
  ),
  attempts: optional(described(Value.number, "How many attempts one refresh makes, at most. Default: 3.", 3)),
  retry_delay: optional(
    described(Value.duration, "The delay before the second attempt; it doubles from there. Default: 250 ms.")
  ),
  retry_after_wait: optional(
    described(
      Value.duration,
      "A Retry-After up to this is waited for; a longer one ends the refresh. Default: 5 s."
    )
  ),
  retry_after_max: optional(
    described(Value.duration, "A Retry-After is believed up to this. Default: 10 min.")
  ),
  window: optional(
    described(Value.duration, "How long nobody asks after a failed refresh; it doubles. Default: 1 s.", "1s")
  ),
  window_max: optional(
    described(Value.duration, "The longest time in which nobody asks after a failure. Default: 30 s.")
  ),
  rejected_window: optional(
    described(Value.duration, "How long nobody asks after a rejection; it doubles. Default: 60 s.", "60s")
  ),
  rejected_window_max: optional(
    described(Value.duration, "The longest time in which nobody asks after a rejection. Default: 10 min.")
  ),
  refusal_guard: optional(
    described(Value.duration, "For this long a new token that an API refuses is not replaced. Default: 30 s.")
  )
}).annotations({
  [Value.Expected]: "settings of the policy by name",
  identifier: "Policy",
  title: "Policy",
  description:
    "When to refresh, when to ask again, and when not to ask. Numbers are seconds where a time is expected."
})

const origins = optional(
  described(
    Value.texts,
    "The origins that the token may be sent to, where the type of the provider does not tell them.",
    ["https://api.example.com", "https://*.example.com"]
  )
)

const common = {
  origins,
  allow_loopback_http: optional(
    described(
      Value.flag,
      "Lets http through where the server is a literal loopback address. For tests and local development."
    )
  ),
  policy: optional(policy)
}

const client = {
  client_id: described(Value.text, "The client's identifier at the authorization server."),
  client_secret: described(Value.secret, "The client's secret, from a variable.", "${CLIENT_SECRET}")
}

const scopes = described(Value.texts, "What the token is for: a list, or one text with spaces.")

/** The settings of each type, without its name and type. */
export const fields = {
  azure: {
    tenant_id: described(Value.text, "The directory (tenant) ID, or one of the tenant's domains."),
    ...client,
    scopes: optional(
      described(
        Value.texts,
        "One resource and /.default. Default: Microsoft Graph's.",
        "https://graph.microsoft.com/.default"
      )
    ),
    cloud: optional(
      described(
        Value.oneOf("public", "us_government", "china"),
        "Which of Microsoft's clouds. Default: public."
      )
    ),
    authority: optional(described(Value.text, "The authority's URL, where it is none of the clouds'.")),
    ...common
  },
  auth0: {
    domain: described(Value.text, "The tenant's domain, or a custom one.", "example.eu.auth0.com"),
    ...client,
    audience: optional(
      described(Value.text, "The identifier of the API that the token is for. Default: the Management API's.")
    ),
    scopes: optional(scopes),
    organization: optional(
      described(Value.text, "The organization, by id or name, on whose behalf the application asks.")
    ),
    ...common
  },
  okta: {
    domain: described(Value.text, "The organization's domain, or a custom one.", "example.okta.com"),
    authorization_server: optional(
      described(
        Value.text,
        "The id of the authorization server, or org for the organization's own. Default: default."
      )
    ),
    ...client,
    scopes,
    ...common
  },
  generic: {
    token_url: optional(
      described(Value.text, "The token endpoint's URL.", "https://login.example.com/oauth2/token")
    ),
    issuer: optional(
      described(
        Value.text,
        "Instead of token_url: the issuer, whose metadata tells it.",
        "https://login.example.com"
      )
    ),
    base_url: optional(
      described(
        Value.text,
        "The base URL of the API: with token_path, instead of token_url. The token may be sent to its origin.",
        "https://api.example.com"
      )
    ),
    token_path: optional(described(Value.text, "The token endpoint's path below base_url.", "/oauth2/token")),
    client_id: client.client_id,
    client_secret: optional(client.client_secret),
    client_authentication: optional(
      described(
        Value.oneOf("client_secret_basic", "client_secret_post", "none"),
        "How the client proves itself. Default: client_secret_basic, or what the issuer's metadata names."
      )
    ),
    basic_encoding: optional(
      described(Value.oneOf("form", "raw"), "How id and secret stand in the Basic header. Default: form.")
    ),
    request_format: optional(
      described(Value.oneOf("form", "json"), "How the token endpoint wants its parameters. Default: form.")
    ),
    scopes: optional(scopes),
    audience: optional(described(Value.text, "The API that the token is for, by the server's name for it.")),
    resource: optional(
      described(Value.texts, "What the token is for (RFC 8707).", "https://api.example.com")
    ),
    parameters: optional(described(Value.parameters, "Whatever else the server wants to be told.")),
    profile: optional(
      described(
        Value.oneOf(
          "apigee",
          "slack_bot",
          "slack_user",
          "hubspot",
          "salesforce",
          "github",
          "linkedin",
          "intuit"
        ),
        "Whose answers the server's are like, where they differ from the standard."
      )
    ),
    ...common
  },
  apigee: {
    token_url: described(
      Value.text,
      "The token endpoint's URL, with its query if the gateway wants one.",
      "https://gateway.example.com/oauth/token"
    ),
    ...client,
    scopes: optional(scopes),
    parameters: optional(described(Value.parameters, "Whatever else the gateway wants to be told.")),
    ...common
  },
  zoom: {
    account_id: described(Value.text, "The account of the server-to-server application."),
    ...client,
    token_url: optional(
      described(Value.text, "The token endpoint of another of Zoom's clouds, which needs origins, too.")
    ),
    ...common
  },
  static: {
    value: described(
      Value.secret,
      "The token or key alone, without a scheme, from a variable.",
      "${API_KEY}"
    ),
    header: optional(
      described(Value.text, "The header that carries it. Default: authorization.", "x-api-key")
    ),
    scheme: optional(
      described(
        Value.text,
        "What stands before it. Default: Bearer in authorization, nothing in another header."
      )
    ),
    origins
  }
} as const

export type Type = keyof typeof fields

/** Settings of one type as far as they were given and can be read. */
export type Partly<T extends Type> = Partial<Schema.Struct.Type<(typeof fields)[T]>>

export const types = Object.keys(fields) as ReadonlyArray<Type>

/** The settings that are secrets. */
export const secrets: ReadonlyArray<string> = ["client_secret", "value"]

/** A schema for each type: of all settings, and of as many as are there. */
const schemasOf = <F extends Schema.Struct.Fields>(fields: F) => {
  const whole = Schema.Struct(fields)
  return { whole, partly: Schema.partialWith(whole, { exact: true }) }
}

const schemas = {
  azure: schemasOf(fields.azure),
  auth0: schemasOf(fields.auth0),
  okta: schemasOf(fields.okta),
  generic: schemasOf(fields.generic),
  apigee: schemasOf(fields.apigee),
  zoom: schemasOf(fields.zoom),
  static: schemasOf(fields.static)
}

export type Raw = Readonly<Record<string, unknown>>

interface Decoded<T extends Type> {
  readonly settings: Partly<T>
  readonly issues: ReadonlyArray<Issue>
}

const options = { errors: "all", onExcessProperty: "error" } as const

const decoder = <T extends Type, W, WI, I>(schema: {
  readonly whole: Schema.Schema<W, WI>
  readonly partly: Schema.Schema<Partly<T>, I>
}) => {
  const whole = ParseResult.decodeUnknownEither(schema.whole, options)
  const partly = ParseResult.decodeUnknownEither(schema.partly)
  return (raw: Raw): Decoded<T> => {
    const issues = Either.match(whole(raw), { onLeft: (issue) => ofParseIssue(issue), onRight: () => [] })
    const right = issues.reduce((raw, { path }) => without(raw, path), raw)
    return { settings: Either.getOrElse(partly(right), () => ({})), issues }
  }
}

/** The settings without the one at a path. */
const without = (raw: Raw, [first, ...rest]: Path): Raw =>
  Object.fromEntries(
    Object.entries(raw).flatMap(([name, value]) =>
      name !== first
        ? [[name, value]]
        : rest.length > 0 && Predicate.isReadonlyRecord(value)
          ? [[name, without(value, rest)]]
          : []
    )
  )

export const decoders: { readonly [T in Type]: (raw: Raw) => Decoded<T> } = {
  azure: decoder(schemas.azure),
  auth0: decoder(schemas.auth0),
  okta: decoder(schemas.okta),
  generic: decoder(schemas.generic),
  apigee: decoder(schemas.apigee),
  zoom: decoder(schemas.zoom),
  static: decoder(schemas.static)
}
