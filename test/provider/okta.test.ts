import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Okta } from "effect-oauth"
import type { Answer } from "../support/recordingClient.js"
import { basicOf, formOf, recordingClient, theOnly } from "../support/recordingClient.js"

const options: Okta.Options = {
  domain: "example.okta.com",
  clientId: "the-client",
  clientSecret: Redacted.make("s3cret +&/"),
  scopes: ["orders.read", "orders.write"]
}

const requestOf = (changes: Partial<Okta.Options>, answer?: () => Answer) =>
  Effect.gen(function* () {
    const { layer, requests } = recordingClient(answer)
    const provider = yield* Effect.provide(Okta.make("app/Okta", { ...options, ...changes }), layer)
    yield* provider.get
    return { request: theOnly(requests), origins: provider.origins }
  })

describe("Okta", () => {
  it.scoped("asks the default authorization server, with a Basic header", () =>
    Effect.gen(function* () {
      const { origins, request } = yield* requestOf({})
      expect(request.method).toBe("POST")
      expect(request.url).toBe("https://example.okta.com/oauth2/default/v1/token")
      expect(request.headers["content-type"]).toBe("application/x-www-form-urlencoded")
      expect(basicOf(request)).toBe("the-client:s3cret+%2B%26%2F")
      expect(formOf(request)).toEqual({ grant_type: "client_credentials", scope: "orders.read orders.write" })
      expect(origins).toEqual([])
    })
  )

  it.scoped.each([
    ["aus1a2b3", "https://example.okta.com/oauth2/aus1a2b3/v1/token", []],
    ["org", "https://example.okta.com/oauth2/v1/token", ["https://example.okta.com"]]
  ] as const)("the authorization server %s is asked at %s", ([authorizationServer, url, ownOrigins]) =>
    Effect.gen(function* () {
      const { origins, request } = yield* requestOf({ authorizationServer })
      expect(request.url).toBe(url)
      expect(origins).toEqual(ownOrigins)
      const given = ["https://api.example.com"]
      expect((yield* requestOf({ authorizationServer, origins: given })).origins).toEqual(given)
    })
  )

  it.scoped("a domain may lie on loopback, where that is opted in to", () =>
    Effect.gen(function* () {
      const { request } = yield* requestOf({ domain: "127.0.0.1:3000", allowLoopbackHttp: true })
      expect(request.url).toBe("http://127.0.0.1:3000/oauth2/default/v1/token")
    })
  )

  it.scoped("its own spelling of an error is a rejection", () =>
    Effect.gen(function* () {
      const body = {
        errorCode: "invalid_client",
        errorSummary: "Invalid value for 'client_id'.",
        errorCauses: []
      }
      const error = yield* Effect.flip(requestOf({}, () => ({ status: 401, body })))
      expect(error).toMatchObject({
        _tag: "CredentialRejected",
        reason: "InvalidClient",
        code: "invalid_client",
        description: "Invalid value for 'client_id'."
      })
    })
  )

  it.scoped("every wrong setting is named at once", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        requestOf({
          domain: "https://example.okta.com",
          authorizationServer: "../x",
          clientId: "",
          scopes: " "
        })
      )
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", reason: "Malformed" })
      expect(error._tag === "InvalidConfiguration" ? error.issues.map(({ path }) => path) : []).toEqual([
        "domain",
        "authorizationServer",
        "scopes",
        "clientId"
      ])
    })
  )
})
