import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { exactly, note, type Step } from "../step.js"
import { caller, fingerprint, trafficSince } from "../world.js"

export const acquire: Step = {
  title: "Acquire",
  claim: [
    "An issuer, an id and a secret are enough: the token endpoint is found,",
    "and a request carries a token."
  ],
  run: (world, show) =>
    Effect.gen(function* () {
      const traffic = trafficSince(world)
      const provider = yield* world.provider("acquire")
      const call = yield* caller(world, provider)
      const status = yield* show(() => `asking ${world.server.issuer} for a token`, call)
      const token = yield* provider.get
      return [
        exactly("the API's answer", status, 200),
        exactly("requests that the API accepted", traffic().accepted, 1),
        exactly("metadata requests at the server", world.server.metadataRequests(), 1),
        exactly("token requests at the server", world.server.tokenRequests("acquire").length, 1),
        note("the token's fingerprint", fingerprint(token.value)),
        note("its scope", token.scopes.join(" ")),
        note("its lifetime", seconds(token.issuedAt, Option.some(token.expiresAt))),
        note("its refresh is due after", seconds(token.issuedAt, (yield* provider.status).refreshAt))
      ]
    })
}

const seconds = (from: DateTime.Utc, to: Option.Option<DateTime.Utc>): string =>
  Option.match(to, {
    onNone: () => "",
    onSome: (to) => `${Math.round(DateTime.distance(from, to) / 1000)} s`
  })
