/**
 * From the settings of a client to the token endpoint that it asks, whichever grant it asks with.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Policy from "../../cache/RefreshPolicy.js"
import type { Client } from "../../grant/identity.js"
import type { InvalidConfiguration, TokenError } from "../../token/TokenError.js"
import type { ClientAuthentication } from "../../wire/ClientAuthentication.js"
import * as Authentication from "../../wire/ClientAuthentication.js"
import { discover } from "../../wire/Discovery.js"
import type { ResponseProfile } from "../../wire/ResponseProfile.js"
import * as Profile from "../../wire/ResponseProfile.js"
import type { Parameters, RequestFormat, TokenEndpoint } from "../../wire/TokenEndpoint.js"
import { parseEndpoint } from "../../wire/Url.js"
import type { Issues } from "./settings.js"

/** What every preset lets its user set. */
export interface CommonOptions {
  /** The numbers of the token cache: margins, attempts, deadlines, windows. */
  readonly policy?: Policy.Options | undefined
  /** The origins that the token may be sent to, where the preset does not know them; `https://*.example.com` is one too. */
  readonly origins?: ReadonlyArray<string> | undefined
  /** Lets http through where the server is a literal loopback address. For tests and local development. */
  readonly allowLoopbackHttp?: boolean | undefined
}

export interface Settings extends CommonOptions {
  /** What was found wrong so far, under the provider's name. */
  readonly issues: Issues
  /** The token endpoint's URL, and the setting that it came from; or the issuer to ask for it. */
  readonly server: { readonly path: string; readonly tokenUrl: string } | { readonly issuer: string }
  readonly clientId: string
  readonly clientSecret?: Redacted.Redacted | undefined
  readonly method?: ClientAuthentication["method"] | undefined
  readonly basicEncoding?: "form" | "raw" | undefined
  readonly requestFormat?: RequestFormat | undefined
  readonly profile?: Partial<ResponseProfile> | undefined
  readonly request: Asked
}

/** What is asked for, with whatever grant. */
export interface Asked {
  readonly scopes?: ReadonlyArray<string> | undefined
  readonly audience?: string | undefined
  readonly resource?: ReadonlyArray<string> | undefined
  readonly parameters?: Parameters | undefined
}

/** The endpoint, which may have to be discovered first, and who asks whom there. */
export interface Located {
  readonly endpoint: Effect.Effect<TokenEndpoint, TokenError, HttpClient.HttpClient>
  readonly client: Client
}

/** The endpoint of these settings, once all of them have been checked. `reserved` are the parameters that the grant sets itself. */
export const locate = (
  settings: Settings,
  reserved: ReadonlyArray<string> = []
): Effect.Effect<Located, InvalidConfiguration> =>
  Effect.gen(function* () {
    const { clientId, issues, server } = settings
    const allowLoopbackHttp = settings.allowLoopbackHttp ?? false
    const policy = checkPolicy(settings)
    checkClient(settings)
    checkParameters(settings, reserved)
    const [path, location] = "issuer" in server ? ["issuer", server.issuer] : [server.path, server.tokenUrl]
    if (issues.found.every((issue) => issue.path !== path)) issues.text(path, location)
    const url = Either.getOrElse(parseEndpoint(location, allowLoopbackHttp), (expected) => {
      // a mistake in what the URL is made of has been told already, under its own name
      if (issues.found.every((issue) => issue.path !== path)) issues.add(path, expected)
      return undefined
    })
    yield* issues.check

    const base = {
      provider: issues.provider,
      allowLoopbackHttp,
      requestFormat: settings.requestFormat ?? "form",
      profile: Profile.make(settings.profile ?? {}),
      deadline: Duration.millis(policy.deadline)
    }
    if ("issuer" in server || url === undefined) {
      const endpoint = yield* remember(
        Effect.map(discover({ ...base, issuer: location }), (metadata): TokenEndpoint => ({
          ...base,
          url: metadata.tokenEndpoint,
          clientAuthentication: authentication(settings, metadata.clientAuthenticationMethods)
        }))
      )
      return { endpoint, client: { server: location, clientId } }
    }
    const known: TokenEndpoint = {
      ...base,
      url,
      clientAuthentication: authentication(settings, ["client_secret_basic"])
    }
    return { endpoint: Effect.succeed(known), client: { server: url.href, clientId } }
  })

const checkPolicy = ({ issues, policy }: Settings): Policy.RefreshPolicy =>
  Either.getOrElse(Policy.make(policy), (found) => {
    issues.found.push(...found)
    return Policy.defaults
  })

const checkClient = ({ clientId, clientSecret, issues, method }: Settings): void => {
  issues.text("clientId", clientId)
  if (clientSecret !== undefined) issues.secret("clientSecret", clientSecret)
  else if (method !== undefined && method !== "none") issues.add("clientSecret", `a secret, for ${method}`)
}

const checkParameters = ({ issues, request }: Settings, reserved: ReadonlyArray<string>): void => {
  const { audience, parameters = {}, resource, scopes = [] } = request
  const taken = [
    ...ownParameters,
    ...reserved,
    ...(audience === undefined ? [] : ["audience"]),
    ...(resource === undefined ? [] : ["resource"]),
    ...(scopes.length === 0 ? [] : ["scope"])
  ]
  for (const parameter of Object.keys(parameters)) {
    if (taken.includes(parameter)) issues.add(`parameters.${parameter}`, "no parameter of this name")
  }
}

/** Parameters that are the exchange's own: a second value for one of them would be a second answer to one question. */
const ownParameters = [
  "grant_type",
  "client_id",
  "client_secret",
  "client_assertion",
  "client_assertion_type"
]

/** The method that was set; else, with a secret, the header unless the server takes the secret in the body only. */
const authentication = (settings: Settings, offered: ReadonlyArray<string>): ClientAuthentication => {
  const { clientId, clientSecret } = settings
  if (clientSecret === undefined || settings.method === "none") return Authentication.none(clientId)
  const method =
    settings.method ??
    (!offered.includes("client_secret_basic") && offered.includes("client_secret_post")
      ? "client_secret_post"
      : "client_secret_basic")
  return method === "client_secret_post"
    ? Authentication.post(clientId, clientSecret)
    : Authentication.basic(clientId, clientSecret, settings.basicEncoding)
}

/** Metadata is good for a day; a failure to get it is not remembered. */
const remember = <R>(
  discovery: Effect.Effect<TokenEndpoint, TokenError, R>
): Effect.Effect<Effect.Effect<TokenEndpoint, TokenError, R>> =>
  Effect.map(
    Ref.make(Option.none<{ readonly until: number; readonly endpoint: TokenEndpoint }>()),
    (memory) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const remembered = yield* Ref.get(memory)
        if (Option.isSome(remembered) && now < remembered.value.until) return remembered.value.endpoint
        const endpoint = yield* discovery
        yield* Ref.set(memory, Option.some({ until: now + oneDay, endpoint }))
        return endpoint
      })
  )

const oneDay = Duration.toMillis("1 day")
