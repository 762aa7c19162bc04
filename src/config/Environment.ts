/**
 * Providers from variables of the environment, through Effect's `ConfigProvider`: whatever else stands behind that, such as
 * a `.env` file or a vault, does as well.
 *
 * | provider | required | optional |
 * | --- | --- | --- |
 * | `azure` | `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET` | `AZURE_SCOPE`, `AZURE_AUTHORITY_HOST`, `AZURE_ORIGINS` |
 * | `auth0` | `AUTH0_DOMAIN`, `AUTH0_CLIENT_ID`, `AUTH0_CLIENT_SECRET` | `AUTH0_AUDIENCE`, `AUTH0_SCOPE`, `AUTH0_ORIGINS` |
 * | `oauth2` | `OAUTH2_CLIENT_ID`, `OAUTH2_CLIENT_SECRET`, and one of `OAUTH2_TOKEN_URL`, `OAUTH2_ISSUER`, `OAUTH2_BASE_URL` with `OAUTH2_TOKEN_PATH` | `OAUTH2_SCOPE`, `OAUTH2_AUDIENCE`, `OAUTH2_CLIENT_AUTHENTICATION`, `OAUTH2_ORIGINS` |
 * | a prefix of one's own | as `oauth2`, with the prefix in place of `OAUTH2` | |
 *
 * `OAUTH2_ALLOW_LOOPBACK_HTTP=true` lets http through on loopback, for all of them.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as RefreshPolicy from "../cache/RefreshPolicy.js"
import type { InvalidConfiguration } from "../token/TokenError.js"
import type { TokenProvider } from "../TokenProvider.js"
import { unconfigured } from "../TokenProvider.js"
import type { Configuration } from "./ConfiguredProvider.js"
import { readPrefixes, readProvider } from "./internal/environment.js"
import { configured, defineProvider } from "./internal/providerDefinition.js"
import type { Configurable } from "./internal/variables.js"
import * as Variables from "./internal/variables.js"

/**
 * Which variables: those of Microsoft Entra ID, of Auth0, of any authorization server, or the latter with a prefix of one's
 * own in place of `OAUTH2`.
 *
 * @since 0.1.0
 * @category models
 */
export type Source = "azure" | "auth0" | "oauth2" | { readonly prefix: string }

/**
 * What a program adds to the variables, or says in their place.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The numbers of the token cache: margins, attempts, deadlines, windows. */
  readonly policy?: RefreshPolicy.Options | undefined
  /** The origins that the token may be sent to. */
  readonly origins?: ReadonlyArray<string> | undefined
}

/**
 * A layer from variables; the provider's name is the tag's id. Fails with `InvalidConfiguration`, which names every
 * variable that is missing or malformed.
 *
 * @example
 * ```ts
 * import { TokenProvider } from "effect-oauth"
 * import { Environment } from "effect-oauth/config"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 * class Orders extends TokenProvider.Tag("app/Orders")<Orders>() {}
 *
 * const GraphLive = Environment.layer(Graph, "azure")
 * // ORDERS_CLIENT_ID, ORDERS_CLIENT_SECRET, ORDERS_BASE_URL, ORDERS_TOKEN_PATH …
 * const OrdersLive = Environment.layer(Orders, { prefix: "ORDERS" })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <Self>(
  tag: Context.Tag<Self, TokenProvider>,
  source: Source,
  options?: Options
): Layer.Layer<Self, InvalidConfiguration, HttpClient.HttpClient> =>
  Layer.scoped(tag, provider(tag.key, source, options))

/**
 * A layer from variables with which the application boots even when they are missing: `isConfigured` is false then, and
 * `get` fails with the `InvalidConfiguration` that {@link layer} would have failed with.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerOptional = <Self>(
  tag: Context.Tag<Self, TokenProvider>,
  source: Source,
  options?: Options
): Layer.Layer<Self, never, HttpClient.HttpClient> =>
  Layer.scoped(
    tag,
    Effect.catchAll(provider(tag.key, source, options), (error) =>
      Effect.succeed(unconfigured(tag.key, error))
    )
  )

const provider = (name: string, source: Source, options: Options | undefined) =>
  Effect.flatMap(
    Effect.flatMap(readProvider(configurable(source)), (found) => defineProvider(found, options)),
    ({ make }) => make(name)
  )

const configurable = (source: Source): Configurable => {
  switch (source) {
    case "azure":
      return Variables.azure
    case "auth0":
      return Variables.auth0
    case "oauth2":
      return Variables.generic("OAUTH2")
    default:
      return Variables.generic(source.prefix.replace(/_+$/, ""))
  }
}

/**
 * Every provider of which a variable is set: `azure`, `auth0`, `oauth2`, and those of the prefixes that `OAUTH2_PREFIXES`
 * lists (as in `OAUTH2_PREFIXES=MMC_API,ORDERS`) or that are given here, each by its prefix in lower case. One with
 * variables missing is among them, and its `make` fails and names those.
 *
 * @since 0.1.0
 * @category constructors
 */
export const configurationWith = (options: {
  readonly prefixes: ReadonlyArray<string>
}): Effect.Effect<Configuration> =>
  Effect.gen(function* () {
    const own = yield* readPrefixes(options.prefixes)
    const found = yield* Effect.forEach(
      [Variables.azure, Variables.auth0, Variables.generic("OAUTH2")],
      readProvider
    )
    const named = yield* Effect.forEach(own.prefixes, (prefix) => readProvider(Variables.generic(prefix)))
    const definitions = yield* Effect.forEach(
      [...found.filter(({ isMentioned }) => isMentioned), ...named],
      (found) => defineProvider(found)
    )
    return { providers: definitions.map(configured), warnings: own.warnings }
  })

/**
 * {@link configurationWith} no other prefixes than those that `OAUTH2_PREFIXES` lists.
 *
 * @since 0.1.0
 * @category constructors
 */
export const configuration: Effect.Effect<Configuration> = configurationWith({ prefixes: [] })

/**
 * A variable, for people who have to set it.
 *
 * `necessity` is `"required"`; `"alternative"` where one of several is required, as `meaning` says; or `"optional"`.
 *
 * @since 0.1.0
 * @category models
 */
export interface WellKnownVariable {
  readonly name: string
  readonly necessity: "required" | "alternative" | "optional"
  readonly meaning: string
}

/**
 * A provider that variables can configure, for people who have configured none.
 *
 * @since 0.1.0
 * @category models
 */
export interface WellKnown {
  readonly name: string
  readonly type: string
  readonly title: string
  readonly whereToGet: string
  readonly variables: ReadonlyArray<WellKnownVariable>
}

const wellKnownOf = ({ name, title, type, variables, whereToGet }: Configurable): WellKnown => ({
  name,
  type,
  title,
  whereToGet,
  variables: variables.map(({ meaning, name, necessity }) => ({ name, necessity, meaning }))
})

/**
 * The providers that need no more than their variables: which those are, and where to get what they hold.
 *
 * @since 0.1.0
 * @category data
 */
export const wellKnown: ReadonlyArray<WellKnown> = [
  Variables.azure,
  Variables.auth0,
  Variables.generic("OAUTH2")
].map(wellKnownOf)

/**
 * The variables of a prefix of one's own.
 *
 * @since 0.1.0
 * @category data
 */
export const wellKnownPrefix = (prefix: string): WellKnown => wellKnownOf(configurable({ prefix }))
