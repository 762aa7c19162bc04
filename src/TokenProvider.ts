/**
 * The service that programs depend on: something that always has a valid access token for one credential.
 *
 * @since 0.1.0
 */
import type * as Headers from "@effect/platform/Headers"
import * as Array from "effect/Array"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as Policy from "./cache/RefreshPolicy.js"
import * as TokenCache from "./cache/TokenCache.js"
import type { Invalidation } from "./cache/TokenCache.js"
import type { TokenStatus } from "./cache/TokenStatus.js"
import { unconfigured as unconfiguredStatus } from "./cache/status.js"
import type { AccessToken } from "./token/AccessToken.js"
import { headers } from "./token/AccessToken.js"
import type { Grant } from "./token/Grant.js"
import type { TokenError } from "./token/TokenError.js"
import { ConfigurationIssue, InvalidConfiguration } from "./token/TokenError.js"

/**
 * A credential's token, always valid.
 *
 * - `get`: a usable token. It comes from the cache at once; only without a usable token does it wait for the server.
 * - `refresh`: a new token, even though there is a good one.
 * - `invalidate`: gives up a token that a server refused, if it is still the one in hand.
 * - `clear`: gives up the token in hand, whichever it is.
 * - `status`: how things stand, without a secret.
 * - `headers`: the header that carries the token, for a request. It prints redacted.
 * - `isConfigured`: whether its settings were complete; if not, `get` fails with `InvalidConfiguration`.
 * - `origins`: the origins that the token is meant for, where the credential itself names them.
 * - `tenancy`: where it is one tenant's of many, the name of the provider of them all, and the tenant's.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenProvider {
  readonly name: string
  readonly isConfigured: boolean
  readonly origins: ReadonlyArray<string>
  readonly tenancy?: { readonly provider: string; readonly tenant: string | undefined } | undefined
  readonly get: Effect.Effect<AccessToken, TokenError>
  readonly refresh: Effect.Effect<AccessToken, TokenError>
  readonly invalidate: (token: AccessToken) => Effect.Effect<Invalidation>
  readonly clear: Effect.Effect<void>
  readonly status: Effect.Effect<TokenStatus>
  readonly headers: Effect.Effect<Headers.Headers, TokenError>
}

/**
 * A tag for one credential. Two credentials in one program are two tags with two ids, and cannot be mixed up.
 *
 * @example
 * ```ts
 * import { TokenProvider } from "effect-oauth"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 * class Billing extends TokenProvider.Tag("app/Billing")<Billing>() {}
 * ```
 *
 * @since 0.1.0
 * @category tags
 */
export const Tag =
  <const Id extends string>(id: Id) =>
  <Self>(): Context.TagClass<Self, Id, TokenProvider> =>
    Context.Tag(id)<Self, TokenProvider>()

/**
 * A provider of one's own is one grant and a name. It lives as long as the scope that it is made in.
 *
 * Fails with `InvalidConfiguration` where a number of the policy makes no sense.
 *
 * @example
 * ```ts
 * import { Grant, TokenProvider } from "effect-oauth"
 * import * as Duration from "effect/Duration"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * declare const readFromVault: Effect.Effect<string>
 *
 * const vault = TokenProvider.make({
 *   name: "app/Vault",
 *   grant: Grant.make({
 *     name: "vault",
 *     request: () =>
 *       Effect.map(readFromVault, (value) => ({ value: Redacted.make(value), expiresIn: Duration.minutes(15) }))
 *   }),
 *   policy: { margin: "1 minute" }
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly name: string
  readonly grant: Grant
  readonly policy?: Policy.Options | undefined
  readonly origins?: ReadonlyArray<string> | undefined
}): Effect.Effect<TokenProvider, InvalidConfiguration, Scope.Scope> =>
  Effect.gen(function* () {
    const { grant, name } = options
    const policy = yield* Either.mapLeft(
      Policy.make(options.policy),
      (issues) => new InvalidConfiguration({ provider: name, reason: "Malformed", issues })
    )
    const cache = yield* TokenCache.make({ provider: name, grant, policy })
    return {
      ...cache,
      name,
      isConfigured: true,
      origins: options.origins ?? [],
      headers: Effect.map(cache.get, headers)
    }
  })

/**
 * A layer of a provider of one's own; its name is the tag's id.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <Self>(
  tag: Context.Tag<Self, TokenProvider>,
  options: {
    readonly grant: Grant
    readonly policy?: Policy.Options | undefined
    readonly origins?: ReadonlyArray<string> | undefined
  }
): Layer.Layer<Self, InvalidConfiguration> => Layer.scoped(tag, make({ ...options, name: tag.key }))

/**
 * A provider without complete settings: whatever needs a token fails with the given error, before any network.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unconfigured = (name: string, error: InvalidConfiguration): TokenProvider => ({
  name,
  isConfigured: false,
  origins: [],
  get: Effect.fail(error),
  refresh: Effect.fail(error),
  headers: Effect.fail(error),
  invalidate: () => Effect.succeed("Superseded"),
  clear: Effect.void,
  status: Effect.map(Clock.currentTimeMillis, (now) =>
    unconfiguredStatus(name, error, DateTime.unsafeMake(now))
  )
})

/**
 * How a preset makes its provider, once it has its settings.
 *
 * @since 0.1.0
 * @category models
 */
export interface Make<Options, R> {
  (name: string, options: Options): Effect.Effect<TokenProvider, InvalidConfiguration, R | Scope.Scope>
}

/**
 * Turns the way in which a preset makes its provider into its layers: from settings that are there, from `Config`, and
 * from `Config` where the application boots without them. The provider's name is the tag's id.
 *
 * @since 0.1.0
 * @category layers
 */
export const layersOf = <Options, R>(
  make: Make<Options, R>
): {
  readonly layer: <Self>(
    tag: Context.Tag<Self, TokenProvider>,
    options: Options
  ) => Layer.Layer<Self, InvalidConfiguration, Exclude<R, Scope.Scope>>
  readonly layerConfig: <Self>(
    tag: Context.Tag<Self, TokenProvider>,
    config: Config.Config.Wrap<Options>
  ) => Layer.Layer<Self, InvalidConfiguration, Exclude<R, Scope.Scope>>
  readonly layerConfigOptional: <Self>(
    tag: Context.Tag<Self, TokenProvider>,
    config: Config.Config.Wrap<Options>
  ) => Layer.Layer<Self, never, Exclude<R, Scope.Scope>>
} => {
  const fromConfig = (name: string, config: Config.Config.Wrap<Options>) =>
    Effect.flatMap(
      Effect.mapError(Config.unwrap(withoutUndefined(config)), (error) => fromConfigError(name, error)),
      (options) => make(name, options)
    )
  return {
    layer: (tag, options) => Layer.scoped(tag, make(tag.key, options)),
    layerConfig: (tag, config) => Layer.scoped(tag, fromConfig(tag.key, config)),
    layerConfigOptional: (tag, config) =>
      Layer.scoped(
        tag,
        Effect.catchAll(fromConfig(tag.key, config), (error) => Effect.succeed(unconfigured(tag.key, error)))
      )
  }
}

/** A setting that is undefined, or a group of none, is one that was left out; `Config.unwrap` throws at it. */
const withoutUndefined = <A>(wrapped: A): A =>
  isGroup(wrapped)
    ? // the same type: what is dropped are optional members
      (Object.fromEntries(
        Object.entries(wrapped)
          .map(([name, member]) => [name, withoutUndefined(member)] as const)
          .filter(
            ([, member]) => member !== undefined && !(isGroup(member) && Object.keys(member).length === 0)
          )
      ) as A)
    : wrapped

const isGroup = (wrapped: unknown): wrapped is Readonly<Record<string, unknown>> =>
  Predicate.isRecord(wrapped) && !Config.isConfig(wrapped)

/**
 * Every missing or malformed key of a `ConfigError`, by path: its message, which may hold a value, is left behind.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromConfigError = (provider: string, error: ConfigError.ConfigError): InvalidConfiguration => {
  const issues = Array.dedupeWith(issuesOf(error), (a, b) => a.path === b.path)
  return new InvalidConfiguration({
    provider,
    reason: issues.every(({ expected }) => expected === missing) ? "Missing" : "Malformed",
    issues
  })
}

const missing = "a value; it is not set"

const issuesOf = (error: ConfigError.ConfigError): ReadonlyArray<ConfigurationIssue> => {
  switch (error._op) {
    case "And":
    case "Or":
      return [...issuesOf(error.left), ...issuesOf(error.right)]
    case "MissingData":
      return [new ConfigurationIssue({ path: error.path.join("."), expected: missing })]
    case "InvalidData":
    case "Unsupported":
    case "SourceUnavailable":
      return [new ConfigurationIssue({ path: error.path.join("."), expected: "a value that can be read" })]
  }
}
