import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Scope from "effect/Scope"
import { cachedToken } from "../peers/cached-effect.js"
import { providerOf } from "../peers/library.js"
import type { Credential } from "../peers/peer.js"
import type { Addresses } from "../server/protocol.js"

/** The least that a get could cost in Effect: reading a `Ref` and the clock. */
export const floorName = "Ref.get + Clock.currentTimeMillis"
export const getName = "effect-oauth: get"
export const cachedName = "cachedInvalidateWithTTL"
const stepName = "Effect.void (the loop itself)"

/** What a fiber may do for its token, all of it warm. */
export const warmEffects = (
  server: Addresses
): Effect.Effect<
  ReadonlyArray<readonly [name: string, effect: Effect.Effect<unknown, unknown>]>,
  unknown,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const credential: Credential = { server, clientId: "warm", clientSecret: "not-a-secret", margin: 300 }
    const provider = yield* providerOf(credential)
    const cached = yield* cachedToken(credential, Duration.hours(1))
    const ref = yield* Ref.make(0)
    yield* provider.get
    yield* cached
    return [
      [floorName, Effect.flatMap(Ref.get(ref), () => Clock.currentTimeMillis)],
      [getName, provider.get],
      [cachedName, cached],
      [stepName, Effect.void]
    ]
  })
