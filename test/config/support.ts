import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Scope from "effect/Scope"
import type { TokenError, TokenProvider } from "effect-oauth"
import type { Configuration } from "effect-oauth/config"
import { ConfigFile } from "effect-oauth/config"
import { recordingClient, theOnly } from "../support/recordingClient.js"

export type Variables = Readonly<Record<string, string>>

/** The variables as an environment has them. */
export const environment = (variables: Variables): ConfigProvider.ConfigProvider =>
  ConfigProvider.fromMap(new Map(Object.entries(variables)), { pathDelim: "_" })

export const withVariables =
  (variables: Variables) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withConfigProvider(effect, environment(variables))

export const parse = (text: string, variables: Variables = {}) =>
  withVariables(variables)(ConfigFile.parse(text, { path: "app.yaml" }))

/** What is wrong with a file: the path of each issue, and what was expected there. */
export const mistakesIn = (text: string, variables: Variables = {}) =>
  Effect.map(Effect.flip(parse(text, variables)), linesOf)

export const linesOf = ({ issues }: TokenError.InvalidConfiguration): ReadonlyArray<string> =>
  issues.map(({ expected, path }) => `${path}: ${expected}`)

/** The provider of a name. */
export const named = (configuration: Configuration, name: string) => {
  const found = configuration.providers.find((provider) => provider.name === name)
  if (found === undefined) throw new Error(`there is no provider ${name}`)
  return found
}

/** The only request that a provider makes for its first token. */
export const firstRequest = <E>(
  make: Effect.Effect<TokenProvider.TokenProvider, E, HttpClient.HttpClient | Scope.Scope>
) =>
  Effect.gen(function* () {
    const { layer, requests } = recordingClient()
    const provider = yield* Effect.provide(make, layer)
    yield* provider.get
    return { provider, request: theOnly(requests) }
  })
