import { ResponseProfile, ResponseProfiles } from "effect-oauth"

/** What real servers answer, and what has to come of it. No token in it is one, and every one holds the word "token". */
export interface ProviderAnswer {
  readonly name: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly profile: ResponseProfile.ResponseProfile
  /** Set where the request presented a user's grant. */
  readonly remedy: string | undefined
  readonly expected: ExpectedToken | ExpectedError
}

/** A token; seconds where there is a time. What is left out must not be there. */
export interface ExpectedToken {
  readonly _tag: "Token"
  readonly value: string
  readonly expiresIn?: number
  readonly refreshIn?: number
  readonly scopes?: ReadonlyArray<string>
  readonly refreshToken?: string
  readonly parameters?: Readonly<Record<string, string>>
}

/** Every field of the error but the provider's name and, for a failure that passes, the instant. */
export interface ExpectedError {
  readonly _tag:
    "TransientFailure" | "CredentialRejected" | "ReauthorizationRequired" | "InvalidTokenResponse"
  readonly reason: string
  readonly status?: number
  readonly code?: string
  readonly description?: string
  readonly remedy?: string
  /** How many seconds later the server wants to be asked again. */
  readonly retryAfter?: number
}

type Extra = Partial<Pick<ProviderAnswer, "status" | "headers" | "profile" | "remedy">>

const raw = (
  name: string,
  contentType: string,
  body: string,
  expected: ExpectedToken | ExpectedError,
  extra: Extra = {}
): ProviderAnswer => ({
  name,
  status: extra.status ?? 200,
  headers: { "content-type": contentType, ...extra.headers },
  body,
  profile: extra.profile ?? ResponseProfile.standard,
  remedy: extra.remedy,
  expected
})

const json = (name: string, body: unknown, expected: ExpectedToken | ExpectedError, extra?: Extra) =>
  raw(name, "application/json", JSON.stringify(body), expected, extra)

const form = (
  name: string,
  body: Readonly<Record<string, string>>,
  expected: ExpectedToken | ExpectedError,
  extra?: Extra
) => raw(name, "application/x-www-form-urlencoded", new URLSearchParams(body).toString(), expected, extra)

const value = "an-access-token"

const remedy = "ask the user to log in again"

const google = [
  json(
    "Google: a refresh, without a refresh token",
    {
      access_token: value,
      expires_in: 3599,
      scope: "https://www.googleapis.com/auth/drive.readonly openid",
      token_type: "Bearer",
      id_token: "an-id-token"
    },
    {
      _tag: "Token",
      value,
      expiresIn: 3599,
      scopes: ["https://www.googleapis.com/auth/drive.readonly", "openid"]
    },
    { remedy }
  ),
  json(
    "Google: a user has to log in again",
    {
      error: "invalid_grant",
      error_subtype: "invalid_rapt",
      error_description: "reauth related error (invalid_rapt)"
    },
    {
      _tag: "ReauthorizationRequired",
      reason: "InvalidGrant",
      remedy,
      code: "invalid_grant",
      description: "reauth related error (invalid_rapt)"
    },
    { status: 400, remedy }
  )
]

const entra = [
  json(
    "Entra ID v1: numbers as strings",
    {
      token_type: "Bearer",
      expires_in: "3599",
      ext_expires_in: "3599",
      expires_on: "1610466645",
      not_before: "1610462745",
      resource: "https://graph.example.com",
      access_token: value
    },
    { _tag: "Token", value, expiresIn: 3599 }
  ),
  json(
    "Entra ID v2: numbers, and when to refresh",
    {
      token_type: "Bearer",
      expires_in: 86399,
      ext_expires_in: 86399,
      refresh_in: 43199,
      access_token: value
    },
    { _tag: "Token", value, expiresIn: 86399, refreshIn: 43199 }
  ),
  json(
    "Entra ID v2: a description of several lines",
    {
      error: "invalid_scope",
      error_description:
        "AADSTS70011: The provided value for the input parameter 'scope' is not valid.\r\nTrace ID: 255d1aef\r\nTimestamp: 2016-01-09 02:02:12Z",
      error_codes: [70011],
      timestamp: "2016-01-09 02:02:12Z",
      trace_id: "255d1aef",
      correlation_id: "fb3d2015"
    },
    {
      _tag: "CredentialRejected",
      reason: "InvalidScope",
      status: 400,
      code: "invalid_scope",
      description:
        "AADSTS70011: The provided value for the input parameter 'scope' is not valid. Trace ID: 255d1aef Timestamp: 2016-01-09 02:02:12Z"
    },
    { status: 400 }
  ),
  json(
    "Entra ID v2: a wrong secret",
    {
      error: "invalid_client",
      error_description: "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 255d1aef",
      error_codes: [7000215]
    },
    {
      _tag: "CredentialRejected",
      reason: "InvalidClient",
      status: 401,
      code: "invalid_client",
      description: "AADSTS7000215: Invalid client secret provided. Trace ID: 255d1aef"
    },
    { status: 401 }
  ),
  json(
    "Entra ID v2: a refresh token that is used up, with a suberror",
    { error: "invalid_grant", error_description: "AADSTS70000: expired", suberror: "bad_token" },
    {
      _tag: "ReauthorizationRequired",
      reason: "InvalidGrant",
      remedy,
      code: "invalid_grant",
      description: "AADSTS70000: expired"
    },
    { status: 400, remedy }
  )
]

const gitHub = [
  form(
    "GitHub: a form",
    { access_token: value, scope: "repo,gist", token_type: "bearer" },
    { _tag: "Token", value, scopes: ["repo", "gist"] }
  ),
  json(
    "GitHub: JSON, with an empty scope",
    {
      access_token: value,
      expires_in: 28800,
      refresh_token: "a-refresh-token",
      refresh_token_expires_in: 15897600,
      scope: "",
      token_type: "bearer"
    },
    {
      _tag: "Token",
      value,
      expiresIn: 28800,
      refreshToken: "a-refresh-token",
      scopes: [],
      parameters: { refresh_token_expires_in: "15897600" }
    },
    { profile: ResponseProfiles.gitHub }
  ),
  json(
    "GitHub: a refusal under 200",
    {
      error: "bad_verification_code",
      error_description: "The code passed is incorrect or expired.",
      error_uri: "https://docs.example.com/troubleshooting"
    },
    {
      _tag: "CredentialRejected",
      reason: "Refused",
      status: 200,
      code: "bad_verification_code",
      description: "The code passed is incorrect or expired."
    }
  ),
  json(
    "GitHub: the same, with its profile and a user's grant",
    { error: "bad_refresh_token", error_description: "The refresh token passed is incorrect or expired." },
    {
      _tag: "ReauthorizationRequired",
      reason: "InvalidGrant",
      remedy,
      code: "bad_refresh_token",
      description: "The refresh token passed is incorrect or expired."
    },
    { profile: ResponseProfiles.gitHub, remedy }
  ),
  form(
    "GitHub: a refusal as a form under 200",
    {
      error: "incorrect_client_credentials",
      error_description: "The client_id and/or client_secret are incorrect."
    },
    {
      _tag: "CredentialRejected",
      reason: "InvalidClient",
      status: 200,
      code: "incorrect_client_credentials",
      description: "The client_id and/or client_secret are incorrect."
    },
    { profile: ResponseProfiles.gitHub }
  )
]

const slackInstallation = {
  ok: true,
  access_token: "a-bot-token",
  token_type: "bot",
  scope: "commands,incoming-webhook",
  expires_in: 43200,
  authed_user: { id: "U1234", scope: "chat:write", access_token: "a-user-token", token_type: "user" }
}

const slack = [
  json(
    "Slack: the bot's token",
    slackInstallation,
    { _tag: "Token", value: "a-bot-token", expiresIn: 43200, scopes: ["commands", "incoming-webhook"] },
    { profile: ResponseProfiles.slackBot }
  ),
  json(
    "Slack: the user's token, and what belongs to it",
    slackInstallation,
    { _tag: "Token", value: "a-user-token", scopes: ["chat:write"] },
    { profile: ResponseProfiles.slackUser }
  ),
  json("Slack: without a profile a bot's token is of no known type", slackInstallation, {
    _tag: "InvalidTokenResponse",
    reason: "UnknownTokenType",
    status: 200,
    description: "token_type is not one of: bearer"
  }),
  json(
    "Slack: a refusal under 200",
    { ok: false, error: "invalid_code" },
    { _tag: "CredentialRejected", reason: "Refused", status: 200, code: "invalid_code" }
  ),
  json(
    "Slack: a rate limit under 200, with its profile",
    { ok: false, error: "ratelimited" },
    {
      _tag: "TransientFailure",
      reason: "RateLimited",
      status: 200,
      description: "ratelimited",
      retryAfter: 30
    },
    { headers: { "retry-after": "30" }, profile: ResponseProfiles.slackBot }
  )
]

const salesforce = [
  json(
    "Salesforce: no lifetime, a time as a string, and where its API is",
    {
      access_token: value,
      signature: "a-signature",
      scope: "api",
      instance_url: "https://example.my.salesforce.com",
      id: "https://login.salesforce.com/id/00D/005",
      token_type: "Bearer",
      issued_at: "1278448101416"
    },
    {
      _tag: "Token",
      value,
      scopes: ["api"],
      parameters: { instance_url: "https://example.my.salesforce.com" }
    },
    { profile: ResponseProfiles.salesforce }
  ),
  json(
    "Salesforce: a refusal",
    { error: "invalid_client_id", error_description: "client identifier invalid" },
    {
      _tag: "CredentialRejected",
      reason: "InvalidClient",
      status: 400,
      code: "invalid_client_id",
      description: "client identifier invalid"
    },
    { status: 400, profile: ResponseProfiles.salesforce }
  )
]

const linkedIn = [
  json(
    "LinkedIn: sixty days, and a year",
    {
      access_token: value,
      expires_in: 5184000,
      refresh_token: "a-refresh-token",
      refresh_token_expires_in: 31536000,
      scope: "r_basicprofile"
    },
    {
      _tag: "Token",
      value,
      expiresIn: 5184000,
      refreshToken: "a-refresh-token",
      scopes: ["r_basicprofile"],
      parameters: { refresh_token_expires_in: "31536000" }
    },
    { profile: ResponseProfiles.linkedIn }
  )
]

const auth0 = [
  json(
    "Auth0: a day",
    { access_token: value, scope: "read:users update:users", expires_in: 86400, token_type: "Bearer" },
    { _tag: "Token", value, expiresIn: 86400, scopes: ["read:users", "update:users"] }
  ),
  json(
    "Auth0: a rate limit",
    { statusCode: 429, error: "Too Many Requests", message: "Global limit has been reached" },
    {
      _tag: "TransientFailure",
      reason: "RateLimited",
      status: 429,
      description: "Global limit has been reached",
      retryAfter: 0
    },
    { status: 429 }
  ),
  json(
    "Auth0: a wrong secret",
    { error: "access_denied", error_description: "Unauthorized" },
    {
      _tag: "CredentialRejected",
      reason: "InvalidClient",
      status: 401,
      code: "access_denied",
      description: "Unauthorized"
    },
    { status: 401 }
  ),
  json(
    "Auth0: no grant for the audience",
    {
      error: "access_denied",
      error_description: 'Client is not authorized to access "https://api.example.com".'
    },
    {
      _tag: "CredentialRejected",
      reason: "Refused",
      status: 403,
      code: "access_denied",
      description: 'Client is not authorized to access "https://api.example.com".'
    },
    { status: 403 }
  )
]

const okta = [
  json(
    "Okta: a token",
    { token_type: "Bearer", expires_in: 3600, access_token: value, scope: "customScope" },
    { _tag: "Token", value, expiresIn: 3600, scopes: ["customScope"] }
  ),
  json(
    "Okta: a refusal in its own words",
    {
      errorCode: "invalid_client",
      errorSummary: "Invalid value for 'client_id' parameter.",
      errorLink: "invalid_client",
      errorId: "oae",
      errorCauses: []
    },
    {
      _tag: "CredentialRejected",
      reason: "InvalidClient",
      status: 401,
      code: "invalid_client",
      description: "Invalid value for 'client_id' parameter."
    },
    { status: 401 }
  ),
  json(
    "Okta: a refusal in those of the RFC",
    {
      error: "invalid_client",
      error_description: "The client secret supplied for a confidential client is invalid."
    },
    {
      _tag: "CredentialRejected",
      reason: "InvalidClient",
      status: 401,
      code: "invalid_client",
      description: "The client secret supplied for a confidential client is invalid."
    },
    { status: 401 }
  ),
  json(
    "Okta: it wants a nonce",
    { error: "use_dpop_nonce", error_description: "Authorization server requires nonce in DPoP proof." },
    {
      _tag: "CredentialRejected",
      reason: "Refused",
      status: 400,
      code: "use_dpop_nonce",
      description: "Authorization server requires nonce in DPoP proof."
    },
    { status: 400, headers: { "dpop-nonce": "a-nonce" } }
  )
]

const apigee = [
  json(
    "Apigee: numbers as strings, and a type of its own",
    {
      refresh_token_expires_in: "0",
      api_product_list: "[an-api]",
      organization_name: "an-organization",
      token_type: "BearerToken",
      issued_at: "1632884161113",
      client_id: "a-client",
      access_token: value,
      application_name: "an-application",
      scope: "",
      expires_in: "3599",
      refresh_count: "0",
      status: "approved"
    },
    { _tag: "Token", value, expiresIn: 3599, scopes: [] },
    { profile: ResponseProfiles.apigee }
  ),
  json(
    "Apigee: a refusal in its own words",
    { ErrorCode: "invalid_request", Error: "ClientId is Invalid" },
    {
      _tag: "CredentialRejected",
      reason: "InvalidRequest",
      status: 400,
      code: "invalid_request",
      description: "ClientId is Invalid"
    },
    { status: 400, profile: ResponseProfiles.apigee }
  ),
  json(
    "Apigee: the same without its profile",
    { ErrorCode: "invalid_client", Error: "ClientId is Invalid" },
    {
      _tag: "CredentialRejected",
      reason: "InvalidClient",
      status: 401,
      code: "invalid_client",
      description: "ClientId is Invalid"
    },
    { status: 401 }
  ),
  json(
    "Apigee: a fault",
    {
      fault: {
        faultstring: "Invalid client identifier",
        detail: { errorcode: "oauth.v2.InvalidClientIdentifier" }
      }
    },
    {
      _tag: "CredentialRejected",
      reason: "InvalidClient",
      status: 401,
      code: "oauth.v2.InvalidClientIdentifier",
      description: "Invalid client identifier"
    },
    { status: 401, profile: ResponseProfiles.apigee }
  )
]

const zoom = [
  json(
    "Zoom: a token of an account",
    {
      access_token: value,
      token_type: "bearer",
      expires_in: 3599,
      scope: "user:read:admin",
      api_url: "https://api.zoom.example.com"
    },
    { _tag: "Token", value, expiresIn: 3599, scopes: ["user:read:admin"] }
  ),
  json(
    "Zoom: a refusal",
    { reason: "Invalid client_id or client_secret", error: "invalid_client" },
    {
      _tag: "CredentialRejected",
      reason: "InvalidClient",
      status: 400,
      code: "invalid_client",
      description: "Invalid client_id or client_secret"
    },
    { status: 400 }
  )
]

const hubSpot = [
  json(
    "HubSpot: no type",
    { refresh_token: "a-refresh-token", access_token: value, expires_in: 1800 },
    { _tag: "Token", value, expiresIn: 1800, refreshToken: "a-refresh-token" },
    { profile: ResponseProfiles.hubSpot }
  ),
  json(
    "HubSpot: a refresh token that is gone",
    { status: "BAD_REFRESH_TOKEN", message: "missing or unknown refresh token" },
    {
      _tag: "ReauthorizationRequired",
      reason: "InvalidGrant",
      remedy,
      code: "BAD_REFRESH_TOKEN",
      description: "missing or unknown refresh token"
    },
    { status: 400, profile: ResponseProfiles.hubSpot, remedy }
  )
]

const xero = [
  json(
    "Xero: a refresh token in place of the one before",
    {
      access_token: value,
      token_type: "Bearer",
      expires_in: 1800,
      refresh_token: "another-refresh-token",
      scope: "offline_access accounting.transactions"
    },
    {
      _tag: "Token",
      value,
      expiresIn: 1800,
      refreshToken: "another-refresh-token",
      scopes: ["offline_access", "accounting.transactions"]
    }
  ),
  json(
    "Xero: a refresh token that is used up",
    { error: "invalid_grant" },
    { _tag: "ReauthorizationRequired", reason: "InvalidGrant", remedy, code: "invalid_grant" },
    { status: 400, remedy }
  ),
  json(
    "Xero: the same for a machine",
    { error: "invalid_grant" },
    { _tag: "CredentialRejected", reason: "InvalidGrant", status: 400, code: "invalid_grant" },
    { status: 400 }
  )
]

const intuit = [
  json(
    "Intuit: how long the refresh token lives",
    {
      token_type: "bearer",
      expires_in: 3600,
      refresh_token: "another-refresh-token",
      x_refresh_token_expires_in: 8726400,
      access_token: value
    },
    {
      _tag: "Token",
      value,
      expiresIn: 3600,
      refreshToken: "another-refresh-token",
      parameters: { x_refresh_token_expires_in: "8726400" }
    },
    { profile: ResponseProfiles.intuit }
  )
]

const page =
  '<!DOCTYPE html><html><body><h1>Sorry</h1><a href="?error=canary-page">canary-page</a></body></html>'

const urlHint = "the response does not look like a token endpoint's; check the token URL"

const notJson = "the body is neither a JSON object nor a form"

const html = (status: number, expected: ExpectedError, headers: Readonly<Record<string, string>> = {}) =>
  raw(`a page under ${status}`, "text/html; charset=utf-8", page, expected, { status, headers })

const pages = [
  html(200, { _tag: "InvalidTokenResponse", reason: "UnknownShape", status: 200, description: notJson }),
  html(400, { _tag: "CredentialRejected", reason: "Refused", status: 400, description: urlHint }),
  html(401, { _tag: "CredentialRejected", reason: "InvalidClient", status: 401, description: urlHint }),
  html(403, { _tag: "CredentialRejected", reason: "Refused", status: 403, description: urlHint }),
  html(404, { _tag: "CredentialRejected", reason: "Refused", status: 404, description: urlHint }),
  html(
    429,
    { _tag: "TransientFailure", reason: "RateLimited", status: 429, retryAfter: 120 },
    { "retry-after": "120" }
  ),
  html(500, { _tag: "TransientFailure", reason: "ServerError", status: 500, retryAfter: 0 }),
  html(502, { _tag: "TransientFailure", reason: "ServerError", status: 502, retryAfter: 0 }),
  html(
    503,
    { _tag: "TransientFailure", reason: "ServerError", status: 503, retryAfter: 30 },
    { "retry-after": "30" }
  )
]

const empty = [
  raw("an empty body", "application/json", "", {
    _tag: "InvalidTokenResponse",
    reason: "UnknownShape",
    status: 200,
    description: notJson
  }),
  raw(
    "no body at all",
    "application/json",
    "",
    { _tag: "InvalidTokenResponse", reason: "UnknownShape", status: 204, description: notJson },
    { status: 204 }
  ),
  raw(
    "an empty refusal",
    "application/json",
    "",
    { _tag: "CredentialRejected", reason: "InvalidClient", status: 401 },
    { status: 401 }
  ),
  json(
    "an empty object",
    {},
    {
      _tag: "InvalidTokenResponse",
      reason: "NoAccessToken",
      status: 200,
      description: "the response has no access_token"
    }
  )
]

const lifetime = (name: string, expires_in: unknown, seconds: number | undefined) =>
  json(
    `a lifetime: ${name}`,
    { access_token: value, token_type: "Bearer", expires_in },
    { _tag: "Token", value, ...(seconds === undefined ? {} : { expiresIn: seconds }) }
  )

const lifetimes = [
  lifetime("missing", undefined, undefined),
  lifetime("null", null, undefined),
  lifetime("0", 0, undefined),
  lifetime("negative", -3600, undefined),
  lifetime("a float", 3599.5, 3599.5),
  lifetime("a string", "3600", 3600),
  lifetime("a string with spaces", " 3600 ", 3600),
  lifetime("a float in a string", "3600.0", 3600),
  lifetime("a negative string", "-1", undefined),
  lifetime("words", "one hour", undefined),
  lifetime("over 32 bits", 4_294_967_296, 4_294_967_296),
  lifetime("over 53 bits, in a string", "9007199254740993", 8_640_000_000_000),
  lifetime("less than a millisecond", 0.0001, undefined),
  lifetime("a list", [3600], undefined),
  lifetime("an object", { seconds: 3600 }, undefined),
  lifetime("true", true, undefined),
  raw(
    "a lifetime: more than a number can tell",
    "application/json",
    `{"access_token":"${value}","expires_in":1e400}`,
    { _tag: "Token", value }
  )
]

const scope = (name: string, scope: unknown, scopes: ReadonlyArray<string> | undefined) =>
  json(
    `a scope: ${name}`,
    { access_token: value, scope },
    { _tag: "Token", value, ...(scopes === undefined ? {} : { scopes }) }
  )

const scopes = [
  scope("with spaces", " read  write\tadmin ", ["read", "write", "admin"]),
  scope("with commas", "read,write", ["read", "write"]),
  scope("with commas and spaces", "read, write ,admin", ["read", "write", "admin"]),
  scope("a list", ["read", "write", 7, ""], ["read", "write"]),
  scope("null", null, undefined),
  scope("a number", 7, undefined)
]

const type = (name: string, token_type: unknown) =>
  json(`a token type: ${name}`, { access_token: value, token_type }, { _tag: "Token", value })

const types = [
  type("missing", undefined),
  type("null", null),
  type("lower case", "bearer"),
  type("upper case", "BEARER")
]

const disguises = [
  raw(
    "a form that claims to be JSON",
    "application/json",
    `access_token=${value}&token_type=bearer&expires_in=3600&scope=a+b`,
    { _tag: "Token", value, expiresIn: 3600, scopes: ["a", "b"] }
  ),
  raw(
    "JSON that claims to be a form",
    "application/x-www-form-urlencoded",
    JSON.stringify({ access_token: value, expires_in: 3600 }),
    { _tag: "Token", value, expiresIn: 3600 }
  ),
  raw("JSON that claims to be a page", "text/html", JSON.stringify({ access_token: value }), {
    _tag: "Token",
    value
  }),
  raw(
    "JSON with a byte order mark and line breaks around",
    "application/json",
    `\ufeff\r\n${JSON.stringify({ access_token: value }, null, 2)}\r\n`,
    { _tag: "Token", value }
  ),
  raw(
    "a refusal as a form that is not encoded well",
    "text/plain",
    'error=invalid_client&error_description=No "such" client',
    {
      _tag: "CredentialRejected",
      reason: "InvalidClient",
      status: 401,
      code: "invalid_client",
      description: 'No "such" client'
    },
    { status: 401 }
  ),
  json(
    "more than a mebibyte",
    { access_token: value, padding: "a".repeat(1_048_576) },
    { _tag: "InvalidTokenResponse", reason: "TooLarge", status: 200, description: "the body is over 1 MiB" }
  )
]

/** Every row of the table, and what else was seen in the field. */
export const providerAnswers: ReadonlyArray<ProviderAnswer> = [
  ...google,
  ...entra,
  ...gitHub,
  ...slack,
  ...salesforce,
  ...linkedIn,
  ...auth0,
  ...okta,
  ...apigee,
  ...zoom,
  ...hubSpot,
  ...xero,
  ...intuit,
  ...pages,
  ...empty,
  ...lifetimes,
  ...scopes,
  ...types,
  ...disguises
]
