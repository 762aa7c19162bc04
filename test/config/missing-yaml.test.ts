import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadParser } from "../../src/config/internal/parser.js"

it.effect("a missing yaml package is an InvalidConfiguration that says what to install", () =>
  Effect.gen(function* () {
    const missing = () => Promise.reject(new Error("Cannot find package 'yaml'"))
    const error = yield* Effect.flip(loadParser("effect-oauth.yaml", missing))
    expect(error._tag).toBe("InvalidConfiguration")
    expect(error.message).toContain("the package yaml")
    expect(error.message).toContain("npm install yaml@2")
  })
)
