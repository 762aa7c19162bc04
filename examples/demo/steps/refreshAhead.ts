import * as Effect from "effect/Effect"
import { watch } from "../watchedProvider.js"
import { figure } from "../screen.js"
import { atLeast, exactly, note, type Step } from "../step.js"
import { caller, trafficSince } from "../world.js"
import { stream, until } from "./stream.js"

const generations = 4

export const refreshAhead: Step = {
  title: "Refresh ahead of expiry",
  claim: [
    "Tokens that live 4 s, a server that takes 300 ms to answer, a steady stream",
    "of requests: not one of them waits for a token."
  ],
  run: (world, show) =>
    Effect.gen(function* () {
      const { server } = world
      const traffic = trafficSince(world)
      // due at half their life, so that the demo is short
      const provider = yield* world.provider("refresh-ahead", { policy: { marginFraction: 0.5 } })
      yield* provider.get
      const watched = yield* watch(provider)
      const call = yield* caller(world, watched.provider)
      yield* Effect.acquireRelease(server.answerAfter("300 millis"), () => server.answerAfter(0))
      yield* show(
        () => {
          const { accepted, tokens } = traffic()
          return `${figure(accepted)} requests, token ${tokens} of ${generations}, ${watched.gets().waited} gets waited`
        },
        stream(call, until(Effect.sync(() => traffic().tokens === generations)))
      )
      const { accepted, refused, tokens } = traffic()
      const { asked, failed, waited } = watched.gets()
      return [
        exactly("gets that waited", waited, 0),
        exactly("gets that failed", failed, 0),
        exactly("different tokens that the API saw", tokens, generations),
        exactly("token requests at the server", server.tokenRequests("refresh-ahead").length, generations),
        exactly("requests that the API refused", refused, 0),
        atLeast("requests that the API accepted", accepted, 200),
        note("gets", asked)
      ]
    })
}
