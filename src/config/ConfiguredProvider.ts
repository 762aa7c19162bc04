/**
 * What configuration comes to: providers by name, from wherever their settings were found.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { InvalidConfiguration } from "../token/TokenError.js"
import type { TokenProvider } from "../TokenProvider.js"

/**
 * A provider that somebody has configured.
 *
 * `source` tells where: `"environment"`, or the path of a file. `settings` are those that are no secret, for people to
 * read: where the token endpoint is, which client, which scopes. `make` makes the provider; it fails with every missing
 * or malformed setting, by the names that they have at the source.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConfiguredProvider {
  readonly name: string
  readonly type: string
  readonly source: string
  readonly settings: Readonly<Record<string, string>>
  readonly make: Effect.Effect<TokenProvider, InvalidConfiguration, HttpClient.HttpClient | Scope.Scope>
}

/**
 * Everything that is configured, and what is unwise about it though it works.
 *
 * @since 0.1.0
 * @category models
 */
export interface Configuration {
  readonly providers: ReadonlyArray<ConfiguredProvider>
  readonly warnings: ReadonlyArray<string>
}
