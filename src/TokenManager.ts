/**
 * Many providers by name.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Scope from "effect/Scope"
import type { TokenStatus } from "./cache/TokenStatus.js"
import type { AccessToken } from "./token/AccessToken.js"
import type { TokenError } from "./token/TokenError.js"
import { ConfigurationIssue, InvalidConfiguration } from "./token/TokenError.js"
import type { TokenProvider } from "./TokenProvider.js"

/**
 * Providers by name; the names are part of the type. A name that was removed meanwhile fails with
 * `InvalidConfiguration`.
 *
 * - `provider`: the provider itself.
 * - `get`: its token; with `force` a new one, as by the provider's `refresh`.
 * - `refreshAll`: a new token for each, all at once. Each name's own outcome: one that fails, or is removed meanwhile,
 *   stops no other.
 * - `clear` and `clearAll`, `status` and `statusAll`: the provider's operation for one or for all.
 * - `names`: those there are now, in the order in which they came.
 * - `add`: makes one more provider while running, in place of one of the same name, which is closed once the new one is
 *   there. Gives the manager with the name in its type.
 * - `remove`: closes a provider and forgets it; whether there was one.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenManager<Name extends string> {
  readonly provider: (name: Name) => Effect.Effect<TokenProvider, InvalidConfiguration>
  readonly get: (
    name: Name,
    options?: { readonly force?: boolean | undefined }
  ) => Effect.Effect<AccessToken, TokenError>
  readonly refreshAll: Effect.Effect<ReadonlyMap<Name, Exit.Exit<AccessToken, TokenError>>>
  readonly clear: (name: Name) => Effect.Effect<void, InvalidConfiguration>
  readonly clearAll: Effect.Effect<void>
  readonly status: (name: Name) => Effect.Effect<TokenStatus, InvalidConfiguration>
  readonly statusAll: Effect.Effect<ReadonlyMap<Name, TokenStatus>>
  readonly names: Effect.Effect<ReadonlyArray<Name>>
  readonly add: <const Added extends string, E, R>(
    name: Added,
    make: (name: Added) => Effect.Effect<TokenProvider, E, R>
  ) => Effect.Effect<TokenManager<Name | Added>, E, Exclude<R, Scope.Scope>>
  readonly remove: (name: Name) => Effect.Effect<boolean>
}

/**
 * A tag for the managed providers of one program. The names are said with it, so that whoever uses the tag can ask for
 * these and no others.
 *
 * @example
 * ```ts
 * import { TokenManager } from "effect-oauth"
 * import * as Effect from "effect/Effect"
 *
 * class Tokens extends TokenManager.Tag("app/Tokens")<Tokens, "graph" | "users">() {}
 *
 * const token = Effect.flatMap(Tokens, (tokens) => tokens.get("graph"))
 * ```
 *
 * @since 0.1.0
 * @category tags
 */
export const Tag =
  <const Id extends string>(id: Id) =>
  <Self, Name extends string>(): Context.TagClass<Self, Id, TokenManager<Name>> =>
    Context.Tag(id)<Self, TokenManager<Name>>()

/**
 * How providers are made, by the names that they get.
 *
 * @since 0.1.0
 * @category models
 */
export type Makers = Readonly<
  Record<string, (name: string) => Effect.Effect<TokenProvider, unknown, unknown>>
>

type NameOf<M extends Makers> = keyof M & string
type MadeBy<M extends Makers> = ReturnType<M[keyof M]>
// of no provider at all, Effect's own types for this make `unknown`
type ErrorOf<Made> = Made extends Effect.Effect<unknown, infer E, unknown> ? E : never
type ContextOf<Made> = Made extends Effect.Effect<unknown, unknown, infer R> ? R : never

/**
 * A manager of the given providers. Each is made with its name; all of them are closed with the scope that the manager is
 * made in. If one cannot be made, those before it are closed at once.
 *
 * @example
 * ```ts
 * import { Auth0, AzureAd, TokenManager } from "effect-oauth"
 * import * as Effect from "effect/Effect"
 *
 * declare const graph: AzureAd.Options
 * declare const users: Auth0.Options
 *
 * const program = Effect.gen(function* () {
 *   const tokens = yield* TokenManager.make({
 *     graph: (name) => AzureAd.make(name, graph),
 *     users: (name) => Auth0.make(name, users)
 *   })
 *   yield* tokens.get("graph", { force: true })
 *   return yield* tokens.statusAll
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <const M extends Makers>(
  // the record says M once more, with one error and one context for all
  providers: M &
    Readonly<
      Record<
        NameOf<M>,
        (name: string) => Effect.Effect<TokenProvider, ErrorOf<MadeBy<M>>, ContextOf<MadeBy<M>>>
      >
    >
): Effect.Effect<
  TokenManager<NameOf<M>>,
  ErrorOf<MadeBy<M>>,
  Exclude<ContextOf<MadeBy<M>>, Scope.Scope> | Scope.Scope
> => makeAll<NameOf<M>, ErrorOf<MadeBy<M>>, ContextOf<MadeBy<M>>>(providers)

/**
 * A layer of a manager of the given providers: those that the tag names, all of them and no others.
 *
 * @example
 * ```ts
 * import { Auth0, AzureAd, TokenManager } from "effect-oauth"
 *
 * class Tokens extends TokenManager.Tag("app/Tokens")<Tokens, "graph" | "users">() {}
 *
 * declare const graph: AzureAd.Options
 * declare const users: Auth0.Options
 *
 * const TokensLive = TokenManager.layer(Tokens, {
 *   graph: (name) => AzureAd.make(name, graph),
 *   users: (name) => Auth0.make(name, users)
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <Self, Name extends string, const M extends MakersOf<Name>>(
  tag: Context.Tag<Self, TokenManager<Name>>,
  providers: M &
    Readonly<
      Record<Name, (name: string) => Effect.Effect<TokenProvider, ErrorOf<MadeBy<M>>, ContextOf<MadeBy<M>>>>
    > &
    Readonly<Record<Exclude<keyof M, Name>, never>>
): Layer.Layer<Self, ErrorOf<MadeBy<M>>, Exclude<ContextOf<MadeBy<M>>, Scope.Scope>> =>
  Layer.scoped(tag, makeAll<Name, ErrorOf<MadeBy<M>>, ContextOf<MadeBy<M>>>(providers))

type MakersOf<Name extends string> = Readonly<
  Record<Name, (name: string) => Effect.Effect<TokenProvider, unknown, unknown>>
>

const makeAll = <Name extends string, E, R>(
  providers: Readonly<Record<Name, (name: string) => Effect.Effect<TokenProvider, E, R>>>
): Effect.Effect<TokenManager<Name>, E, Exclude<R, Scope.Scope> | Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.parallel)
    const manager = makeOver<Name>(yield* Ref.make<Entries>(new Map()), scope)
    yield* Effect.forEach(namesOf(providers), (name) => manager.add(name, providers[name]), {
      discard: true
    }).pipe(Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause))))
    return manager
  })

// the keys of a record are its names; TypeScript gives them as plain strings
const namesOf = <Name extends string>(named: Readonly<Record<Name, unknown>>): ReadonlyArray<Name> =>
  Object.keys(named) as Array<Name>

/** Every name in it came in through `make` or `add`, and is part of the manager's type. */
type Entries = ReadonlyMap<string, Entry>

interface Entry {
  readonly provider: TokenProvider
  readonly scope: Scope.CloseableScope
}

const makeOver = <Name extends string>(entries: Ref.Ref<Entries>, scope: Scope.Scope): TokenManager<Name> => {
  const provider = (name: Name): Effect.Effect<TokenProvider, InvalidConfiguration> =>
    Effect.flatMap(Ref.get(entries), (entries) => {
      const entry = entries.get(name)
      return entry === undefined ? unknownProvider(name, [...entries.keys()]) : Effect.succeed(entry.provider)
    })
  const forAll = <A>(f: (provider: TokenProvider) => Effect.Effect<A>): Effect.Effect<ReadonlyMap<Name, A>> =>
    Effect.flatMap(Ref.get(entries), (entries) =>
      Effect.map(
        Effect.forEach(
          entries,
          ([name, entry]) => Effect.map(f(entry.provider), (a) => [name as Name, a] as const),
          { concurrency: "unbounded" }
        ),
        (pairs) => new Map(pairs)
      )
    )
  return {
    provider,
    get: (name, options) =>
      Effect.flatMap(provider(name), (provider) =>
        options?.force === true ? provider.refresh : provider.get
      ),
    refreshAll: forAll((provider) => Effect.exit(provider.refresh)),
    clear: (name) => Effect.flatMap(provider(name), (provider) => provider.clear),
    clearAll: Effect.asVoid(forAll((provider) => provider.clear)),
    status: (name) => Effect.flatMap(provider(name), (provider) => provider.status),
    statusAll: forAll((provider) => provider.status),
    names: Effect.map(Ref.get(entries), (entries) => [...entries.keys()] as Array<Name>),
    add: (name, make) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const own = yield* Scope.fork(scope, ExecutionStrategy.sequential)
          const provider = yield* restore(Scope.extend(make(name), own)).pipe(
            Effect.onError((cause) => Scope.close(own, Exit.failCause(cause)))
          )
          const replaced = yield* Ref.modify(entries, (entries) => [
            Option.fromNullable(entries.get(name)),
            new Map(entries).set(name, { provider, scope: own })
          ])
          yield* close(replaced)
          return makeOver(entries, scope)
        })
      ),
    remove: (name) =>
      Effect.uninterruptible(
        Effect.flatMap(
          Ref.modify(entries, (entries) => {
            const rest = new Map(entries)
            rest.delete(name)
            return [Option.fromNullable(entries.get(name)), rest]
          }),
          (removed) => Effect.as(close(removed), Option.isSome(removed))
        )
      )
  }
}

const close = (entry: Option.Option<Entry>): Effect.Effect<void> =>
  Option.match(entry, { onNone: () => Effect.void, onSome: ({ scope }) => Scope.close(scope, Exit.void) })

const unknownProvider = (name: string, known: ReadonlyArray<string>) =>
  new InvalidConfiguration({
    provider: name,
    reason: "UnknownProvider",
    issues: [
      new ConfigurationIssue({
        path: name,
        expected:
          known.length === 0
            ? "the name of a provider; there is none now"
            : `one of the providers there are: ${known.join(", ")}`
      })
    ]
  })
