/**
 * Puts token caches on a token store: tokens outlive the process, and processes that share the store share each refresh.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { LeasedService, Service } from "../store/TokenStore.js"
import { LeasedTokenStore, TokenStore } from "../store/TokenStore.js"
import { ConfigurationIssue, InvalidConfiguration } from "../token/TokenError.js"
import { millis } from "./millis.js"

/**
 * How token caches use their store.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long a lease lasts unless its holder renews it. A process that dies delays others by as much. Default: 15 s. */
  readonly lease?: Duration.DurationInput | undefined
  /** How long one operation of the store may take before the store counts as unavailable. Default: 3 s. */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * Whether a process that has a grant with a rotating refresh token in memory may refresh it while the store is
   * unavailable. Other processes may send the same refresh token meanwhile, and the new one is lost if the process ends
   * before the store is available again. Default: false.
   */
  readonly refreshWithoutLease?: boolean | undefined
}

/**
 * A store with resolved {@link Options}, in milliseconds. It is for presets; programs use {@link layer}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings {
  readonly store: Service
  /** The same store, if it has leases. */
  readonly leases: LeasedService | undefined
  readonly lease: number
  readonly timeout: number
  readonly refreshWithoutLease: boolean
}

/**
 * The store that token caches are made on. By default there is none, and tokens live in memory.
 *
 * @since 0.1.0
 * @category references
 */
export class CacheStore extends Context.Reference<CacheStore>()("effect-oauth/CacheStore", {
  defaultValue: (): Option.Option<Settings> => Option.none()
}) {}

/**
 * Resolves options over the `LeasedTokenStore` in the context. Fails with `InvalidConfiguration` if a duration is not finite
 * or not over zero.
 *
 * @since 0.1.0
 * @category constructors
 */
export const settings = (
  options: Options = {}
): Effect.Effect<Settings, InvalidConfiguration, LeasedTokenStore> =>
  Effect.flatMap(LeasedTokenStore, (store) => settingsOf(store, store, options))

/**
 * Puts the providers that it is provided to on the token store: their tokens outlive the process, and all processes with the
 * same store and the same settings share one token and one refresh.
 *
 * @example
 * ```ts
 * import { AzureAd, CacheStore, TokenProvider, TokenStore } from "effect-oauth"
 * import * as Layer from "effect/Layer"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 * declare const options: AzureAd.Options
 * declare const StoreLive: Layer.Layer<TokenStore.LeasedTokenStore>
 *
 * const GraphLive = AzureAd.layer(Graph, options).pipe(
 *   Layer.provide(CacheStore.layer()),
 *   Layer.provide(StoreLive)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<CacheStore, InvalidConfiguration, LeasedTokenStore> =>
  Layer.effect(CacheStore, Effect.map(settings(options), Option.some))

/**
 * Puts providers on a store without leases, which only one process may use at a time.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSingleProcess = (
  options: Options = {}
): Layer.Layer<CacheStore, InvalidConfiguration, TokenStore> =>
  Layer.effect(
    CacheStore,
    Effect.flatMap(TokenStore, (store) => Effect.map(settingsOf(store, undefined, options), Option.some))
  )

const settingsOf = (
  store: Service,
  leases: LeasedService | undefined,
  options: Options
): Effect.Effect<Settings, InvalidConfiguration> => {
  const lease = millis(options.lease ?? "15 seconds")
  const timeout = millis(options.timeout ?? "3 seconds")
  const issues = Object.entries({ lease, timeout }).flatMap(([path, duration]) =>
    Number.isFinite(duration) && duration > 0
      ? []
      : [new ConfigurationIssue({ path, expected: "a finite duration over zero" })]
  )
  return issues.length === 0
    ? Effect.succeed({
        store,
        leases,
        lease,
        timeout,
        refreshWithoutLease: options.refreshWithoutLease ?? false
      })
    : Effect.fail(new InvalidConfiguration({ provider: "token store", reason: "Malformed", issues }))
}
