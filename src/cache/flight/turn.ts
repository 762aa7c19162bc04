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
  Effect.acquireRelease(finished(acquire(leases, settings, key, holder)), (lease) =>
    Option.isNone(lease)
      ? Effect.void
      : // the flight has ended by then, and may not end a second time
        Effect.exit(finished(withinTimeout(key, settings, leases.release(lease.value))))
  ).pipe(
    Effect.tap((lease) =>
      Option.isNone(lease) ? Effect.void : Effect.forkScoped(renewing(leases, settings, lease.value))
    ),
    Effect.map(Option.isSome)
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
