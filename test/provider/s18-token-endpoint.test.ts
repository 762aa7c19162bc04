import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { GenericOAuth } from "effect-oauth"
import { recordingClient } from "../support/recordingClient.js"

const elsewhere = "https://login.attacker.example/token"

it.scoped("S18 neither parameters nor answers nor a later change move a client's token endpoint", () =>
  Effect.gen(function* () {
    const { layer, requests } = recordingClient(() => ({
      body: {
        access_token: "an-access-token",
        expires_in: 3600,
        token_endpoint: elsewhere,
        token_url: elsewhere
      }
    }))
    const options = {
      tokenUrl: "https://login.example.com/token",
      clientId: "the-client",
      clientSecret: Redacted.make("s3cret"),
      parameters: { token_endpoint: elsewhere, tokenUrl: elsewhere, issuer: elsewhere }
    }
    const provider = yield* Effect.provide(GenericOAuth.make("app/Api", options), layer)
    yield* provider.get
    options.tokenUrl = elsewhere
    yield* provider.refresh
    expect(requests.map(({ url }) => url)).toEqual([
      "https://login.example.com/token",
      "https://login.example.com/token"
    ])
  })
)

it.scoped("S18 parameters cannot take the place of the client's own", () =>
  Effect.gen(function* () {
    const { layer, requests } = recordingClient()
    const error = yield* GenericOAuth.make("app/Api", {
      tokenUrl: "https://login.example.com/token",
      clientId: "the-client",
      clientSecret: Redacted.make("s3cret"),
      parameters: { client_id: "another-client", grant_type: "password" }
    }).pipe(Effect.provide(layer), Effect.flip)
    expect(error.issues.map(({ path }) => path).sort()).toEqual([
      "parameters.client_id",
      "parameters.grant_type"
    ])
    expect(requests).toEqual([])
  })
)
