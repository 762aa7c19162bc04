import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import type { AccessToken, Grant, TokenError } from "effect-oauth"
import { TokenEvent, TokenProvider } from "effect-oauth"
import { settle } from "./clock.js"
import type { Step } from "./scriptedGrant.js"
import { ScriptedGrant } from "./scriptedGrant.js"

type Policy = NonNullable<Parameters<typeof TokenProvider.make>[0]["policy"]>

/** When every test begins: no instant of a test is zero. */
export const epoch = Date.UTC(2030, 0, 1)

export interface UnderTest {
  readonly provider: TokenProvider.TokenProvider
  readonly server: ScriptedGrant
  readonly events: Array<TokenEvent.TokenEvent>
  /** Closes the provider's scope. */
  readonly close: Effect.Effect<void>
  /** The same, and dies if that takes time. */
  readonly closeAtOnce: Effect.Effect<void>
}

export interface Options {
  readonly script: readonly [Step, ...ReadonlyArray<Step>]
  readonly replay?: Grant.Replay
  readonly policy?: Policy
  /** Default: a chance that is always in the middle, so that jitter changes no delay. */
  readonly random?: Random.Random
  readonly sink?: (event: TokenEvent.TokenEvent) => void
}

/** A provider over a scripted grant, in a scope of its own, with its events recorded. */
export const begin = (options: Options): Effect.Effect<UnderTest, never, Scope.Scope> =>
  Effect.gen(function* () {
    yield* TestClock.setTime(epoch)
    const events: Array<TokenEvent.TokenEvent> = []
    const server = new ScriptedGrant(options.replay ?? "safe", ...options.script)
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope) =>
      // what a test left under way ends by its deadline
      Effect.all([Scope.close(scope, Exit.void), pass("10 seconds")], {
        concurrency: "unbounded",
        discard: true
      })
    )
    const provider = yield* TokenProvider.make({
      name: "test/Api",
      grant: server.grant,
      policy: options.policy
    }).pipe(
      Scope.extend(scope),
      Effect.provideService(TokenEvent.TokenEventSink, {
        emit: (event) => {
          events.push(event)
          options.sink?.(event)
        }
      }),
      Effect.withRandom(options.random ?? Random.fixed([0.5])),
      Effect.orDie
    )
    const close = Scope.close(scope, Exit.void)
    const closeAtOnce = Effect.flatMap(Effect.fork(close), (closing) =>
      Effect.flatMap(outcome(closing), (exit) => exit ?? Effect.dieMessage("to close the scope takes time"))
    )
    return { provider, server, events, close, closeAtOnce }
  })

/** The chance of one seed. */
export const seeded = (seed: number): Random.Random => Random.make(seed)

/**
 * Moves the clock to an instant, in milliseconds since the beginning of the test, by way of every instant at which
 * something wakes: what sleeps next counts from its own time, and not from the end of the way.
 */
export const passTo = (sinceEpoch: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    const end = epoch + sinceEpoch
    yield* settle
    for (;;) {
      const now = yield* Clock.currentTimeMillis
      const next = Math.min(...Chunk.filter(yield* TestClock.sleeps(), (instant) => instant > now), end)
      if (next > now) yield* TestClock.setTime(next)
      yield* settle
      if (next >= end) return
    }
  })

/** Moves the clock on, by way of every instant at which something wakes. */
export const pass = (by: Duration.DurationInput): Effect.Effect<void> =>
  Effect.flatMap(elapsed, (from) => passTo(from + Duration.toMillis(by)))

/** Moves the clock until a fiber is done, or until ten minutes have passed. */
export const passUntilDone = <A, E>(fiber: Fiber.RuntimeFiber<A, E>): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    const end = (yield* Clock.currentTimeMillis) + Duration.toMillis("10 minutes")
    while ((yield* outcome(fiber)) === undefined) {
      const next = Math.min(...(yield* TestClock.sleeps()))
      if (next > end) return yield* Effect.dieMessage("the fiber is not done")
      yield* passTo(next - epoch)
    }
    return yield* Fiber.join(fiber)
  })

/** The instants of the requests, in milliseconds since the beginning of the test. */
export const requestsAt = ({ attempts }: ScriptedGrant): ReadonlyArray<number> =>
  attempts.map(({ at }) => at - epoch)

/** The time since the beginning of the test. */
export const elapsed: Effect.Effect<number> = Effect.map(Clock.currentTimeMillis, (now) => now - epoch)

export const since = (instant: DateTime.Utc): number => DateTime.toEpochMillis(instant) - epoch

/** The value of the token that an effect brings. */
export const valueOf = <E, R>(
  token: Effect.Effect<AccessToken.AccessToken, E, R>
): Effect.Effect<string, E, R> => Effect.map(token, ({ value }) => Redacted.value(value))

/** What a fiber has come to, while the clock stands still; nothing if it waits. */
export const outcome = <A, E>(fiber: Fiber.RuntimeFiber<A, E>): Effect.Effect<Exit.Exit<A, E> | undefined> =>
  Effect.map(settle, () => fiber.unsafePoll() ?? undefined)

/** The tags of events. */
export const tags = (events: ReadonlyArray<TokenEvent.TokenEvent>): ReadonlyArray<string> =>
  events.map(({ _tag }) => _tag)

/** The failure of an effect that must fail passingly. */
export const transientFailure = <A, R>(
  self: Effect.Effect<A, TokenError.TokenError, R>
): Effect.Effect<TokenError.TransientFailure, never, R> =>
  Effect.flatMap(Effect.flip(self), (error) =>
    error._tag === "TransientFailure" ? Effect.succeed(error) : Effect.die(error)
  ).pipe(Effect.orDieWith(() => new Error("expected a failure")))
