/**
 * How a flight on a store asks the server: what it presents is marked first, and what it gets is kept.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import { conflict } from "../../store/internal/failure.js"
import { isSameValue } from "../../token/AccessToken.js"
import { StoreFailure } from "../../token/TokenError.js"
import type { TokenError } from "../../token/TokenError.js"
import type { Stored } from "../CacheState.js"
import * as State from "../CacheState.js"
import { answerWasLost, schedule } from "../retry.js"
import type { Received } from "./attempt.js"
import { attempt, canStandInHeader, finished } from "./attempt.js"
import { land, tellUnavailable } from "./ending.js"
import type { Ground } from "./ground.js"
import { Overtaken } from "./ground.js"
import type { Kept } from "./kept.js"
import { heldOf, nothing, presentedAt } from "./kept.js"
import type { Found } from "./place.js"

/** The attempts of a flight whose turn it is, with the record that it has found. */
export const ask = (ground: Ground, found: Found): Effect.Effect<void, TokenError | Overtaken> =>
  Effect.gen(function* () {
    const { course, grant } = ground
    const position = yield* Ref.make(found)
    const asked =
      grant.replay === "safe"
        ? askFreely(ground, position)
        : finished(found.kept.isEnded ? askFreely(ground, position) : askOnce(ground, position))
    const outcome = yield* asked.pipe(
      // to have been overtaken is no failure that another attempt could mend
      Effect.catchTag("Overtaken", (overtaken) => Effect.succeed(overtaken)),
      Effect.retry(schedule(course.policy, grant.replay))
    )
    if (outcome !== undefined) return yield* outcome
  })

type Asked = Effect.Effect<void, TokenError | Overtaken>

/** Asks without a mark: nothing is presented that a server takes only once, or nothing at all, since the grant is gone. */
const askFreely = (ground: Ground, position: Ref.Ref<Found>): Asked =>
  Effect.gen(function* () {
    const { course, grant } = ground
    const { kept } = yield* Ref.get(position)
    const arrived = yield* attempt(course, grant, heldOf(kept), (received) =>
      keep(ground, position, received)
    )
    yield* land(course, arrived)
  })

/** Marks what is presented, presents it, and keeps the answer. A mark that fails sends nothing. */
const askOnce = (ground: Ground, position: Ref.Ref<Found>): Asked =>
  Effect.gen(function* () {
    const { course, grant, settings } = ground
    const before = yield* Ref.get(position)
    const hasMark = yield* mark(ground, position).pipe(
      Effect.as(true),
      Effect.catchTag("StoreFailure", (error) =>
        Effect.zipRight(
          tellUnavailable(course, error),
          settings.refreshWithoutLease ? Effect.succeed(false) : Effect.fail(error)
        )
      )
    )
    const isKept = yield* Ref.make(false)
    const arrived = yield* attempt(course, grant, heldOf(before.kept), (received) =>
      Effect.zipRight(Ref.set(isKept, true), keep(ground, position, received))
    ).pipe(
      Effect.catchAll((error): Effect.Effect<never, TokenError | Overtaken> =>
        Effect.flatMap(Ref.get(isKept), (isKept) =>
          error._tag === "Overtaken" || isKept || !hasMark || answerWasLost(error)
            ? Effect.fail(error)
            : error._tag === "ReauthorizationRequired"
              ? end(ground, position, error)
              : Effect.zipRight(unmark(ground, position, before.kept), Effect.fail(error))
        )
      )
    )
    yield* land(course, arrived)
  })

const mark = (ground: Ground, position: Ref.Ref<Found>): Effect.Effect<void, StoreFailure | Overtaken> =>
  Effect.gen(function* () {
    const { id, place, settings } = ground
    const { kept, version } = yield* Ref.get(position)
    const at = yield* Clock.currentTimeMillis
    const marked: Kept = { ...kept, mark: { id, at }, lostAt: presentedAt(kept) }
    yield* note(ground, { version, mark: id, isUnsent: true, isBehind: false })
    const saved = yield* place.save(marked, version)
    if (Option.isNone(saved)) return yield* new Overtaken()
    yield* Ref.set(position, { version: saved.value, kept: marked })
    // one that was stopped here for so long has lost its turn, and may not present what somebody else has presented since
    if ((yield* Clock.currentTimeMillis) - at >= settings.lease) return yield* new Overtaken()
    yield* note(ground, { version: saved.value, mark: id, isUnsent: false, isBehind: false })
  })

const note = ({ course }: Ground, stored: Stored): Effect.Effect<void> =>
  course.flight.isForgotten ? Effect.void : Ref.update(course.state, (state) => State.storedAs(state, stored))

/** What was marked was not presented after all: the record is as it was. */
const unmark = (ground: Ground, position: Ref.Ref<Found>, before: Kept): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { id, place } = ground
    const { version } = yield* Ref.get(position)
    yield* note(ground, { version, mark: id, isUnsent: true, isBehind: false })
    const saved = yield* place.save(before, version)
    if (Option.isSome(saved)) yield* Ref.set(position, { version: saved.value, kept: before })
  }).pipe(Effect.catchTag("StoreFailure", (error) => tellUnavailable(ground.course, error)))

/** The answer is kept, and if it cannot be now, then as soon as it can. */
const keep = (
  ground: Ground,
  position: Ref.Ref<Found>,
  { held, refreshIn, token }: Received
): Effect.Effect<void, StoreFailure | Overtaken> =>
  Effect.gen(function* () {
    const { course, grant, id, place } = ground
    const { kept, version } = yield* Ref.get(position)
    const next: Kept = {
      ...nothing,
      token: canStandInHeader(token.value) ? token : undefined,
      refreshIn,
      refreshToken: Option.getOrUndefined(held.refreshToken),
      seeds: kept.seeds
    }
    const save = Effect.suspend(() => replace(ground, position, next))
    yield* Effect.catchTags(save, {
      Removed: () => conflict(place.key),
      StoreFailure: (error) =>
        Effect.gen(function* () {
          yield* tellUnavailable(course, error)
          yield* note(ground, { version, mark: id, isUnsent: false, isBehind: true })
          if (grant.replay === "once") course.fork(saveLater(save))
        })
    })
  })

/** The record is there no more: what belongs to it is wanted by nobody. */
class Removed extends Data.TaggedError("Removed") {}

/**
 * Saves in place of what this flight has found or marked, whatever version that has got since. Where somebody has put
 * something else there, that stays; where it was removed, so does that.
 */
const replace = (
  ground: Ground,
  position: Ref.Ref<Found>,
  next: Kept
): Effect.Effect<void, StoreFailure | Overtaken | Removed> =>
  Effect.gen(function* () {
    const { grant, place } = ground
    for (let tries = 0; tries < 10; tries++) {
      const { kept, version } = yield* Ref.get(position)
      const saved = yield* place.save(next, version)
      if (Option.isSome(saved)) return yield* noteKept(ground, saved.value)
      const found = yield* place.load
      if (!isLeftBy(ground, kept, found.kept)) {
        if (found.kept === nothing && grant.replay === "once") return yield* new Removed()
        yield* noteKept(ground, found.version)
        return yield* new Overtaken()
      }
      yield* Ref.set(position, { version: found.version, kept })
    }
    return yield* conflict(place.key)
  })

/** What stands in the store is good from now on, unless a later flight has gone on from there. */
const noteKept = ({ course, id }: Ground, version: number): Effect.Effect<void> =>
  Ref.update(course.state, (state) =>
    course.flight.isForgotten || (state.stored?.mark !== undefined && state.stored.mark !== id)
      ? state
      : State.storedAs(state, { version, mark: undefined, isUnsent: false, isBehind: false })
  )

/** Whether it is what this flight has found, with its own mark if it has made one. */
const isLeftBy = ({ id }: Ground, kept: Kept, found: Kept): boolean =>
  (found.mark?.id === id || found.mark?.id === kept.mark?.id) &&
  (found.token === undefined || kept.token === undefined
    ? found.token === kept.token
    : isSameValue(found.token, kept.token))

/** A rotated refresh token that is in memory alone is saved as soon as the store is back, or the scope closes. */
const saveLater = (save: Effect.Effect<void, StoreFailure | Overtaken | Removed>): Effect.Effect<void> =>
  save.pipe(
    Effect.retry({ schedule: backOff, while: ({ _tag }) => _tag === "StoreFailure" }),
    Effect.onInterrupt(() => Effect.ignore(finished(save))),
    Effect.ignore
  )

const backOff = Schedule.delayed(Schedule.exponential("100 millis"), (delay) =>
  Duration.min(delay, Duration.seconds(2))
)

/**
 * The server takes the grant no more. If the record still is what was presented, it is ended for everybody; else a sibling
 * or a login has brought something newer, which comes first (S28).
 */
const end = (
  ground: Ground,
  position: Ref.Ref<Found>,
  error: TokenError
): Effect.Effect<never, TokenError | Overtaken> =>
  Effect.gen(function* () {
    const { place } = ground
    const { kept } = yield* Ref.get(position)
    const found = yield* Effect.orElseSucceed(place.load, () => undefined)
    if (found === undefined) return yield* error
    if (!isLeftBy(ground, kept, found.kept)) return yield* new Overtaken()
    const ended: Kept = { ...nothing, lostAt: kept.lostAt, isEnded: true, seeds: kept.seeds }
    const saved = yield* Effect.orElseSucceed(place.save(ended, found.version), () => Option.some(0))
    return yield* Option.isNone(saved) ? new Overtaken() : error
  })
