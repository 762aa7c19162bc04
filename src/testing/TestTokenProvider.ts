/**
 * Providers for tests: they need no server and no network. Each is the real provider over a grant that follows a script,
 * so that the token cache, its status and its events behave as they do in production, with one difference: a flight
 * makes a single attempt, so that a failure is told at once and no test waits for a retry.
 *
 * What a failure sets off stays as it is in production: the window after it, in which `get` answers the same failure
 * without asking again, and the guard by which a second `invalidate` within 30 s does nothing. Both end by Effect's clock,
 * and `policy` changes either.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import type { Options as PolicyOptions } from "../cache/RefreshPolicy.js"
import type { InvalidConfiguration } from "../token/TokenError.js"
import * as TokenProvider from "../TokenProvider.js"
import type { Failure } from "./internal/failure.js"
import { perform } from "./internal/script.js"

export type {
  /**
   * A token error, or how to make one once the provider's name and the instant are known.
   *
   * @since 0.1.0
   * @category models
   */
  Failure
} from "./internal/failure.js"
export {
  /**
   * The server refuses the credential: `invalid_client`, unless `fields` say otherwise.
   *
   * @since 0.1.0
   * @category failures
   */
  credentialRejected,
  /**
   * The server's answer is no token: of an unknown shape, unless `fields` say otherwise.
   *
   * @since 0.1.0
   * @category failures
   */
  invalidTokenResponse,
  /**
   * The grant is gone: `invalid_grant`, unless `fields` say otherwise.
   *
   * @since 0.1.0
   * @category failures
   */
  reauthorizationRequired,
  /**
   * A failure that passes by itself: `ServerError`, unless `fields` say otherwise. `retryAfter` is how long the server asks
   * to be left alone.
   *
   * @since 0.1.0
   * @category failures
   */
  transientFailure
} from "./internal/failure.js"

/**
 * A provider that also tells how often its grant was asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface TestTokenProvider extends TokenProvider.TokenProvider {
  readonly asked: Effect.Effect<number>
}

/**
 * What every provider for tests lets its user set.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long a token lives. Default: for ever. */
  readonly expiresIn?: Duration.DurationInput | undefined
  /** The scopes that the token says it has. Default: none. */
  readonly scopes?: ReadonlyArray<string> | undefined
  /** The origins that the token may be sent to. Default: `["*"]`, any that protects it. */
  readonly origins?: ReadonlyArray<string> | undefined
  /** The numbers of the token cache. Default: the law's, but for a single attempt a flight. */
  readonly policy?: PolicyOptions | undefined
}

/**
 * One answer of a scripted grant: a token, or a failure.
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome = string | Redacted.Redacted | Failure

/**
 * A provider whose token is always the same.
 *
 * @example
 * ```ts
 * import { TestTokenProvider } from "effect-oauth/testing"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const provider = yield* TestTokenProvider.make("app/Graph", "a-test-token")
 *   const headers = yield* provider.headers
 *   return headers["authorization"] // "Bearer a-test-token"
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  name: string,
  token: string | Redacted.Redacted,
  options?: Options
): Effect.Effect<TestTokenProvider, never, Scope.Scope> => makeSequence(name, [token], options)

/**
 * {@link make} as a layer, instead of the layer of a real credential.
 *
 * @example
 * ```ts
 * import { TokenProvider } from "effect-oauth"
 * import { TestTokenProvider } from "effect-oauth/testing"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 *
 * const GraphTest = TestTokenProvider.layer(Graph, "a-test-token")
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <Self>(
  tag: Context.Tag<Self, TokenProvider.TokenProvider>,
  token: string | Redacted.Redacted,
  options?: Options
): Layer.Layer<Self> => Layer.scoped(tag, make(tag.key, token, options))

/**
 * A provider that goes through a list, one step each time that its grant is asked: by the first `get`, by a `refresh`,
 * and by a `get` after an `invalidate`, a `clear` or the token's expiry. After the last step it stays there. A step is a
 * token or a failure.
 *
 * @example
 * ```ts
 * import { TestTokenProvider } from "effect-oauth/testing"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const provider = yield* TestTokenProvider.makeSequence("app/Graph", ["token-1", "token-2"])
 *   const first = yield* provider.get // token-1
 *   yield* provider.invalidate(first)
 *   return yield* provider.get // token-2
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeSequence = (
  name: string,
  outcomes: readonly [Outcome, ...ReadonlyArray<Outcome>],
  options?: Options
): Effect.Effect<TestTokenProvider, never, Scope.Scope> => scripted(name, outcomes, Duration.zero, options)

/**
 * {@link makeSequence} as a layer.
 *
 * @example
 * ```ts
 * import { TokenProvider } from "effect-oauth"
 * import { TestTokenProvider } from "effect-oauth/testing"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 *
 * const GraphTest = TestTokenProvider.sequence(Graph, ["token-1", TestTokenProvider.transientFailure(), "token-2"])
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const sequence = <Self>(
  tag: Context.Tag<Self, TokenProvider.TokenProvider>,
  outcomes: readonly [Outcome, ...ReadonlyArray<Outcome>],
  options?: Options
): Layer.Layer<Self> => Layer.scoped(tag, makeSequence(tag.key, outcomes, options))

/**
 * A provider that has no token and fails: always with the same failure, or with one after the other and with the last
 * from then on.
 *
 * @example
 * ```ts
 * import { TestTokenProvider } from "effect-oauth/testing"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const provider = yield* TestTokenProvider.makeFailing("app/Graph", TestTokenProvider.credentialRejected())
 *   return yield* Effect.flip(provider.get) // CredentialRejected, with the reason "InvalidClient"
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeFailing = (
  name: string,
  failure: Failure | readonly [Failure, ...ReadonlyArray<Failure>],
  options?: Options
): Effect.Effect<TestTokenProvider, never, Scope.Scope> =>
  makeSequence(name, isList(failure) ? failure : [failure], options)

const isList = (
  failure: Failure | readonly [Failure, ...ReadonlyArray<Failure>]
): failure is readonly [Failure, ...ReadonlyArray<Failure>] => Array.isArray(failure)

/**
 * {@link makeFailing} as a layer.
 *
 * @example
 * ```ts
 * import { TokenProvider } from "effect-oauth"
 * import { TestTokenProvider } from "effect-oauth/testing"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 *
 * const GraphDown = TestTokenProvider.failing(
 *   Graph,
 *   TestTokenProvider.transientFailure({ reason: "RateLimited", retryAfter: "30 seconds" })
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const failing = <Self>(
  tag: Context.Tag<Self, TokenProvider.TokenProvider>,
  failure: Failure | readonly [Failure, ...ReadonlyArray<Failure>],
  options?: Options
): Layer.Layer<Self> => Layer.scoped(tag, makeFailing(tag.key, failure, options))

/**
 * A provider whose server takes its time, by Effect's clock: whoever needs a new token waits that long. A time over the
 * deadline (10 s, unless `policy` says otherwise) ends in a `TransientFailure`, as it does in production.
 *
 * @example
 * ```ts
 * import { TestTokenProvider } from "effect-oauth/testing"
 * import * as Effect from "effect/Effect"
 * import * as Fiber from "effect/Fiber"
 * import * as TestClock from "effect/TestClock"
 *
 * const program = Effect.gen(function* () {
 *   const provider = yield* TestTokenProvider.makeSlow("app/Graph", "2 seconds", "a-test-token")
 *   const waiting = yield* Effect.fork(provider.get)
 *   yield* TestClock.adjust("2 seconds")
 *   return yield* Fiber.join(waiting)
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeSlow = (
  name: string,
  takes: Duration.DurationInput,
  outcome: Outcome,
  options?: Options
): Effect.Effect<TestTokenProvider, never, Scope.Scope> => scripted(name, [outcome], takes, options)

/**
 * {@link makeSlow} as a layer.
 *
 * @example
 * ```ts
 * import { TokenProvider } from "effect-oauth"
 * import { TestTokenProvider } from "effect-oauth/testing"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 *
 * const GraphSlow = TestTokenProvider.slow(Graph, "2 seconds", "a-test-token")
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const slow = <Self>(
  tag: Context.Tag<Self, TokenProvider.TokenProvider>,
  takes: Duration.DurationInput,
  outcome: Outcome,
  options?: Options
): Layer.Layer<Self> => Layer.scoped(tag, makeSlow(tag.key, takes, outcome, options))

/**
 * How often the grant behind a tag's provider was asked. It dies where the provider is none of this module's.
 *
 * @example
 * ```ts
 * import { TokenProvider } from "effect-oauth"
 * import { TestTokenProvider } from "effect-oauth/testing"
 * import * as Effect from "effect/Effect"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 *
 * const program = Effect.gen(function* () {
 *   yield* Effect.all([Graph, Graph].map(Effect.flatMap((graph) => graph.get)))
 *   return yield* TestTokenProvider.asked(Graph) // 1
 * }).pipe(Effect.provide(TestTokenProvider.layer(Graph, "a-test-token")))
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const asked = <Self>(
  tag: Context.Tag<Self, TokenProvider.TokenProvider>
): Effect.Effect<number, never, Self> =>
  Effect.flatMap(tag, (provider) =>
    isTestTokenProvider(provider)
      ? provider.asked
      : Effect.dieMessage(`${tag.key} is not a provider of TestTokenProvider`)
  )

const isTestTokenProvider = (provider: TokenProvider.TokenProvider): provider is TestTokenProvider =>
  "asked" in provider && Effect.isEffect(provider.asked)

const scripted = (
  name: string,
  outcomes: readonly [Outcome, ...ReadonlyArray<Outcome>],
  takes: Duration.DurationInput,
  options: Options = {}
): Effect.Effect<TestTokenProvider, never, Scope.Scope> =>
  Effect.gen(function* () {
    const asked = yield* Ref.make(0)
    const provider = yield* TokenProvider.make({
      name,
      origins: options.origins ?? ["*"],
      policy: { attempts: 1, ...options.policy },
      grant: {
        name: "test",
        replay: "safe",
        request: () =>
          Effect.gen(function* () {
            const step = yield* Ref.getAndUpdate(asked, (asked) => asked + 1)
            if (!Duration.equals(takes, Duration.zero)) yield* Effect.sleep(takes)
            const value = yield* perform(name, outcomes[Math.min(step, outcomes.length - 1)] ?? outcomes[0])
            const expiresIn = Duration.decode(options.expiresIn ?? Duration.infinity)
            return { value, expiresIn, scopes: options.scopes ?? [] }
          })
      }
    })
    return { ...provider, asked: Ref.get(asked) }
  }).pipe(Effect.catchAll((error: InvalidConfiguration) => Effect.die(error)))
