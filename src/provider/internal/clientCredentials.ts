/**
 * From the settings of a client credentials provider to the provider: what every preset comes down to.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import * as Policy from "../../cache/RefreshPolicy.js"
import * as ClientCredentials from "../../grant/ClientCredentials.js"
import type { Grant } from "../../token/Grant.js"
import type { InvalidConfiguration, TokenError } from "../../token/TokenError.js"
import * as TokenProvider from "../../TokenProvider.js"
import type { ClientAuthentication } from "../../wire/ClientAuthentication.js"
import * as Authentication from "../../wire/ClientAuthentication.js"
import { discover } from "../../wire/Discovery.js"
import type { ResponseProfile } from "../../wire/ResponseProfile.js"
import * as Profile from "../../wire/ResponseProfile.js"
import type { RequestFormat, TokenEndpoint } from "../../wire/TokenEndpoint.js"
import { parseEndpoint } from "../../wire/Url.js"
import type { Issues } from "./settings.js"
import { originsOf } from "./settings.js"

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
  readonly request: ClientCredentials.Options
}

/** Parameters that are the exchange's own: a second value for one of them would be a second answer to one question. */
const reserved = ["grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type"]

/** A provider with these settings. */
export const make = (
  settings: Settings
): Effect.Effect<TokenProvider.TokenProvider, InvalidConfiguration, HttpClient.HttpClient | Scope.Scope> =>
  Effect.flatMap(grant(settings), (grant) =>
    TokenProvider.make({
      name: settings.issues.provider,
      grant,
      policy: settings.policy,
      origins: settings.origins ?? originsOf(settings.request.resource ?? [])
    })
  )

/** The grant of these settings, once all of them have been checked. */
export const grant = (
  settings: Settings
): Effect.Effect<Grant, InvalidConfiguration, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { issues } = settings
    const allowLoopbackHttp = settings.allowLoopbackHttp ?? false
    const policy = Either.getOrElse(Policy.make(settings.policy), (found) => {
      issues.found.push(...found)
      return Policy.defaults
    })
    issues.text("clientId", settings.clientId)
    if (settings.clientSecret !== undefined) issues.secret("clientSecret", settings.clientSecret)
    else if (settings.method !== undefined && settings.method !== "none") {
      issues.add("clientSecret", `a secret, for ${settings.method}`)
    }
    const { audience, resource, scopes } = settings.request
    const taken = [
      ...reserved,
      ...(audience === undefined ? [] : ["audience"]),
      ...(resource === undefined ? [] : ["resource"]),
      ...(scopes === undefined || scopes.length === 0 ? [] : ["scope"])
    ]
    for (const parameter of Object.keys(settings.request.parameters ?? {})) {
      if (taken.includes(parameter)) issues.add(`parameters.${parameter}`, "no parameter of this name")
    }
    const [path, location] =
      "issuer" in settings.server
        ? ["issuer", settings.server.issuer]
        : [settings.server.path, settings.server.tokenUrl]
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
    const known = (url: URL): Effect.Effect<TokenEndpoint> =>
      Effect.succeed({
        ...base,
        url,
        clientAuthentication: authentication(settings, ["client_secret_basic"])
      })
    const discovered = remember(
      Effect.map(discover({ ...base, issuer: location }), (metadata): TokenEndpoint => ({
        ...base,
        url: metadata.tokenEndpoint,
        clientAuthentication: authentication(settings, metadata.clientAuthenticationMethods)
      }))
    )
    const endpoint = "issuer" in settings.server || url === undefined ? yield* discovered : known(url)
    return yield* ClientCredentials.make(endpoint, settings.request)
  })

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
