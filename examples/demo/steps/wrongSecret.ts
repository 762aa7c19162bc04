import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { TokenError } from "effect-oauth"
import { figure } from "../screen.js"
import { exactly, note, type Step } from "../step.js"

const many = 1_000

export const wrongSecret: Step = {
  title: "A wrong secret",
  claim: [
    `${figure(many)} gets over a second, and the server is asked once: a wrong secret`,
    "does not get better by asking again."
  ],
  run: (world, show) =>
    Effect.gen(function* () {
      const provider = yield* world.provider("wrong-secret", { secret: "not-the-one-that-was-registered" })
      const errors: Array<TokenError.TokenError> = []
      const get = Effect.map(Effect.flip(provider.get), (error) => errors.push(error))
      const hundred = Effect.all(Effect.replicate(get, 100), { concurrency: "unbounded" })
      yield* show(
        () => `${figure(errors.length)} of ${figure(many)} gets were told`,
        Effect.repeatN(Effect.zipRight(hundred, Effect.sleep("100 millis")), many / 100 - 1)
      )
      const requests = world.server.tokenRequests("wrong-secret")
      const first = errors[0]
      const { windowUntil } = yield* provider.status
      return [
        exactly("gets that failed", errors.length, many),
        exactly("different errors among them", new Set(errors).size, 1),
        exactly(
          "the error",
          first === undefined ? "" : `${first._tag} ${first.reason}`,
          "CredentialRejected InvalidClient"
        ),
        exactly("token requests at the server", requests.length, 1),
        exactly("the server's answer", requests[0]?.status ?? 0, 401),
        note("what the operator reads", first?.message ?? ""),
        note("what to do", adviceOn(first)),
        note(
          "asked again not before",
          Option.match(windowUntil, { onNone: () => "", onSome: DateTime.formatIso })
        )
      ]
    })
}

/** What an application would tell the one who runs it. */
const adviceOn = (error: TokenError.TokenError | undefined): string =>
  error?._tag === "CredentialRejected" && error.reason === "InvalidClient"
    ? "check client id and secret; has the secret expired?"
    : ""
