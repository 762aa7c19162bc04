/**
 * A flight on a token store, by which processes share what one of them brings.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import { conflict } from "../../store/failure.js"
import type { AccessToken } from "../../token/AccessToken.js"
import type { Grant } from "../../token/Grant.js"
import type { StoreFailure, TokenError } from "../../token/TokenError.js"
import type { Settings } from "../CacheStore.js"
import * as State from "../CacheState.js"
import * as Policy from "../RefreshPolicy.js"
import { ask } from "./ask.js"
import type { Course } from "./course.js"
import { remember } from "./course.js"
import { land, tellUnavailable } from "./ending.js"
import type { Ground } from "./ground.js"
import * as GroundOf from "./ground.js"
import { heldOf } from "./kept.js"
import { look } from "./look.js"
import type { Found } from "./place.js"

/**
 * Adopts what stands in the store, or asks the server in turn with other processes. Where the store is away the flight
 * goes `alone`, if its grant may.
 */
export const fly = (
  course: Course,
  grant: Grant,
  settings: Settings,
  alone: Effect.Effect<void, TokenError>
): Effect.Effect<void, TokenError> =>
  Effect.flatMap(GroundOf.make(course, grant, settings), (ground) =>
    Effect.scoped(round(ground, alone)).pipe(
      // each time somebody else has changed the record in the midst
      Effect.retry({ times: 10, while: ({ _tag }) => _tag === "Overtaken" }),
      Effect.catchTag("Overtaken", () => conflict(ground.place.key))
    )
  )

const round = (ground: Ground, alone: Effect.Effect<void, TokenError>) =>
  Effect.matchEffect(look(ground), {
    onSuccess: (looked) =>
      looked._tag === "Adopt" ? adopt(ground, looked.token, looked.found) : ask(ground, looked.found),
    onFailure: (error) =>
      error._tag === "StoreFailure"
        ? Effect.zipRight(tellUnavailable(ground.course, error), without(ground, alone, error))
        : Effect.fail(error)
  })

/** What is left to do where the store is away. */
const without = (
  { course, grant, settings }: Ground,
  alone: Effect.Effect<void, TokenError>,
  error: StoreFailure
): Effect.Effect<void, TokenError> =>
  Effect.flatMap(Ref.get(course.state), (state) => {
    if (grant.replay === "safe") return alone
    // what a seed was replaced by in earlier runs stands in the store alone
    const isAhead = state.held !== undefined || grant.seed === undefined
    return settings.refreshWithoutLease && isAhead
      ? Effect.zipRight(Ref.update(course.state, State.gotAhead), alone)
      : Effect.fail(error)
  })

const adopt = (ground: Ground, token: AccessToken, { kept, version }: Found): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { policy } = ground.course
    const askedAt = DateTime.toEpochMillis(token.issuedAt)
    const expiresAt = DateTime.toEpochMillis(token.expiresAt)
    const random = yield* Random.next
    const { refreshIn } = kept
    // a mark on it may be that of a sibling at work, which says nothing of the token
    const held = heldOf({ ...kept, mark: undefined, lostAt: undefined })
    const stored = { version, mark: undefined, isSettled: false, isStale: false }
    yield* remember(ground.course, (state) => State.storedAs(State.holding(state, held), stored))
    const refreshAt = Policy.refreshAt(policy, { askedAt, expiresAt, refreshIn }, random)
    yield* land(ground.course, { token, refreshAt }, true)
  })
