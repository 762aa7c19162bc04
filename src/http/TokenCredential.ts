/**
 * A door to Azure's SDKs and whatever else takes a `TokenCredential`.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as SynchronizedRef from "effect/SynchronizedRef"
import { ConfigurationIssue, InvalidConfiguration } from "../token/TokenError.js"
import type { TokenProvider } from "../TokenProvider.js"
import { promised } from "./promise.js"

/**
 * What Azure's SDKs ask for a token (`TokenCredential` of `@azure/core-auth`).
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenCredential {
  readonly getToken: (scopes: string | Array<string>, options?: GetTokenOptions) => Promise<BearerToken>
}

/**
 * What an SDK may say when it asks. With `claims`, which say that the token in hand no longer does, a new one is fetched.
 *
 * @since 0.1.0
 * @category models
 */
export interface GetTokenOptions {
  readonly abortSignal?: {
    readonly aborted: boolean
    addEventListener(type: "abort", listener: () => void): void
  }
  readonly claims?: string
}

/**
 * A token in the clear, and when it expires, in milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface BearerToken {
  readonly token: string
  readonly expiresOnTimestamp: number
  readonly tokenType: "Bearer"
}

/**
 * A credential that makes a provider for each set of scopes that it is asked for, and keeps it as long as the scope that
 * the credential is made in. Promises are rejected with a `TokenError`.
 *
 * @example
 * ```ts
 * import { AzureAd, TokenCredential } from "effect-oauth"
 * import * as Effect from "effect/Effect"
 *
 * declare const options: Omit<AzureAd.Options, "scopes">
 *
 * const credential = TokenCredential.make((scopes) =>
 *   AzureAd.make(`azure ${scopes.join(" ")}`, { ...options, scopes })
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R>(
  provider: (scopes: ReadonlyArray<string>) => Effect.Effect<TokenProvider, E, R>
): Effect.Effect<TokenCredential, never, Exclude<R, Scope.Scope> | Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const runtime = yield* Effect.runtime<Exclude<R, Scope.Scope>>()
    const providers = yield* SynchronizedRef.make<ReadonlyMap<string, TokenProvider>>(new Map())
    const providerFor = (scopes: ReadonlyArray<string>): Effect.Effect<TokenProvider, E> =>
      SynchronizedRef.modifyEffect(providers, (providers) => {
        const key = scopes.join(" ")
        const known = providers.get(key)
        return known === undefined
          ? Effect.map(Effect.provide(Scope.extend(provider(scopes), scope), runtime), (made) => [
              made,
              new Map(providers).set(key, made)
            ])
          : Effect.succeed([known, providers])
      })
    return credential(promised(yield* Effect.runtime()), providerFor)
  })

/**
 * A credential that is one provider, for the scopes that its token has. Asked for others, the promise is rejected with
 * `InvalidConfiguration`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromProvider = <E, R>(
  provider: Effect.Effect<TokenProvider, E, R>,
  scopes: ReadonlyArray<string>
): Effect.Effect<TokenCredential, E, R> =>
  Effect.gen(function* () {
    const source = yield* provider
    return credential(promised(yield* Effect.runtime()), (asked) =>
      asked.every((scope) => scopes.includes(scope))
        ? Effect.succeed(source)
        : new InvalidConfiguration({
            provider: source.name,
            reason: "Malformed",
            issues: [new ConfigurationIssue({ path: "scopes", expected: `to include ${asked.join(" ")}` })]
          })
    )
  })

const credential = <E>(
  run: ReturnType<typeof promised>,
  providerFor: (scopes: ReadonlyArray<string>) => Effect.Effect<TokenProvider, E>
): TokenCredential => ({
  getToken: (scopes, options) =>
    run(
      Effect.flatMap(providerFor(canonical(scopes)), (provider) =>
        Effect.map(options?.claims === undefined ? provider.get : provider.refresh, (token) => ({
          token: Redacted.value(token.value),
          expiresOnTimestamp: DateTime.toEpochMillis(token.expiresAt),
          tokenType: "Bearer" as const
        }))
      ),
      signalOf(options)
    )
})

/** Scopes are a set: neither order nor repetition makes another. */
const canonical = (scopes: string | ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(typeof scopes === "string" ? scopes.split(" ") : scopes)].filter((scope) => scope !== "").sort()

const signalOf = (options: GetTokenOptions | undefined): AbortSignal | undefined => {
  const asked = options?.abortSignal
  if (asked === undefined || asked instanceof AbortSignal) return asked
  const controller = new AbortController()
  if (asked.aborted) controller.abort()
  else asked.addEventListener("abort", () => controller.abort())
  return controller.signal
}
