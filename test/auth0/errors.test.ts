import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Auth0Users, User } from "effect-oauth/auth0"
import { UserError } from "effect-oauth/auth0"
import { refusal } from "./support/auth0Server.js"
import type { Step } from "./support/scriptedApi.js"
import { jane, respond, scripted } from "./support/scriptedApi.js"
import { begin, clientSecret, connection } from "./support/tenant.js"

describe("what Auth0 refuses", () => {
  it.scopedLive("409 is UserAlreadyExists", () =>
    Effect.gen(function* () {
      const { server, users } = yield* begin()
      yield* users.create({ connection, email: "jane@example.com" })
      const error = yield* Effect.flip(users.create({ connection, email: "jane@example.com" }))
      expect(error).toMatchObject({
        _tag: "UserAlreadyExists",
        operation: "create",
        code: "auth0_idp_error",
        description: "The user already exists.",
        isRetryable: false
      })
      expect(error.message).toBe(
        "Auth0Users.create: there is such a user already; find it by its email, and update it (auth0_idp_error, The user already exists.)"
      )
      server.next(refusal(409, "Conflict", "The user already exists.", "auth0_idp_error"))
      expect(yield* Effect.flip(users.update("auth0|1", { username: "jane" }))).toMatchObject({
        _tag: "UserAlreadyExists",
        operation: "update"
      })
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )

  it.scopedLive("404 is UserNotFound, where a user was named", () =>
    Effect.gen(function* () {
      const { server, users } = yield* begin()
      expect(yield* Effect.flip(users.get("auth0|none"))).toMatchObject({
        _tag: "UserNotFound",
        operation: "get",
        userId: "auth0|none",
        isRetryable: false
      })
      expect(yield* Effect.flip(users.update("auth0|none", {}))).toMatchObject({
        _tag: "UserNotFound",
        operation: "update"
      })
      const none = refusal(404, "Not Found", "The connection does not exist.", "inexistent_connection")
      server.next(none, none, none)
      yield* users.delete("auth0|none")
      expect(yield* Effect.flip(users.findByEmail("jane@example.com"))).toMatchObject({
        _tag: "InvalidRequest",
        status: 404
      })
      expect(yield* Effect.flip(users.create({ connection }))).toMatchObject({
        _tag: "InvalidRequest",
        status: 404,
        code: "inexistent_connection"
      })
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )

  it.scopedLive("400 is InvalidRequest, with what Auth0 says of it", () =>
    Effect.gen(function* () {
      const { users } = yield* begin()
      const weak = { connection, email: "jane@example.com", password: Redacted.make("weak") }
      expect(yield* Effect.flip(users.create(weak))).toMatchObject({
        _tag: "InvalidRequest",
        operation: "create",
        status: 400,
        code: undefined,
        description: "PasswordStrengthError: Password is too <redacted>"
      })
      const unknown: User.NewUser & { readonly nonsense: boolean } = { connection, nonsense: true }
      const error = yield* Effect.flip(users.create(unknown))
      expect(error).toMatchObject({
        _tag: "InvalidRequest",
        code: "invalid_body",
        description: "Payload validation error: 'Additional properties not allowed: nonsense'.",
        isRetryable: false
      })
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )

  it.scopedLive("403 insufficient_scope names the scopes", () =>
    Effect.gen(function* () {
      const { server, users } = yield* begin()
      server.grant("read:users")
      const error = yield* Effect.flip(users.create({ connection, email: "jane@example.com" }))
      expect(error).toMatchObject({
        _tag: "InsufficientScope",
        scopes: ["create:users", "create:users_app_metadata"],
        isRetryable: false
      })
      expect(error.message).toBe(
        "Auth0Users.create: the application lacks create:users or create:users_app_metadata; grant it for the Auth0 Management API"
      )
      server.next(
        refusal(403, "Forbidden", "Insufficient scope"),
        refusal(403, "Forbidden", "No.", "not_allowed")
      )
      expect(yield* Effect.flip(users.get("auth0|1"))).toMatchObject({
        _tag: "InsufficientScope",
        scopes: []
      })
      expect(yield* Effect.flip(users.get("auth0|1"))).toMatchObject({
        _tag: "Forbidden",
        status: 403,
        code: "not_allowed",
        isRetryable: false
      })
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )

  it.scopedLive("401 to a brand-new token too is Forbidden", () =>
    Effect.gen(function* () {
      const { server, users } = yield* begin()
      const invalid = refusal(401, "Unauthorized", "Bad audience")
      server.next(invalid, invalid)
      expect(yield* Effect.flip(users.get("auth0|1"))).toMatchObject({
        _tag: "Forbidden",
        status: 401,
        description: "Bad audience"
      })
      expect(server.requests()).toHaveLength(2)
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )

  it.scopedLive("a wrong client secret passes through as what it is", () =>
    Effect.gen(function* () {
      const { server, users } = yield* begin({ clientSecret: "canary-wrong-secret" })
      const error = yield* Effect.flip(users.get("auth0|1"))
      expect(error).toMatchObject({ _tag: "CredentialRejected", code: "access_denied", status: 401 })
      expect(error.message).not.toContain("canary")
      expect(server.requests()).toEqual([])
      expect(server.tokenRequests()).toHaveLength(1)
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )

  it.scopedLive("nobody there is Unavailable, and NotSent", () =>
    Effect.gen(function* () {
      const gone = yield* Effect.scoped(
        Effect.tap(begin({ deadline: "5 minutes" }), ({ users }) => users.findByEmail("jane@example.com"))
      )
      // the token was in hand, the layer's scope is closed
      const error = yield* Effect.flip(gone.users.findByEmail("jane@example.com"))
      expect(error).toMatchObject({ _tag: "Unavailable", reason: "NotSent", isRetryable: true })
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})

const get = (users: Auth0Users.Service) => users.get("auth0|1")

describe("answers that are none of the Management API", () => {
  const cases: ReadonlyArray<readonly [title: string, step: Step, expected: object]> = [
    ["no JSON", respond(200, "<html>canary-page</html>"), { reason: "NotJson", path: "" }],
    ["an empty body", respond(200, ""), { reason: "NotJson", path: "" }],
    ["no body", respond(204, ""), { reason: "NotJson", path: "" }],
    ["no user id", respond(200, { email: "canary" }), { reason: "Missing", path: "user_id" }],
    ["an empty user id", respond(200, { user_id: "" }), { reason: "WrongShape", path: "user_id" }],
    ["a list", respond(200, ["canary"]), { reason: "WrongShape", path: "" }],
    [
      "an identity without provider",
      respond(200, { ...jane, identities: [{ connection: "canary", user_id: 1 }] }),
      { reason: "Missing", path: "identities.0.provider" }
    ],
    [
      "no date",
      respond(200, { ...jane, created_at: "canary" }),
      { reason: "WrongShape", path: "created_at", status: 200 }
    ],
    ["a redirect", respond(302, "", { location: "https://canary.example.com" }), { reason: "Redirect" }]
  ]

  it.scoped.each(cases)("%s", ([, step, expected]) =>
    Effect.gen(function* () {
      const { users } = yield* scripted([step])
      const error = yield* Effect.flip(get(users))
      expect(error).toMatchObject({
        _tag: "InvalidAnswer",
        operation: "get",
        isRetryable: false,
        ...expected
      })
      expect(JSON.stringify(error) + error.message).not.toContain("canary")
    })
  )

  it.scoped("a mistake among the users that were found is told with its place", () =>
    Effect.gen(function* () {
      const { users } = yield* scripted([respond(200, [jane, { user_id: 7 }])])
      const error = yield* Effect.flip(users.findByEmail("jane@example.com"))
      expect(error).toMatchObject({ _tag: "InvalidAnswer", path: "1.user_id" })
      expect(error.message).toBe(
        "Auth0Users.findByEmail: the answer (200) is none of the Management API: WrongShape at 1.user_id"
      )
    })
  )
})

describe("answers that are taken", () => {
  it.scoped("what is null or left out is not there, and what is unknown is left aside", () =>
    Effect.gen(function* () {
      const step = respond(200, {
        user_id: "github|1",
        email: null,
        user_metadata: null,
        identities: [
          { connection: "github", provider: "github", user_id: 1, access_token: "canary", profileData: {} }
        ],
        multifactor: ["guardian"]
      })
      const user = yield* Effect.flatMap(scripted([step]), ({ users }) => get(users))
      expect({ ...user }).toEqual({
        user_id: "github|1",
        user_metadata: {},
        app_metadata: {},
        identities: [{ connection: "github", provider: "github", user_id: "1" }]
      })
      expect(JSON.stringify(user)).not.toContain("canary")
    })
  )
})

describe("refusals of all kinds", () => {
  it.scoped.each([402, 405, 410, 413, 415, 422, 451])("%d is InvalidRequest", (status) =>
    Effect.gen(function* () {
      const { users } = yield* scripted([respond(status, "<html>canary-page</html>")])
      const error = yield* Effect.flip(get(users))
      expect(error).toMatchObject({ _tag: "InvalidRequest", status })
      expect(JSON.stringify(error) + error.message).not.toContain("canary")
    })
  )

  it.scoped("what Auth0 says loses control characters, great length, and the secrets that it says back", () =>
    Effect.gen(function* () {
      const password = "canary-password-9f"
      const message = `no\r\n\u202e${password} Bearer a-management-token ${"x".repeat(1000)}`
      const { users } = yield* scripted([respond(400, { message, errorCode: password })])
      const error = yield* Effect.flip(users.create({ connection, password: Redacted.make(password) }))
      expect(error).toMatchObject({ _tag: "InvalidRequest", code: "<redacted>" })
      const description = error._tag === "InvalidRequest" ? (error.description ?? "") : ""
      expect(description.startsWith("no<redacted> Bearer <redacted> xxx")).toBe(true)
      expect(description.length).toBeLessThan(510)
    })
  )

  it.scoped("attributes that are no JSON are not sent", () =>
    Effect.gen(function* () {
      const { at, users } = yield* scripted([respond(201, jane)])
      const error = yield* Effect.flip(users.create({ connection, app_metadata: { canary: 1n } }))
      expect(error.message).toBe(
        "Auth0Users.create: the request was not sent (expected attributes that can be written as JSON)"
      )
      expect(at).toEqual([])
    })
  )

  it.scoped("every error is written and read by its schema", () =>
    Effect.gen(function* () {
      for (const status of [400, 401, 403, 404, 409]) {
        const { users } = yield* scripted([respond(status, { message: "said", errorCode: "code" })])
        const error = yield* Effect.flip(users.update("auth0|1", {}))
        if (!UserError.isUserError(error)) return yield* Effect.dieMessage(`unexpected ${error._tag}`)
        const written = Schema.encodeSync(UserError.UserError)(error)
        expect(Schema.decodeSync(UserError.UserError)(written)).toEqual(error)
      }
    })
  )
})

it.scopedLive("S8 no URL holds a secret", () =>
  Effect.gen(function* () {
    const { server, users } = yield* begin()
    const { user_id } = yield* users.create({
      connection,
      email: "jane@example.com",
      password: Redacted.make("canary-pw1")
    })
    yield* users.update(user_id, { password: Redacted.make("canary-pw2") })
    yield* users.findByEmail("jane@example.com")
    const urls = [...server.requests(), ...server.tokenRequests()].map(({ path }) => path).join()
    expect(urls).not.toMatch(/canary|a-management-token/)
    expect(urls).not.toContain(clientSecret)
  }).pipe(Effect.provide(FetchHttpClient.layer))
)
