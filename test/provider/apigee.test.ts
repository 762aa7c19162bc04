import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { AccessToken, Apigee } from "effect-oauth"
import type { Answer } from "../support/recordingClient.js"
import { basicOf, formOf, recordingClient, theOnly } from "../support/recordingClient.js"

const options: Apigee.Options = {
  tokenUrl: "https://gateway.example.com/oauth/accesstoken?grant_type=client_credentials",
  clientId: "the-client",
  clientSecret: Redacted.make("s3cret +&/")
}

const apigeeAnswer: Answer = {
  body: {
    access_token: "an-access-token",
    expires_in: "3599",
    issued_at: "1632884161113",
    token_type: "BearerToken",
    refresh_token_expires_in: "0",
    status: "approved",
    scope: ""
  }
}

const ask = (changes: Partial<Apigee.Options>, answer: Answer = apigeeAnswer) =>
  Effect.gen(function* () {
    const { layer, requests } = recordingClient(() => answer)
    const provider = yield* Effect.provide(Apigee.make("app/Gateway", { ...options, ...changes }), layer)
    const token = yield* provider.get
    return { token, request: theOnly(requests), origins: provider.origins }
  })

describe("Apigee", () => {
  it.scoped("asks at the token URL, its query included, with a Basic header", () =>
    Effect.gen(function* () {
      const { origins, request } = yield* ask({})
      expect(request.method).toBe("POST")
      expect(request.url).toBe("https://gateway.example.com/oauth/accesstoken?grant_type=client_credentials")
      expect(basicOf(request)).toBe("the-client:s3cret+%2B%26%2F")
      expect(formOf(request)).toEqual({ grant_type: "client_credentials" })
      expect(origins).toEqual([])
    })
  )

  it.scoped("sends parameters that have a setting of their own, where that is not set", () =>
    Effect.gen(function* () {
      const { request } = yield* ask({ parameters: { audience: "orders", resource: "urn:x", scope: "s" } })
      expect(formOf(request)).toEqual({
        grant_type: "client_credentials",
        audience: "orders",
        resource: "urn:x",
        scope: "s"
      })
    })
  )

  it.scoped("sends scope and parameters", () =>
    Effect.gen(function* () {
      const { origins, request } = yield* ask({
        scope: "read  write",
        parameters: { app: "orders", pin: Redacted.make("0000") },
        origins: ["https://gateway.example.com"]
      })
      expect(formOf(request)).toEqual({
        grant_type: "client_credentials",
        scope: "read write",
        app: "orders",
        pin: "0000"
      })
      expect(origins).toEqual(["https://gateway.example.com"])
    })
  )

  it.scoped("reads what the gateway answers: BearerToken, numbers as strings, an empty scope", () =>
    Effect.gen(function* () {
      const { token } = yield* ask({})
      expect(Redacted.value(AccessToken.header(token)[1])).toBe("Bearer an-access-token")
      expect(DateTime.toEpochMillis(token.expiresAt)).toBe(3_599_000)
      expect(token.scopes).toEqual([])
    })
  )

  it.scoped.each([
    [
      { status: 401, body: { ErrorCode: "invalid_request", Error: "ClientId is Invalid" } },
      { reason: "InvalidRequest", code: "invalid_request", description: "ClientId is Invalid" }
    ],
    [
      {
        status: 401,
        body: {
          fault: {
            faultstring: "Invalid client identifier {0}",
            detail: { errorcode: "oauth.v2.InvalidClientIdentifier" }
          }
        }
      },
      {
        reason: "InvalidClient",
        code: "oauth.v2.InvalidClientIdentifier",
        description: "Invalid client identifier {0}"
      }
    ]
  ] as const)("an error of the gateway is a rejection (%#)", ([answer, expected]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ask({}, answer))
      expect(error).toMatchObject({ _tag: "CredentialRejected", ...expected })
    })
  )

  it.scoped("every wrong setting is named at once", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        ask({
          tokenUrl: "http://gateway.example.com/token",
          clientId: "",
          clientSecret: Redacted.make(""),
          scope: "read",
          parameters: { grant_type: "password", scope: "write" }
        })
      )
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", reason: "Malformed" })
      expect(error._tag === "InvalidConfiguration" ? error.issues.map(({ path }) => path) : []).toEqual([
        "clientId",
        "clientSecret",
        "parameters.grant_type",
        "parameters.scope",
        "tokenUrl"
      ])
    })
  )
})
