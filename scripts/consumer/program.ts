import * as Effect from "effect/Effect"
import { TokenProvider } from "effect-oauth"
import { TestTokenProvider } from "effect-oauth/testing"

class Api extends TokenProvider.Tag("consumer/Api")<Api>() {}

const program = Effect.flatMap(Api, (provider) => provider.get)

// Compiles only if the layer gives what the program needs, and runs only if both entry points share one tag.
await Effect.runPromise(Effect.provide(program, TestTokenProvider.layer(Api, "a-test-token")))
console.log("a consumer's program ran")
