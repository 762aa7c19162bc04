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
import { conflict } from "../../store/failure.js"
import { isSameValue } from "../../token/AccessToken.js"
import { StoreFailure } from "../../token/TokenError.js"
import type { TokenError } from "../../token/TokenError.js"
import type { Stored } from "../CacheState.js"
import * as State from "../CacheState.js"
import { answerWasLost, schedule } from "../retry.js"
import type { Received } from "./attempt.js"
import { attempt, canStandInHeader, finished } from "./attempt.js"
import { land, tellUnavailable } from "./ending.js"
import { remember } from "./course.js"
import type { Ground } from "./ground.js"
import { Overtaken } from "./ground.js"
import type { Kept } from "./kept.js"
import { heldOf, nothing, presentedAt, previousOf } from "./kept.js"
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
    const arrived = yield* attempt(course, grant, previousOf(kept), (received) =>
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
          settings.refreshWithoutLease ? Effect.as(goAhead(ground, before), false) : Effect.fail(error)
        )
      )
    )
    const isKept = yield* Ref.make(false)
    const arrived = yield* attempt(course, grant, previousOf(before.kept), (received) =>
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
    // a mark that fails may have come about; what is newer than the record stays so
    yield* noteMark(ground)
    const saved = yield* place.save(marked, version)
    if (Option.isNone(saved)) return yield* new Overtaken()
    yield* Ref.set(position, { version: saved.value, kept: marked })
    // one that was stopped here for so long has lost its turn, and may not present what somebody else has presented since
    // (the lease was renewed a third of its length ago, at worst)
    if ((yield* Clock.currentTimeMillis) - at >= settings.lease / 2) return yield* new Overtaken()
    yield* note(ground, { version: saved.value, mark: id, isSettled: false, isStale: false })
  })

const noteMark = ({ course, id }: Ground): Effect.Effect<void> =>
  remember(course, (state) => State.storedAs(state, { ...state.stored, mark: id, isSettled: true }))

const note = ({ course }: Ground, stored: Stored): Effect.Effect<void> =>
  remember(course, (state) => State.storedAs(state, stored))

/** What is held is what is presented now without a mark, and newer than the record from then on. */
const goAhead = ({ course, id }: Ground, { kept, version }: Found): Effect.Effect<void> =>
  remember(course, (state) =>
    State.storedAs(State.holding(state, heldOf(kept)), {
      version,
      mark: id,
      isSettled: false,
      isStale: true,
      seeds: kept.seeds
    })
  )

/** What was marked was not presented after all: the record is as it was, unless somebody else has changed it. */
const unmark = (ground: Ground, position: Ref.Ref<Found>, before: Kept): Effect.Effect<void, Overtaken> =>
  Effect.gen(function* () {
    const { version } = yield* Ref.get(position)
    yield* note(ground, { version, mark: ground.id, isSettled: true, isStale: false })
    const isLeft = yield* Effect.catchTag(replace(ground, position, before), "StoreFailure", (error) =>
      Effect.as(tellUnavailable(ground.course, error), true)
    )
    if (!isLeft) return yield* new Overtaken()
    yield* Ref.update(position, ({ version }) => ({ version, kept: before }))
  })

/** The answer is kept, and if it cannot be now, then as soon as it can. */
const keep = (
  ground: Ground,
  position: Ref.Ref<Found>,
  { held, refreshIn, token }: Received
): Effect.Effect<void, StoreFailure | Overtaken> =>
  Effect.gen(function* () {
    const { course, grant, id, place, settings } = ground
    const startedAt = yield* Clock.currentTimeMillis
    const { kept, version } = yield* Ref.get(position)
    const next: Kept = {
      ...nothing,
      token: canStandInHeader(token.value) ? token : undefined,
      refreshIn,
      refreshToken: Option.getOrUndefined(held.refreshToken),
      seeds: kept.seeds
    }
    const save = saving(ground, position, next)
    // until it is saved, the record is older than what is held, whatever becomes of the save
    yield* note(ground, { version, mark: id, isSettled: false, isStale: true, seeds: kept.seeds })
    yield* Effect.catchTags(save, {
      Removed: () => conflict(place.key),
      StoreFailure: (error) =>
        Effect.gen(function* () {
          yield* tellUnavailable(course, error)
          if (grant.replay === "safe") return
          // nothing goes on behind a flight whose scope is closing
          if (course.isClosed()) {
            yield* saveSoon(save, startedAt + settings.timeout - (yield* Clock.currentTimeMillis))
          } else course.fork(saveLater(save, settings.timeout))
        })
    })
  })

/** The record is there no more: what belongs to it is wanted by nobody. */
class Removed extends Data.TaggedError("Removed") {}

type Saving = Effect.Effect<void, StoreFailure | Overtaken | Removed>

/**
 * Where somebody has put something else in the place of what this flight has found, that stays, and is to be looked at;
 * where it was removed, so does that.
 */
const saving = (ground: Ground, position: Ref.Ref<Found>, next: Kept): Saving =>
  Effect.gen(function* () {
    const isSaved = yield* replace(ground, position, next)
    const { kept, version } = yield* Ref.get(position)
    if (!isSaved && kept === nothing && ground.grant.replay === "once") return yield* new Removed()
    yield* noteKept(ground, version)
    if (!isSaved) return yield* new Overtaken()
  })

/**
 * Whether it is saved in place of what this flight has found or marked, whatever version that has got since. If not, the
 * position is what somebody else has put there.
 */
const replace = (
  ground: Ground,
  position: Ref.Ref<Found>,
  next: Kept
): Effect.Effect<boolean, StoreFailure> =>
  Effect.gen(function* () {
    const { place } = ground
    for (let tries = 0; tries < mostChanges; tries++) {
      const { kept, version } = yield* Ref.get(position)
      const saved = yield* place.save(next, version)
      if (Option.isSome(saved)) {
        yield* Ref.set(position, { version: saved.value, kept: next })
        return true
      }
      const found = yield* place.load
      const isLeft = isLeftBy(ground, kept, found.kept)
      yield* Ref.set(position, isLeft ? { version: found.version, kept } : found)
      if (!isLeft) return false
    }
    return yield* conflict(place.key)
  })

// each of them is a rekey at the very moment of a save
const mostChanges = 10

/** What stands in the store is good from now on, unless a later flight has gone on from there. */
const noteKept = ({ course, id }: Ground, version: number): Effect.Effect<void> =>
  remember(course, (state) =>
    state.stored.mark !== undefined && state.stored.mark !== id
      ? state
      : State.storedAs(state, { version, mark: undefined, isSettled: false, isStale: false })
  )

/** Whether it is what this flight has found, with its own mark if it has made one. */
const isLeftBy = ({ id }: Ground, kept: Kept, found: Kept): boolean =>
  (found.mark?.id === id || found.mark?.id === kept.mark?.id) &&
  (found.token === undefined || kept.token === undefined
    ? found.token === kept.token
    : isSameValue(found.token, kept.token))

/** A rotated refresh token that is in memory alone is saved as soon as the store is back, or the scope closes. */
const saveLater = (save: Saving, timeout: number): Effect.Effect<void> =>
  untilSaved(save).pipe(
    Effect.onInterrupt(() => finished(saveSoon(save, timeout))),
    Effect.ignore
  )

/** For when there is no later: within the time that one operation may take. */
const saveSoon = (save: Saving, millis: number): Effect.Effect<void> =>
  untilSaved(save).pipe(Effect.timeout(Duration.millis(millis)), Effect.ignore)

const untilSaved = (save: Saving): Saving =>
  Effect.retry(save, { schedule: backOff, while: ({ _tag }) => _tag === "StoreFailure" })

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
    const { kept, version } = yield* Ref.get(position)
    const ended: Kept = { ...nothing, lostAt: kept.lostAt, isEnded: true, seeds: kept.seeds }
    const isLeft = yield* Effect.catchTag(replace(ground, position, ended), "StoreFailure", (failure) =>
      Effect.gen(function* () {
        yield* tellUnavailable(ground.course, failure)
        // the server's answer is known, though it could not be kept
        yield* note(ground, { version, mark: ground.id, isSettled: true, isStale: false })
        return true
      })
    )
    return yield* isLeft ? error : new Overtaken()
  })
