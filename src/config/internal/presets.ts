/**
 * From the settings of each type to the preset that they are for.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as RefreshPolicy from "../../cache/RefreshPolicy.js"
import * as Apigee from "../../provider/Apigee.js"
import * as Auth0 from "../../provider/Auth0.js"
import * as AzureAd from "../../provider/AzureAd.js"
import * as GenericOAuth from "../../provider/GenericOAuth.js"
import * as Okta from "../../provider/Okta.js"
import * as ResponseProfiles from "../../provider/ResponseProfiles.js"
import * as StaticToken from "../../provider/StaticToken.js"
import * as Zoom from "../../provider/Zoom.js"
import type { InvalidConfiguration } from "../../token/TokenError.js"
import type { TokenProvider } from "../../TokenProvider.js"
import type { Issue } from "./issues.js"
import { missing } from "./issues.js"
import type { Partly, Type } from "./settings.js"

/**
 * A provider to be made. `issues` are those that the preset itself does not find, with settings in braces; `displayed` are
 * the settings that come of others and of defaults, for people to read; `names` are the settings that an option came
 * from, where they are not called the same.
 */
export interface Preset {
  readonly make: (
    name: string
  ) => Effect.Effect<TokenProvider, InvalidConfiguration, HttpClient.HttpClient | Scope.Scope>
  readonly issues: ReadonlyArray<Issue>
  readonly displayed: Readonly<Record<string, string>>
  readonly names: Readonly<Record<string, string>>
}

/** What a program adds to what is configured. */
export interface Additions {
  readonly policy?: RefreshPolicy.Options | undefined
  readonly origins?: ReadonlyArray<string> | undefined
}

/** A setting that has to be there and is not has been told by then; the preset is asked for everything else. */
const none = ""
const noSecret = Redacted.make("")

const common = (settings: Partly<Exclude<Type, "static">>, additions: Additions) => ({
  policy: { ...policyOf(settings.policy), ...additions.policy },
  origins: additions.origins ?? settings.origins,
  allowLoopbackHttp: settings.allow_loopback_http
})

const policyOf = (policy: Partly<"azure">["policy"]): RefreshPolicy.Options =>
  Object.fromEntries(Object.entries(policy ?? {}).map(([name, value]) => [camelCase(name), value]))

const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const preset = (parts: Pick<Preset, "make"> & Partial<Preset>): Preset => ({
  issues: [],
  displayed: {},
  names: {},
  ...parts
})

const azure = (settings: Partly<"azure">, additions: Additions): Preset => {
  const cloud = clouds[settings.cloud ?? "public"]
  const authority = settings.authority?.replace(/\/+$/, "") ?? AzureAd.authorities[cloud.name]
  const graph = Object.values(clouds).find(({ name }) => AzureAd.authorities[name] === authority)?.graph
  const scopes = settings.scopes ?? (graph === undefined ? [] : [`${graph}/.default`])
  return preset({
    displayed: { authority, scopes: scopes.join(" ") },
    make: (name) =>
      AzureAd.make(name, {
        ...common(settings, additions),
        tenantId: settings.tenant_id ?? none,
        clientId: settings.client_id ?? none,
        clientSecret: settings.client_secret ?? noSecret,
        scopes,
        cloud: cloud.name,
        authority: settings.authority
      })
  })
}

/** Microsoft's clouds, and where Microsoft Graph stands in each. */
const clouds = {
  public: { name: "public", graph: "https://graph.microsoft.com" },
  us_government: { name: "usGovernment", graph: "https://graph.microsoft.us" },
  china: { name: "china", graph: "https://microsoftgraph.chinacloudapi.cn" }
} as const

const auth0 = (settings: Partly<"auth0">, additions: Additions): Preset =>
  preset({
    make: (name) =>
      Auth0.make(name, {
        ...common(settings, additions),
        domain: settings.domain ?? none,
        clientId: settings.client_id ?? none,
        clientSecret: settings.client_secret ?? noSecret,
        audience: settings.audience,
        scopes: settings.scopes,
        organization: settings.organization
      })
  })

const okta = (settings: Partly<"okta">, additions: Additions): Preset =>
  preset({
    make: (name) =>
      Okta.make(name, {
        ...common(settings, additions),
        domain: settings.domain ?? none,
        authorizationServer: settings.authorization_server,
        clientId: settings.client_id ?? none,
        clientSecret: settings.client_secret ?? noSecret,
        scopes: settings.scopes ?? []
      })
  })

const generic = (settings: Partly<"generic">, additions: Additions): Preset => {
  const { base_url, client_authentication, client_secret, profile } = settings
  const server = serverOf(settings)
  const needsSecret = client_secret === undefined && client_authentication !== "none"
  return preset({
    issues: [...server.issues, ...(needsSecret ? [{ path: ["client_secret"], expected: missing }] : [])],
    displayed:
      "tokenUrl" in server.location && base_url !== undefined ? { token_url: server.location.tokenUrl } : {},
    names: { tokenUrl: server.from, scope: "scopes" },
    make: (name) =>
      GenericOAuth.make(name, {
        ...common({ ...settings, ...originOf(base_url, settings.origins) }, additions),
        ...server.location,
        clientId: settings.client_id ?? none,
        clientSecret: client_secret,
        clientAuthentication: client_authentication,
        basicEncoding: settings.basic_encoding,
        requestFormat: settings.request_format,
        scope: settings.scopes,
        audience: settings.audience,
        resource: settings.resource,
        parameters: settings.parameters,
        profile: profile === undefined ? undefined : profiles[profile]
      })
  })
}

/** The token may go to the API whose base URL is a setting. */
const originOf = (baseUrl: string | undefined, origins: ReadonlyArray<string> | undefined) =>
  origins === undefined && baseUrl !== undefined && URL.canParse(baseUrl)
    ? { origins: [new URL(baseUrl).origin] }
    : {}

interface Server {
  readonly location: { readonly tokenUrl: string } | { readonly issuer: string }
  /** The setting that the token URL is from. */
  readonly from: string
  readonly issues: ReadonlyArray<Issue>
}

/** Where the token endpoint is: exactly one of three ways to say it. A base URL alone says where the API is, only. */
const serverOf = ({ base_url, issuer, token_path, token_url }: Partly<"generic">): Server => {
  const ways = [token_url, issuer, token_path].filter((way) => way !== undefined).length
  const issue = (setting: string, expected: string): Server => ({
    location: { tokenUrl: "https://unknown.invalid" },
    from: setting,
    issues: [{ path: [setting], expected }]
  })
  if (ways > 1) {
    const [, second] = Object.entries({ token_url, issuer, token_path }).filter(
      ([, way]) => way !== undefined
    )
    return issue(
      second?.[0] ?? "token_url",
      "no value, or none for the others of {token_url}, {issuer} and {token_path}"
    )
  }
  if (issuer !== undefined) return { location: { issuer }, from: "issuer", issues: [] }
  if (token_url !== undefined) return { location: { tokenUrl: token_url }, from: "token_url", issues: [] }
  if (token_path !== undefined) {
    return base_url === undefined
      ? issue("base_url", "a value, as {token_path} is set")
      : { location: { tokenUrl: joined(base_url, token_path) }, from: "base_url", issues: [] }
  }
  return base_url === undefined
    ? issue("token_url", "a value, or {issuer}, or {base_url} and {token_path}; none of them is set")
    : issue("token_path", "a value, or {token_url} or {issuer}; none of them is set")
}

const joined = (baseUrl: string, path: string): string =>
  `${baseUrl.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`

const profiles = {
  apigee: ResponseProfiles.apigee,
  slack_bot: ResponseProfiles.slackBot,
  slack_user: ResponseProfiles.slackUser,
  hubspot: ResponseProfiles.hubSpot,
  salesforce: ResponseProfiles.salesforce,
  github: ResponseProfiles.gitHub,
  linkedin: ResponseProfiles.linkedIn,
  intuit: ResponseProfiles.intuit
} as const

const apigee = (settings: Partly<"apigee">, additions: Additions): Preset =>
  preset({
    names: { scope: "scopes" },
    make: (name) =>
      Apigee.make(name, {
        ...common(settings, additions),
        tokenUrl: settings.token_url ?? none,
        clientId: settings.client_id ?? none,
        clientSecret: settings.client_secret ?? noSecret,
        scope: settings.scopes,
        parameters: settings.parameters
      })
  })

const zoom = (settings: Partly<"zoom">, additions: Additions): Preset =>
  preset({
    make: (name) =>
      Zoom.make(name, {
        ...common(settings, additions),
        accountId: settings.account_id ?? none,
        clientId: settings.client_id ?? none,
        clientSecret: settings.client_secret ?? noSecret,
        tokenUrl: settings.token_url
      })
  })

const fixed = (settings: Partly<"static">, additions: Additions): Preset =>
  preset({
    make: (name) =>
      StaticToken.make(name, {
        value: settings.value ?? noSecret,
        header: settings.header,
        scheme: settings.scheme,
        origins: additions.origins ?? settings.origins
      })
  })

/** The preset of each type. */
export const presets: {
  readonly [T in Type]: (settings: Partly<T>, additions: Additions) => Preset
} = { azure, auth0, okta, generic, apigee, zoom, static: fixed }
