/**
 * One provider of the tokens of many tenants.
 *
 * @since 0.1.0
 */
import * as Array from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { CacheState } from "./cache/CacheState.js"
import { StateRef } from "./cache/CacheState.js"
import * as State from "./cache/CacheState.js"
import * as FlightScope from "./cache/FlightScope.js"
import { LruMap } from "./cache/LruMap.js"
import type { Peek } from "./cache/peek.js"
import { nowOf, withPeek } from "./cache/peek.js"
import * as Policy from "./cache/RefreshPolicy.js"
import type { TokenCache } from "./cache/TokenCache.js"
import { millis } from "./cache/millis.js"
import { makeWith } from "./cache/operations.js"
import type { TokenStatus } from "./cache/TokenStatus.js"
import { nameOf, read } from "./cache/status.js"
import type { AccessToken } from "./token/AccessToken.js"
import { headers } from "./token/AccessToken.js"
import type { Grant } from "./token/Grant.js"
import type { TokenError } from "./token/TokenError.js"
import { ConfigurationIssue, InvalidConfiguration } from "./token/TokenError.js"
import { TokenEvent, unsafeEmit } from "./token/TokenEvent.js"
import * as TokenKey from "./token/TokenKey.js"
import type { TokenProvider } from "./TokenProvider.js"

/**
 * The tokens of many tenants, by key.
 *
 * - `get`: a usable token for a key, as a provider's `get`. Keys are made by `TokenKey.make`; fields alone will do.
 * - `provider`: the provider of one tenant, for a `BearerClient` or whatever else takes one. Nothing is kept for it
 *   until it is asked for a token.
 * - `forget`: gives up everything that is kept for a key; whether there was anything.
 * - `clearAll`: gives up every token in hand, as each provider's `clear`.
 * - `size`: for how many keys something is kept.
 * - `statusAll`: how things stand with each of them, by the key's `id`, without a secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface TenantProvider {
  readonly name: string
  readonly get: (key: TokenKey.Fields) => Effect.Effect<AccessToken, TokenError>
  readonly provider: (key: TokenKey.Fields) => TokenProvider
  readonly forget: (key: TokenKey.Fields) => Effect.Effect<boolean>
  readonly clearAll: Effect.Effect<void>
  readonly size: Effect.Effect<number>
  readonly statusAll: Effect.Effect<ReadonlyMap<string, TokenStatus>>
}

/**
 * A tag for the tenants of one program.
 *
 * @example
 * ```ts
 * import { TenantProvider } from "effect-oauth"
 *
 * class Customers extends TenantProvider.Tag("app/Customers")<Customers>() {}
 * ```
 *
 * @since 0.1.0
 * @category tags
 */
export const Tag =
  <const Id extends string>(id: Id) =>
  <Self>(): Context.TagClass<Self, Id, TenantProvider> =>
    Context.Tag(id)<Self, TenantProvider>()

/**
 * How tokens of tenants are obtained, and how many are kept for how long.
 *
 * `grant` is asked with each flight, never on a hit, so that it may look up a tenant's credential wherever that is kept:
 * one that was rotated counts from the next flight on. The name that it is given, the provider's with the tenant's behind
 * it, is for its errors.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<R> {
  readonly grant: (key: TokenKey.TokenKey, name: string) => Effect.Effect<Grant, TokenError, R>
  readonly policy?: Policy.Options | undefined
  /** The origins that the tokens may be sent to. */
  readonly origins?: ReadonlyArray<string> | ((key: TokenKey.TokenKey) => ReadonlyArray<string>) | undefined
  /**
   * For how many keys a token is kept; the one that was not asked for the longest time goes first. Default: 10,000. More
   * than that are kept only while they cannot be spared: those with a flight under way, or with a grant in memory alone.
   */
  readonly capacity?: number | undefined
  /** How long a key is kept that nobody asks for, and up to a tenth longer. Default: 1 hour. */
  readonly idleTime?: Duration.DurationInput | undefined
}

/**
 * A provider of many tenants: each key has a token cache of its own, by all the laws of one, in about a kilobyte.
 * Nothing is refreshed for a key that nobody asks for.
 *
 * A key that was evicted starts anew: with its token goes what was known of its failures.
 *
 * Fails with `InvalidConfiguration` where a number makes no sense.
 *
 * @example
 * ```ts
 * import { AzureAd, TenantProvider } from "effect-oauth"
 * import * as Effect from "effect/Effect"
 * import type * as Redacted from "effect/Redacted"
 *
 * declare const credentialOf: (
 *   tenant: string
 * ) => Effect.Effect<{ readonly clientId: string; readonly clientSecret: Redacted.Redacted }>
 *
 * const program = Effect.gen(function* () {
 *   const customers = yield* TenantProvider.make("app/Customers", {
 *     grant: (key, name) =>
 *       Effect.flatMap(credentialOf(key.tenant ?? ""), (credential) =>
 *         AzureAd.grant(name, { ...credential, tenantId: key.tenant ?? "", scopes: key.scopes })
 *       )
 *   })
 *   return yield* customers.get({ tenant: "acme", scopes: "https://graph.microsoft.com/.default" })
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <R = never>(
  name: string,
  options: Options<R>
): Effect.Effect<TenantProvider, InvalidConfiguration, R | Scope.Scope> =>
  Effect.gen(function* () {
    const { capacity, idleTime, policy } = yield* settingsOf(name, options)
    const context = yield* Effect.context<R>()
    const scope = yield* FlightScope.make
    const alone = { ...scope, shared: undefined }
    const states = new LruMap<TenantState>()

    type Reason = "Capacity" | "Idle" | "Requested"

    const told = (tenant: string | undefined, reason: Reason, now: number): void =>
      unsafeEmit(
        scope.sink,
        TokenEvent.Evicted({ provider: name, tenant, at: DateTime.unsafeMake(now), reason })
      )

    const evict = (key: string, reason: Reason, now: number): boolean => {
      const state = states.remove(key)
      if (state === undefined) return false
      told(state.tenant, reason, now)
      return true
    }

    /** Goes from the oldest entry on, past so many at most that cannot be spared. */
    const keepWithin = (size: number, now: number, most: number): void => {
      let entry = states.oldest
      for (let spared = 0; entry !== undefined && spared < most;) {
        const isIdle = now - entry.usedAt >= idleTime
        if (!isIdle && states.size <= size) return
        const { newer, value } = entry
        if (value.current.flight === undefined && !holdsGrant(value.current)) {
          evict(entry.key, isIdle ? "Idle" : "Capacity", now)
        } else {
          spared++
          // out of the way of those to come, as it will never be spared
          if (holdsGrant(value.current)) states.touch(entry, now)
        }
        entry = newer
      }
    }

    const admit = (key: TokenKey.TokenKey, now: number): TenantState => {
      keepWithin(capacity - 1, now, 16)
      const state = new TenantState(key.tenant)
      states.add(key.id, state, now)
      return state
    }

    const cacheOf = (key: TokenKey.TokenKey, state: StateRef): TokenCache =>
      // who brings a secret along gets nothing that was not obtained with it: only the server can tell
      makeWith(key.digest === undefined ? scope : alone, state, {
        provider: name,
        tenant: key.tenant,
        storedAs: key.storedAs,
        policy,
        grant: Effect.suspend(() =>
          Effect.provide(options.grant(key, nameOf({ provider: name, tenant: key.tenant })), context)
        )
      })

    const get = (key: TokenKey.TokenKey) =>
      Effect.withFiberRuntime<AccessToken, TokenError>((fiber) => {
        const now = nowOf(fiber)
        const state = states.use(key.id, now)
        return state !== undefined && now < state.current.refreshAt
          ? state.current.answer
          : cacheOf(key, state ?? admit(key, now)).get
      })

    const peek =
      (key: TokenKey.TokenKey): Peek =>
      (epochMillis) => {
        const state = states.use(key.id, epochMillis)
        return state !== undefined && epochMillis < state.current.refreshAt ? state.current.token : undefined
      }

    /** A tenant for which nothing is kept is as one who has just come. */
    const known = (key: TokenKey.TokenKey): TokenCache => cacheOf(key, states.peek(key.id) ?? new StateRef())

    const provider = (fields: TokenKey.Fields): TokenProvider => {
      const key = TokenKey.make(fields)
      const tenancy = { provider: name, tenant: key.tenant }
      const ownGet = withPeek(get(key), peek(key))
      return {
        name: nameOf(tenancy),
        tenancy,
        isConfigured: true,
        origins: typeof options.origins === "function" ? options.origins(key) : (options.origins ?? []),
        get: ownGet,
        refresh: Effect.flatMap(
          Clock.currentTimeMillis,
          (now) => cacheOf(key, states.use(key.id, now) ?? admit(key, now)).refresh
        ),
        invalidate: (token) => Effect.suspend(() => known(key).invalidate(token)),
        clear: Effect.suspend(() => known(key).clear),
        status: Effect.suspend(() => known(key).status),
        headers: Effect.map(ownGet, headers)
      }
    }

    yield* Effect.forkScoped(
      Effect.repeat(
        Effect.map(Clock.currentTimeMillis, (now) => keepWithin(capacity, now, states.size)),
        Schedule.spaced(Duration.millis(idleTime / 10))
      )
    )

    return {
      name,
      get: (fields) => get(TokenKey.make(fields)),
      provider,
      forget: (fields) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const { id } = TokenKey.make(fields)
          const state = states.peek(id)
          const flight = state?.current.flight
          if (state === undefined || flight === undefined) return evict(id, "Requested", now)
          // those who wait for the flight ask again, together with those to come: so the entry stays
          flight.isForgotten = true
          state.current = State.forgotten(state.current)
          told(state.tenant, "Requested", now)
          return true
        }),
      clearAll: Effect.map(Clock.currentTimeMillis, (now) => {
        for (const { value } of states.entries()) {
          value.current = State.cleared(value.current)
          const at = DateTime.unsafeMake(now)
          unsafeEmit(scope.sink, TokenEvent.Cleared({ provider: name, tenant: value.tenant, at }))
        }
      }),
      size: Effect.sync(() => states.size),
      statusAll: Effect.map(
        Clock.currentTimeMillis,
        (now) =>
          new Map(
            Array.fromIterable(states.entries()).map(({ key, value }) => [
              key,
              read({ provider: name, tenant: value.tenant }, value.current, now, scope.isClosed())
            ])
          )
      )
    }
  })

/** A tenant's state, with the tenant's name for events. */
class TenantState extends StateRef {
  constructor(readonly tenant: string | undefined) {
    super()
  }
}

/** What would be lost: a refresh token that is in memory alone, and that something was presented already (L9). */
const holdsGrant = ({ grantState, recordSync }: CacheState): boolean =>
  grantState !== undefined &&
  (recordSync.version === undefined || recordSync.isAhead) &&
  (Option.isSome(grantState.refreshToken) || Option.isSome(grantState.presentedAt))

const settingsOf = <R>(name: string, options: Options<R>) => {
  const issues: Array<ConfigurationIssue> = []
  const policy = Either.getOrElse(Policy.make(options.policy), (found) => {
    issues.push(...found)
    return Policy.defaults
  })
  const capacity = options.capacity ?? 10_000
  if (!(capacity >= 1))
    issues.push(new ConfigurationIssue({ path: "capacity", expected: "a number, 1 or more" }))
  const idleTime = millis(options.idleTime ?? "1 hour")
  if (!(idleTime > 0)) {
    issues.push(new ConfigurationIssue({ path: "idleTime", expected: "a duration over zero" }))
  }
  return issues.length === 0
    ? Either.right({ policy, capacity, idleTime })
    : Either.left(new InvalidConfiguration({ provider: name, reason: "Malformed", issues }))
}

/**
 * A layer of a provider of many tenants; its name is the tag's id.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <Self, R = never>(
  tag: Context.Tag<Self, TenantProvider>,
  options: Options<R>
): Layer.Layer<Self, InvalidConfiguration, Exclude<R, Scope.Scope>> =>
  Layer.scoped(tag, make(tag.key, options))
