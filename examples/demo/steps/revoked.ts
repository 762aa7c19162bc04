import * as Effect from "effect/Effect"
import { figure } from "../screen.js"
import { exactly, type Step } from "../step.js"
import { caller, trafficSince } from "../world.js"

const many = 200

export const revoked: Step = {
  title: "A revoked token",
  claim: [
    `The server revokes the token in hand: ${many} concurrent requests get a 401, cost`,
    "one refresh together, and are each sent once more."
  ],
  run: (world, show) =>
    Effect.gen(function* () {
      const { server } = world
      const call = yield* caller(world, yield* world.provider("revoked"))
      const firstStatus = yield* call
      const wereRevoked = yield* server.revoke("revoked")
      const before = server.tokenRequests("revoked").length
      const traffic = trafficSince(world)
      const statuses = yield* show(
        () =>
          `${figure(traffic().refused)} refused, ${figure(traffic().accepted)} accepted when sent once more`,
        Effect.all(Effect.replicate(call, many), { concurrency: "unbounded" })
      )
      const { accepted, refused } = traffic()
      return [
        exactly("the API's answer before", firstStatus, 200),
        exactly("tokens that the server revoked", wereRevoked, 1),
        exactly("requests that the API refused with 401", refused, many),
        exactly("requests that the API accepted, sent once more", accepted, many),
        exactly("callers that got a 200", statuses.filter((status) => status === 200).length, many),
        exactly("token requests at the server for that", server.tokenRequests("revoked").length - before, 1)
      ]
    })
}
