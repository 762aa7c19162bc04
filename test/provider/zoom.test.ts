import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Zoom } from "effect-oauth"
import type { Answer } from "../support/recordingClient.js"
import { basicOf, formOf, recordingClient, theOnly } from "../support/recordingClient.js"

const options: Zoom.Options = {
  accountId: "the-account",
  clientId: "the-client",
  clientSecret: Redacted.make("s3cret")
}

const requestOf = (changes: Partial<Zoom.Options>, answer?: () => Answer) =>
  Effect.gen(function* () {
    const { layer, requests } = recordingClient(answer)
    const provider = yield* Effect.provide(Zoom.make("app/Zoom", { ...options, ...changes }), layer)
    yield* provider.get
    return { request: theOnly(requests), origins: provider.origins }
  })

describe("Zoom", () => {
  it.scoped("asks by Zoom's own grant, with a Basic header", () =>
    Effect.gen(function* () {
      const { origins, request } = yield* requestOf({})
      expect(request.method).toBe("POST")
      expect(request.url).toBe("https://zoom.us/oauth/token")
      expect(request.headers["content-type"]).toBe("application/x-www-form-urlencoded")
      expect(basicOf(request)).toBe("the-client:s3cret")
      expect(formOf(request)).toEqual({ grant_type: "account_credentials", account_id: "the-account" })
      expect(origins).toEqual(["https://api.zoom.us"])
    })
  )

  it.scoped("another cloud, or a loopback server, has another token URL and other origins", () =>
    Effect.gen(function* () {
      const origins = ["http://127.0.0.1:3001"]
      const tokenUrl = "http://127.0.0.1:3000/oauth/token"
      const asked = yield* requestOf({ tokenUrl, origins, allowLoopbackHttp: true })
      expect(asked.request.url).toBe(tokenUrl)
      expect(asked.origins).toEqual(origins)
    })
  )

  it.scoped("its error is a rejection", () =>
    Effect.gen(function* () {
      const body = { reason: "Invalid client_id or client_secret", error: "invalid_client" }
      const error = yield* Effect.flip(requestOf({}, () => ({ status: 400, body })))
      expect(error).toMatchObject({
        _tag: "CredentialRejected",
        reason: "InvalidClient",
        description: "Invalid client_id or client_secret"
      })
    })
  )

  it.scoped("every empty setting is named at once", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        requestOf({ accountId: "", clientId: "", clientSecret: Redacted.make(""), tokenUrl: "" })
      )
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", reason: "Missing" })
      expect(error._tag === "InvalidConfiguration" ? error.issues.map(({ path }) => path) : []).toEqual([
        "accountId",
        "clientId",
        "clientSecret",
        "tokenUrl"
      ])
    })
  )
})
