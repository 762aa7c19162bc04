import * as Effect from "effect/Effect"
import { figure } from "../screen.js"
import { exactly, note, type Step } from "../step.js"
import { caller, fingerprint, trafficSince } from "../world.js"

const many = 10_000

export const tenThousand: Step = {
  title: "Ten thousand at once",
  claim: [
    "Ten thousand concurrent gets on a cold cache cost one token request,",
    "and so do ten thousand concurrent API requests, over 64 sockets."
  ],
  run: (world, show) =>
    Effect.gen(function* () {
      const gets = yield* world.provider("ten-thousand-gets")
      const tokens = yield* show(
        () => `${figure(many)} gets on a cold cache`,
        Effect.all(Effect.replicate(gets.get, many), { concurrency: "unbounded" })
      )

      const traffic = trafficSince(world)
      const call = yield* caller(world, yield* world.provider("ten-thousand-requests"))
      const startedAt = performance.now()
      yield* show(
        () => `${figure(many)} requests on a cold cache: ${figure(traffic().accepted)} answered`,
        Effect.all(Effect.replicate(call, many), { concurrency: "unbounded", discard: true })
      )
      const seconds = (performance.now() - startedAt) / 1000

      const { accepted, refused, tokens: tokensSeen } = traffic()
      return [
        exactly("gets that brought a token", tokens.length, many),
        exactly(
          "different tokens among them",
          new Set(tokens.map(({ value }) => fingerprint(value))).size,
          1
        ),
        exactly(
          "token requests at the server for the gets",
          world.server.tokenRequests("ten-thousand-gets").length,
          1
        ),
        exactly("requests that the API accepted", accepted, many),
        exactly("requests that the API refused", refused, 0),
        exactly("different tokens that the API saw", tokensSeen, 1),
        exactly(
          "token requests at the server for the API requests",
          world.server.tokenRequests("ten-thousand-requests").length,
          1
        ),
        note("the API requests took", `${seconds.toFixed(1)} s`)
      ]
    })
}
