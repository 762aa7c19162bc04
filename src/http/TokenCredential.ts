/**
 * A door to Azure's SDKs and whatever else takes a `TokenCredential`.
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
  /** The tenant that a server's challenge named. A credential of one provider takes no notice of it. */
  readonly tenantId?: string
}

/**
 * What else than scopes an SDK asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface MakeOptions {
  readonly tenantId?: string | undefined
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
 * A credential that makes a provider for each set of scopes, and each tenant, that it is asked for, and keeps it as long as
 * the scope that the credential is made in. Promises are rejected with a `TokenError`.
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
    const made = new Map<string, TokenProvider>()
    const making = new Map<string, Deferred.Deferred<TokenProvider, E>>()
    /** Made in a fiber of the credential's own, so that who is aborted leaves, and one that takes long stops no other. */
    const begin = (key: string, scopes: ReadonlyArray<string>, options: MakeOptions) => {
      const deferred = Deferred.unsafeMake<TokenProvider, E>(FiberId.none)
      making.set(key, deferred)
      return Effect.gen(function* () {
        const own = yield* Scope.fork(scope, ExecutionStrategy.sequential)
        const exit = yield* Effect.exit(Scope.extend(provider(scopes, options), own))
        making.delete(key)
        if (Exit.isSuccess(exit)) made.set(key, exit.value)
        else yield* Scope.close(own, exit)
        yield* Deferred.done(deferred, exit)
      }).pipe(
        Effect.forkIn(scope),
        Effect.flatMap((fiber) => {
          // in a scope that has closed it never begins
          fiber.addObserver(() => Deferred.unsafeDone(deferred, Exit.interrupt(FiberId.none)))
          return Deferred.await(deferred)
        })
      )
    }
    const keyOf = (scopes: ReadonlyArray<string>, { tenantId }: MakeOptions) =>
      JSON.stringify([tenantId, ...scopes])
    return credential({
      clock: yield* Effect.clock,
      run: promised(runtime),
      known: (scopes, options) => made.get(keyOf(scopes, options)),
      providerFor: (scopes, options) =>
        Effect.suspend(() => {
          const key = keyOf(scopes, options)
          const known = made.get(key)
          if (known !== undefined) return Effect.succeed(known)
          const underWay = making.get(key)
          return underWay === undefined ? begin(key, scopes, options) : Deferred.await(underWay)
        })
    })
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
    const own = canonical(scopes)
    const known = (asked: ReadonlyArray<string>) =>
      asked.every((scope) => own.includes(scope)) ? source : undefined
    const providerFor = (asked: ReadonlyArray<string>) =>
      Option.match(Option.fromNullable(known(asked)), {
        onSome: Effect.succeed,
        onNone: () =>
          new InvalidConfiguration({
            provider: source.name,
            reason: "Malformed",
            issues: [new ConfigurationIssue({ path: "scopes", expected: `to include ${asked.join(" ")}` })]
          })
      })
    return credential({
      clock: yield* Effect.clock,
      run: promised(yield* Effect.runtime()),
      known,
      providerFor
    })
  })

interface Source<E, R> {
  readonly clock: Clock.Clock
  readonly run: ReturnType<typeof promised<R>>
  /** The provider for scopes, if it is there already. */
  readonly known: (scopes: ReadonlyArray<string>, options: MakeOptions) => TokenProvider | undefined
  readonly providerFor: (
    scopes: ReadonlyArray<string>,
    options: MakeOptions
  ) => Effect.Effect<TokenProvider, E, R>
}

const credential = <E, R>({ clock, known, providerFor, run }: Source<E, R>): TokenCredential => ({
  getToken: (asked, options = {}) => {
    const scopes = canonical(asked)
    const wantsNew = options.claims !== undefined
    const provider = wantsNew || options.abortSignal?.aborted === true ? undefined : known(scopes, options)
    const fresh = provider === undefined ? undefined : peekOf(provider.get)(clock.unsafeCurrentTimeMillis())
    return fresh !== undefined
      ? Promise.resolve(inTheClear(fresh))
      : run(
          Effect.flatMap(providerFor(scopes, options), (provider) =>
            Effect.map(wantsNew ? provider.refresh : provider.get, inTheClear)
          ),
          options.abortSignal
        )
  }
})

const inTheClear = (token: AccessToken): BearerToken => ({
  token: Redacted.value(token.value),
  expiresOnTimestamp: DateTime.toEpochMillis(token.expiresAt),
  tokenType: "Bearer"
})

/** Scopes are a set: neither order nor repetition makes another. */
const canonical = (scopes: string | ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(typeof scopes === "string" ? scopes.split(" ") : scopes)].filter((scope) => scope !== "").sort()
