/**
 * An adapter for Azure's SDKs and other code that takes a `TokenCredential`.
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { peekOf } from "../cache/peek.js"
import type { AccessToken } from "../token/AccessToken.js"
import { ConfigurationIssue, InvalidConfiguration } from "../token/TokenError.js"
import type { TokenProvider } from "../TokenProvider.js"
import { toPromise } from "./promise.js"

/**
 * The interface that Azure's SDKs get tokens from (`TokenCredential` of `@azure/core-auth`).
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenCredential {
  readonly getToken: (scopes: string | Array<string>, options?: GetTokenOptions) => Promise<BearerToken>
}

/**
 * The options that an SDK may pass. With `claims`, which reject the current token, a new token is requested.
 *
 * @since 0.1.0
 * @category models
 */
export interface GetTokenOptions {
  readonly abortSignal?: AbortSignalLike
  readonly claims?: string
  /** The tenant that a server's challenge named. A credential made by {@link fromProvider} ignores it. */
  readonly tenantId?: string
}

/**
 * What an SDK requested besides scopes.
 *
 * @since 0.1.0
 * @category models
 */
export interface MakeOptions {
  readonly tenantId?: string | undefined
}

/**
 * An `AbortSignal`, or the replacement for it in older Azure SDKs.
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
 * A token in plain text, and when it expires, in milliseconds since the epoch.
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
 * A credential that makes one provider for each requested set of scopes and each tenant. The providers live until the
 * credential's `Scope` is closed. Promises are rejected with a `TokenError`.
 *
 * @example
 * ```ts
 * import { AzureAd, TokenCredential } from "effect-oauth"
 * import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
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
  provider: (scopes: ReadonlyArray<string>, options: MakeOptions) => Effect.Effect<TokenProvider, E, R>
): Effect.Effect<TokenCredential, never, Exclude<R, Scope.Scope> | Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const runtime = yield* Effect.runtime<Exclude<R, Scope.Scope>>()
    const providers = new Map<string, TokenProvider>()
    const pending = new Map<string, Deferred.Deferred<TokenProvider, E>>()
    /** Makes the provider in a fiber of the credential, so that an aborted caller does not stop it for other callers. */
    const makeProvider = (key: string, scopes: ReadonlyArray<string>, options: MakeOptions) => {
      const deferred = Deferred.unsafeMake<TokenProvider, E>(FiberId.none)
      pending.set(key, deferred)
      return Effect.gen(function* () {
        const providerScope = yield* Scope.fork(scope, ExecutionStrategy.sequential)
        const exit = yield* Effect.exit(Scope.extend(provider(scopes, options), providerScope))
        pending.delete(key)
        if (Exit.isSuccess(exit)) providers.set(key, exit.value)
        else yield* Scope.close(providerScope, exit)
        yield* Deferred.done(deferred, exit)
      }).pipe(
        Effect.forkIn(scope),
        Effect.flatMap((fiber) => {
          // If the scope is already closed, the fiber never starts.
          fiber.addObserver(() => Deferred.unsafeDone(deferred, Exit.interrupt(FiberId.none)))
          return Deferred.await(deferred)
        })
      )
    }
    const keyOf = (scopes: ReadonlyArray<string>, { tenantId }: MakeOptions) =>
      JSON.stringify([tenantId, ...scopes])
    return credential({
      clock: yield* Effect.clock,
      run: toPromise(runtime),
      known: (scopes, options) => providers.get(keyOf(scopes, options)),
      providerFor: (scopes, options) =>
        Effect.suspend(() => {
          const key = keyOf(scopes, options)
          const known = providers.get(key)
          if (known !== undefined) return Effect.succeed(known)
          const deferred = pending.get(key)
          return deferred === undefined ? makeProvider(key, scopes, options) : Deferred.await(deferred)
        })
    })
  })

/**
 * A credential of one provider, for the scopes of its token. The promise is rejected with `InvalidConfiguration` if other
 * scopes are requested.
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
    const tokenScopes = canonicalScopes(scopes)
    const known = (requested: ReadonlyArray<string>) =>
      requested.every((scope) => tokenScopes.includes(scope)) ? source : undefined
    const providerFor = (requested: ReadonlyArray<string>) =>
      Option.match(Option.fromNullable(known(requested)), {
        onSome: Effect.succeed,
        onNone: () =>
          new InvalidConfiguration({
            provider: source.name,
            reason: "Malformed",
            issues: [
              new ConfigurationIssue({ path: "scopes", expected: `to include ${requested.join(" ")}` })
            ]
          })
      })
    return credential({
      clock: yield* Effect.clock,
      run: toPromise(yield* Effect.runtime()),
      known,
      providerFor
    })
  })

interface Source<E, R> {
  readonly clock: Clock.Clock
  readonly run: ReturnType<typeof toPromise<R>>
  /** The provider for the scopes, if it was made already. */
  readonly known: (scopes: ReadonlyArray<string>, options: MakeOptions) => TokenProvider | undefined
  readonly providerFor: (
    scopes: ReadonlyArray<string>,
    options: MakeOptions
  ) => Effect.Effect<TokenProvider, E, R>
}

const credential = <E, R>({ clock, known, providerFor, run }: Source<E, R>): TokenCredential => ({
  getToken: (requested, options = {}) => {
    const scopes = canonicalScopes(requested)
    const isRefresh = options.claims !== undefined
    const provider = isRefresh || options.abortSignal?.aborted === true ? undefined : known(scopes, options)
    const fresh = provider === undefined ? undefined : peekOf(provider.get)(clock.unsafeCurrentTimeMillis())
    return fresh !== undefined
      ? Promise.resolve(toBearerToken(fresh))
      : run(
          Effect.flatMap(providerFor(scopes, options), (provider) =>
            Effect.map(isRefresh ? provider.refresh : provider.get, toBearerToken)
          ),
          options.abortSignal
        )
  }
})

const toBearerToken = (token: AccessToken): BearerToken => ({
  token: Redacted.value(token.value),
  expiresOnTimestamp: DateTime.toEpochMillis(token.expiresAt),
  tokenType: "Bearer"
})

/** The scopes as a sorted set, since order and repetition do not matter. */
const canonicalScopes = (scopes: string | ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(typeof scopes === "string" ? scopes.split(" ") : scopes)].filter((scope) => scope !== "").sort()
