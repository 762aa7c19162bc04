import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { AccessToken, Grant, ResponseProfile, TokenProvider } from "effect-oauth"
import { outcomeOf } from "../support/outcome.js"

const of = (token_type: unknown, profile?: ResponseProfile.ResponseProfile) =>
  outcomeOf(
    { status: 200, headers: {}, body: JSON.stringify({ access_token: "a-token", token_type }) },
    profile === undefined ? {} : { profile }
  )

/** The header in which the issued token is sent. */
const headerOf = (issued: Grant.Issued) =>
  Effect.gen(function* () {
    const grant = Grant.make({ name: "test", request: () => Effect.succeed(issued) })
    const provider = yield* TokenProvider.make({ name: "test/Api", grant })
    const [name, value] = AccessToken.header(yield* provider.get)
    return [name, Redacted.value(value)]
  })

describe("S19 the token type", () => {
  it.scoped.each(["Bearer", "bearer", "BEARER", "bEaReR", " Bearer ", "", " ", null, undefined])(
    "S19 %j is accepted and sent as Bearer",
    (type) =>
      Effect.gen(function* () {
        const issued = Either.getOrThrow(yield* of(type))
        expect(yield* headerOf(issued)).toEqual(["authorization", "Bearer a-token"])
      })
  )

  it.effect.each([
    "DPoP",
    "mac",
    "pop",
    "N_A",
    "bot",
    "BearerToken",
    "Bearer,DPoP",
    "Basic",
    7,
    0,
    false,
    true,
    ["Bearer"],
    { type: "Bearer" }
  ])("S19 %j is rejected, and the error does not repeat it", (type) =>
    Effect.gen(function* () {
      const error = Either.getOrThrow(Either.flip(yield* of(type)))
      expect(error).toMatchObject({
        _tag: "InvalidTokenResponse",
        reason: "UnknownTokenType",
        description: "token_type is not one of: bearer"
      })
    })
  )

  it.scoped("S19 of the provider's profile is accepted in any case and sent as Bearer", () =>
    Effect.gen(function* () {
      const profile = ResponseProfile.make({ bearerTypes: ["bearer", "bearertoken"] })
      for (const type of ["BearerToken", "bearertoken", "BEARERTOKEN", "Bearer"]) {
        const issued = Either.getOrThrow(yield* of(type, profile))
        expect(yield* headerOf(issued)).toEqual(["authorization", "Bearer a-token"])
      }
      expect(Either.isLeft(yield* of("DPoP", profile))).toBe(true)
    })
  )
})
