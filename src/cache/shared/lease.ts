/**
 * The lease of a token store, which one process holds while it refreshes.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Lease, LeasedService, RecordKey } from "../../store/TokenStore.js"
import type { StoreFailure } from "../../token/TokenError.js"
import type { Settings } from "../CacheStore.js"
import { runToCompletion } from "../refresh/attempt.js"
import { withinTimeout } from "./grantRecord.js"

/** Takes the lease if it is free. It is renewed until the scope closes, and released then. */
export const takeLease = (
  leases: LeasedService,
  settings: Settings,
  key: RecordKey,
  holder: string
): Effect.Effect<boolean, StoreFailure, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.gen(function* () {
      const lease = yield* runToCompletion(acquire(leases, settings, key, holder))
      if (Option.isNone(lease)) return undefined
      const renewal = Effect.forkDaemon(Effect.interruptible(keepRenewing(leases, settings, lease.value)))
      return { lease: lease.value, renewal: yield* renewal }
    }),
    (held) => (held === undefined ? Effect.void : release(leases, settings, held))
  ).pipe(Effect.map((held) => held !== undefined))

interface HeldLease {
  readonly lease: Lease
  readonly renewal: Fiber.RuntimeFiber<void>
}

/**
 * Releases the lease. It does not wait for a renewal under way, which finds the lease released. It ignores failures, since
 * the flight has already ended.
 */
const release = (
  leases: LeasedService,
  settings: Settings,
  { lease, renewal }: HeldLease
): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* Fiber.interruptFork(renewal)
    yield* Effect.exit(runToCompletion(withinTimeout(lease.key, settings, leases.release(lease))))
  })

/** Acquires the lease within the store's timeout. A lease that is granted after the timeout is released at once. */
const acquire = (
  leases: LeasedService,
  settings: Settings,
  key: RecordKey,
  holder: string
): Effect.Effect<Option.Option<Lease>, StoreFailure> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkDaemon(leases.acquire(key, holder, Duration.millis(settings.lease)))
    const releaseWhenGranted = Effect.flatMap(Fiber.await(fiber), (exit) =>
      Exit.isSuccess(exit) && Option.isSome(exit.value) ? leases.release(exit.value.value) : Effect.void
    )
    return yield* Effect.onError(withinTimeout(key, settings, Fiber.join(fiber)), () =>
      Effect.forkDaemon(releaseWhenGranted)
    )
  })

/** Renews the lease until it is lost. A failed renewal is tried again, since the store may be available the next time. */
const keepRenewing = (leases: LeasedService, settings: Settings, lease: Lease): Effect.Effect<void> =>
  withinTimeout(lease.key, settings, leases.renew(lease, Duration.millis(settings.lease))).pipe(
    Effect.orElseSucceed(() => Option.some(lease)),
    Effect.delay(Duration.millis(settings.lease / 3)),
    Effect.repeat({ while: Option.isSome }),
    Effect.asVoid
  )
