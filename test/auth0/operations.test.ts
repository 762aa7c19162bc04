import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { clients } from "../support/clients.js"
import { begin, connection } from "./support/tenant.js"

const bodyOf = (arrival: { readonly body: Buffer } | undefined): unknown =>
  JSON.parse(arrival?.body.toString("utf8") ?? "null")

describe.each(clients)("users of a tenant, by $client", ({ layer }) => {
  it.scopedLive("create gives the user with its id", () =>
    Effect.gen(function* () {
      const { server, users } = yield* begin()
      const user = yield* users.create({
        connection,
        email: "Jane@Example.com",
        name: "Jane",
        email_verified: true,
        verify_email: false,
        password: Redacted.make("canary-Passw0rd!"),
        user_metadata: { language: "de" },
        app_metadata: { plan: "pro" }
      })
      expect(user).toMatchObject({
        user_id: "auth0|000000000000000000000001",
        email: "jane@example.com",
        email_verified: true,
        name: "Jane",
        user_metadata: { language: "de" },
        app_metadata: { plan: "pro" },
        identities: [{ connection, provider: "auth0", user_id: "000000000000000000000001", isSocial: false }]
      })
      expect(user.created_at && DateTime.formatIso(user.created_at)).toBe("2026-01-02T03:04:05.678Z")
      const [request] = server.requests()
      expect(request).toMatchObject({ method: "POST", path: "/api/v2/users", token: "a-management-token-1" })
      expect(request?.headers).toMatchObject({
        "content-type": "application/json",
        accept: "application/json"
      })
      expect(bodyOf(request)).toEqual({
        connection,
        email: "Jane@Example.com",
        name: "Jane",
        email_verified: true,
        verify_email: false,
        password: "canary-Passw0rd!",
        user_metadata: { language: "de" },
        app_metadata: { plan: "pro" }
      })
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("get, update, find and delete", () =>
    Effect.gen(function* () {
      const { server, users } = yield* begin()
      const { user_id } = yield* users.create({
        connection,
        email: "jane+a&b@example.com",
        user_metadata: { language: "de", theme: "dark" }
      })
      expect((yield* users.get(user_id)).user_metadata).toEqual({ language: "de", theme: "dark" })
      const updated = yield* users.update(user_id, {
        name: "Jane D.",
        user_metadata: { theme: null, size: 1 }
      })
      expect(updated).toMatchObject({ user_id, name: "Jane D." })
      expect(updated.user_metadata).toEqual({ language: "de", size: 1 })
      expect((yield* users.findByEmail("jane+a&b@example.com")).map((user) => user.user_id)).toEqual([
        user_id
      ])
      expect(yield* users.findByEmail("nobody@example.com")).toEqual([])
      yield* users.delete(user_id)
      expect(yield* Effect.flip(users.get(user_id))).toMatchObject({ _tag: "UserNotFound", userId: user_id })
      yield* users.delete(user_id)
      const path = "/api/v2/users/auth0%7C000000000000000000000001"
      expect(server.requests().map(({ method, path }) => `${method} ${path}`)).toEqual([
        "POST /api/v2/users",
        `GET ${path}`,
        `PATCH ${path}`,
        "GET /api/v2/users-by-email?email=jane%2Ba%26b%40example.com",
        "GET /api/v2/users-by-email?email=nobody%40example.com",
        `DELETE ${path}`,
        `GET ${path}`,
        `DELETE ${path}`
      ])
      expect(bodyOf(server.requests()[2])).toEqual({
        name: "Jane D.",
        user_metadata: { theme: null, size: 1 }
      })
      expect(server.tokenRequests()).toHaveLength(1)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("a token that was revoked is replaced, and the request sent once more", () =>
    Effect.gen(function* () {
      const { server, users } = yield* begin()
      yield* users.create({ connection, email: "jane@example.com" })
      server.revokeTokens()
      yield* users.create({ connection, email: "john@example.com" })
      expect(server.requests().map(({ token }) => token)).toEqual([
        "a-management-token-1",
        "a-management-token-1",
        "a-management-token-2"
      ])
    }).pipe(Effect.provide(layer))
  )
})

it.scopedLive.each(["", " ", ".", "..", "\ud800"])("%j is no user id, and nothing is sent", (userId) =>
  Effect.gen(function* () {
    const { server, users } = yield* begin()
    for (const operation of [
      users.get(userId),
      users.update(userId, { name: "Jane" }),
      users.delete(userId)
    ]) {
      const error = yield* Effect.flip<unknown, { readonly _tag: string }, never>(operation)
      expect(error).toMatchObject({ _tag: "InvalidRequest" })
    }
    expect(server.requests()).toEqual([])
  }).pipe(Effect.provide(clients[0]!.layer))
)

it.scopedLive.each(["auth0|a/../../x", "auth0|a?b#c", "sms|%2e%2e", "..."])(
  "%j stays one segment of the path",
  (id) =>
    Effect.gen(function* () {
      const { server, users } = yield* begin()
      yield* users.delete(id)
      expect(server.requests().map(({ path }) => path)).toEqual([`/api/v2/users/${encodeURIComponent(id)}`])
    }).pipe(Effect.provide(clients[0]!.layer))
)
