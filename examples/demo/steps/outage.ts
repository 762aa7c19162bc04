import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { watch } from "../watchedProvider.js"
import { figure } from "../screen.js"
import { atLeast, exactly, note, type Step } from "../step.js"
import { caller, trafficSince } from "../world.js"
import { stream, until } from "./stream.js"

export const outage: Step = {
  title: "Server down",
  claim: [
    "The authorization server goes away, and a refresh fails: requests go on with",
    "the token in hand. Then the server is back, and the token is refreshed."
  ],
  run: (world, show) =>
    Effect.gen(function* () {
      const { server } = world
      const traffic = trafficSince(world)
      const provider = yield* world.provider("outage", { policy: { marginFraction: 0.6 } })
      yield* provider.get
      const watched = yield* watch(provider)
      const call = yield* caller(world, watched.provider)

      const state = { is: "up", failure: "" }
      const tokenRequests = () => server.tokenRequests("outage").length
      const down = yield* show(
        () => `server ${state.is}, ${figure(traffic().accepted)} requests accepted${state.failure}`,
        stream(
          call,
          Effect.gen(function* () {
            yield* Effect.acquireRelease(server.stop, () =>
              state.is === "down" ? server.start : Effect.void
            )
            state.is = "down"
            const before = { accepted: traffic().accepted, tokenRequests: tokenRequests() }
            yield* until(Effect.map(provider.status, ({ lastFailure }) => Option.isSome(lastFailure)))
            const { lastFailure } = yield* provider.status
            state.failure = `; refresh failed: ${Option.match(lastFailure, {
              onNone: () => "",
              onSome: ({ error }) => `${error._tag} ${error.reason}`
            })}`
            yield* Effect.sleep("500 millis")
            const during = {
              accepted: traffic().accepted - before.accepted,
              tokenRequests: tokenRequests() - before.tokenRequests,
              error: Option.map(lastFailure, ({ error }) => error)
            }
            state.is = "up again"
            yield* server.start
            yield* until(Effect.map(provider.status, ({ state }) => state === "Fresh"))
            yield* Effect.sleep("200 millis")
            return during
          })
        )
      )
      const { accepted, refused, tokens } = traffic()
      return [
        exactly(
          "what the refresh failed with",
          Option.match(down.error, { onNone: () => "", onSome: ({ _tag }) => _tag }),
          "TransientFailure"
        ),
        exactly("token requests that reached the server while it was down", down.tokenRequests, 0),
        atLeast("requests that the API accepted meanwhile", down.accepted, 50),
        exactly("requests that the API refused", refused, 0),
        exactly("gets that failed", watched.gets().failed, 0),
        exactly("gets that waited", watched.gets().waited, 0),
        exactly("token requests at the server, before and after", tokenRequests(), 2),
        exactly("different tokens that the API saw", tokens, 2),
        note("requests that the API accepted in all", accepted)
      ]
    })
}
