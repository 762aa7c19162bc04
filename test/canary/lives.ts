import * as HttpClient from "@effect/platform/HttpClient"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { RefreshPolicy, TokenError } from "effect-oauth"
import { AccessToken, Grant, TokenProvider } from "effect-oauth"
import { marks } from "./marks.js"
import type { Server } from "./servers.js"
import type { Exhibit } from "./witness.js"

/** How an export is shown with secrets in it; or, where none can be in it, why. */
export type Entry = Exercise | string
export type Exercise = Effect.Effect<Exhibit, unknown, Scope.Scope>

export const clientSecret = Redacted.make<string>(marks.clientSecret)
export const otherSecret = Redacted.make<string>(marks.otherSecret)
export const policy: RefreshPolicy.Options = { attempts: 1 }
export const origins = ["https://api.example.com"]
export const tokenUrl = "https://login.example.com/token"

export class Api extends TokenProvider.Tag("app/Api")<Api>() {}

export const served = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  { client }: Pick<Server, "client">
): Effect.Effect<A, E, Exclude<R, HttpClient.HttpClient>> =>
  Effect.provideService(effect, HttpClient.HttpClient, client)

/** A grant of one's own, which is given its tokens in turn. */
export const vault = (...values: readonly [string, ...ReadonlyArray<string>]): Grant.Grant => {
  let asked = 0
  return Grant.make({
    name: "vault",
    replay: "once",
    request: () =>
      Effect.sync(() => ({
        value: Redacted.make(values[Math.min(asked++, values.length - 1)] ?? values[0]),
        expiresIn: Duration.minutes(1),
        refreshToken: Redacted.make<string>(marks.refreshToken),
        scopes: ["read"]
      }))
  })
}

/** The settings of a client with a secret. */
export const settings = { clientId: "a-client", clientSecret, tokenUrl, origins, policy }

/** A provider over a grant of one's own. */
export const own = (...values: readonly [string, ...ReadonlyArray<string>]) =>
  TokenProvider.make({ name: "app/Api", grant: vault(...values), policy, origins })

/** A token that is presented in one way or another. */
export const presented = (presentation: AccessToken.Presentation): AccessToken.AccessToken =>
  new AccessToken.AccessToken({
    value: Redacted.make<string>(marks.accessToken),
    presentation,
    scopes: ["read"],
    issuedAt: DateTime.unsafeMake(0),
    expiresAt: AccessToken.never,
    parameters: {}
  })

export const token = presented(AccessToken.bearer)

export const valueOf = (token: AccessToken.AccessToken): string => Redacted.value(token.value)

/** A provider through its states, and what each of its operations brings. */
export const life = <E, R>(
  make: Effect.Effect<TokenProvider.TokenProvider, E, R>
): Effect.Effect<Exhibit, E | TokenError.TokenError, R> =>
  Effect.gen(function* () {
    const provider = yield* make
    const empty = yield* provider.status
    const token = yield* provider.get
    const headers = yield* provider.headers
    const fresh = yield* provider.status
    const refreshed = yield* provider.refresh
    const invalidation = yield* provider.invalidate(refreshed)
    const [again, refreshing] = yield* Effect.all([provider.get, provider.status], {
      concurrency: "unbounded"
    })
    yield* provider.clear
    const cleared = yield* provider.status
    return {
      shows: [
        ...[make, provider, Object.values(provider), provider.invalidate(token)],
        ...[empty, token, headers, fresh, refreshed, invalidation, again, refreshing, cleared]
      ],
      holds: [valueOf(token), valueOf(again), Object.values(headers).join()]
    }
  })

/** What is said of things that are wrong. */
export const refusals = <A, E, R>(
  ...tries: ReadonlyArray<Effect.Effect<A, E, R>>
): Effect.Effect<ReadonlyArray<unknown>, A, R> =>
  Effect.map(Effect.forEach(tries, Effect.flip), (errors) => [...tries, ...errors])
