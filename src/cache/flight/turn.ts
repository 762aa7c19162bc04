/**
 * A turn at a refresh, by the lease of a token store.
 *
 * @since 0.1.0
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
import { finished } from "./attempt.js"
import { withinTimeout } from "./place.js"

/** Whether it is one's turn now. It is renewed until the scope closes, and ended then. */
export const take = (
  leases: LeasedService,
  settings: Settings,
  key: RecordKey,
  holder: string
): Effect.Effect<boolean, StoreFailure, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.flatMap(
      finished(acquire(leases, settings, key, holder)),
      Effect.transposeMapOption((lease) =>
        Effect.map(Effect.forkDaemon(Effect.interruptible(renewing(leases, settings, lease))), (fiber) => ({
          fiber,
          lease
        }))
      )
    ),
    Option.match({ onNone: () => Effect.void, onSome: (turn) => end(leases, settings, turn) })
  ).pipe(Effect.map(Option.isSome))

/** A renewal under way is not waited for: it finds the turn over. And the flight has ended by now, and may not end twice. */
const end = (
  leases: LeasedService,
  settings: Settings,
  { fiber, lease }: { readonly fiber: Fiber.RuntimeFiber<void>; readonly lease: Lease }
): Effect.Effect<void> =>
  Effect.zipRight(
    Fiber.interruptFork(fiber),
    Effect.asVoid(Effect.exit(finished(withinTimeout(lease.key, settings, leases.release(lease)))))
  )

/** A turn that comes too late to be waited for is given back. */
const acquire = (
  leases: LeasedService,
  settings: Settings,
  key: RecordKey,
  holder: string
): Effect.Effect<Option.Option<Lease>, StoreFailure> =>
  Effect.flatMap(Effect.forkDaemon(leases.acquire(key, holder, Duration.millis(settings.lease))), (fiber) =>
    Effect.onError(withinTimeout(key, settings, Fiber.join(fiber)), () =>
      Effect.forkDaemon(
        Effect.flatMap(Fiber.await(fiber), (exit) =>
          Exit.isSuccess(exit) && Option.isSome(exit.value) ? leases.release(exit.value.value) : Effect.void
        )
      )
    )
  )

/** A store that fails once may do so no more the next time; a turn that is over is not renewed. */
const renewing = (leases: LeasedService, settings: Settings, lease: Lease): Effect.Effect<void> =>
  withinTimeout(lease.key, settings, leases.renew(lease, Duration.millis(settings.lease))).pipe(
    Effect.orElseSucceed(() => Option.some(lease)),
    Effect.delay(Duration.millis(settings.lease / 3)),
    Effect.repeat({ while: Option.isSome }),
    Effect.asVoid
  )
