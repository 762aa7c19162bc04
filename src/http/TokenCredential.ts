/**
 * A door to Azure's SDKs and whatever else takes a `TokenCredential`.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Scope from "effect/Scope"
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
  readonly abortSignal?: AbortSignalLike
  readonly claims?: string
}

/**
 * An `AbortSignal`, or what Azure's SDKs have in its place.
 *
 * @since 0.1.0
 * @category models
 */
export interface AbortSignalLike {
  readonly aborted: boolean
  addEventListener(type: "abort", listener: () => void): void
  removeEventListener(type: "abort", listener: () => void): void
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
    const providers = yield* Ref.make<ReadonlyMap<string, TokenProvider>>(new Map())
    const lock = yield* Effect.makeSemaphore(1)
    const providerFor = (scopes: ReadonlyArray<string>) =>
      Effect.gen(function* () {
        const key = scopes.join(" ")
        const known = (yield* Ref.get(providers)).get(key)
        if (known !== undefined) return known
        const own = yield* Scope.fork(scope, ExecutionStrategy.sequential)
        const made = yield* Effect.onError(Scope.extend(provider(scopes), own), (cause) =>
          Scope.close(own, Exit.failCause(cause))
        )
        yield* Ref.update(providers, (providers) => new Map(providers).set(key, made))
        return made
      }).pipe(Effect.uninterruptible, lock.withPermits(1))
    return credential(promised(runtime), providerFor)
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
  scopes: string | ReadonlyArray<string>
): Effect.Effect<TokenCredential, E, R> =>
  Effect.gen(function* () {
    const source = yield* provider
    const known = canonical(scopes)
    return credential(promised(yield* Effect.runtime()), (asked) =>
      asked.every((scope) => known.includes(scope))
        ? Effect.succeed(source)
        : new InvalidConfiguration({
            provider: source.name,
            reason: "Malformed",
            issues: [new ConfigurationIssue({ path: "scopes", expected: `to include ${asked.join(" ")}` })]
          })
    )
  })

const credential = <E, R>(
  run: ReturnType<typeof promised<R>>,
  providerFor: (scopes: ReadonlyArray<string>) => Effect.Effect<TokenProvider, E, R>
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
      options?.abortSignal
    )
})

/** Scopes are a set: neither order nor repetition makes another. */
const canonical = (scopes: string | ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(typeof scopes === "string" ? scopes.split(" ") : scopes)].filter((scope) => scope !== "").sort()
