import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as HttpClient from "@effect/platform/HttpClient"
import { Auth0Users } from "effect-oauth/auth0"
import type { Entry, Exercise } from "../../canary/lives.js"
import { clientSecret, own, served } from "../../canary/lives.js"
import { marks } from "../../canary/marks.js"
import * as Servers from "../../canary/servers.js"

const auth0 = { domain: "api.example.com", clientId: "a-client", clientSecret }

/** What comes of every operation that an API answers which says back all that it was sent. */
const outcomes = (users: Auth0Users.Service): Effect.Effect<ReadonlyArray<unknown>> => {
  const user = { connection: "a-connection", password: Redacted.make<string>(marks.apiKey) }
  const operations: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
    users.create(user),
    users.update("auth0|1", user),
    users.get("auth0|1"),
    users.findByEmail("jane@example.com"),
    users.delete("auth0|1")
  ]
  return Effect.map(Effect.forEach(operations, Effect.exit), (exits) => [
    users,
    ...Object.values<unknown>({ ...users }),
    ...operations,
    ...exits
  ])
}

const said = ["a form", "a page under 403", "a redirect"].flatMap((name) => Servers.refusals[name] ?? [])

const configured = ConfigProvider.fromMap(
  new Map([
    ["AUTH0_DOMAIN", auth0.domain],
    ["AUTH0_CLIENT_ID", auth0.clientId],
    ["AUTH0_CLIENT_SECRET", marks.clientSecret]
  ])
)

const inLayer = (layer: Layer.Layer<Auth0Users.Auth0Users, unknown, HttpClient.HttpClient>): Exercise =>
  Effect.gen(function* () {
    const shows: Array<unknown> = [layer]
    const holds: Array<string> = []
    for (const answer of said) {
      const server = Servers.server(Servers.token, answer)
      const built = yield* Effect.withConfigProvider(served(Layer.build(layer), server), configured)
      shows.push(built, ...(yield* outcomes(Context.get(built, Auth0Users.Auth0Users))))
      holds.push(...server.heard)
    }
    return { shows, holds }
  })

const noSecret = "has no place for a secret"
const cleaned = "tells what the layers' operations fail with, which is shown there"

/** For the canary's table of `effect-oauth/auth0`. */
export const auth0Users: Readonly<Record<string, Entry>> = {
  "Auth0Users.Auth0Users": "a tag",
  "Auth0Users.environment": "where settings are, not what they are",
  "Auth0Users.layer": inLayer(Auth0Users.layer(auth0)),
  "Auth0Users.layerConfig": inLayer(Auth0Users.layerConfig()),
  "Auth0Users.layerConfigOptional": inLayer(Auth0Users.layerConfigOptional()),
  "Auth0Users.make": Effect.gen(function* () {
    const server = Servers.server(...Servers.nonEmpty(said))
    const users = yield* served(Auth0Users.make(own(marks.accessToken)), server)
    return { shows: yield* outcomes(users), holds: server.heard }
  }),
  "User.Identity": noSecret,
  "User.User": noSecret,
  "UserError.Forbidden": cleaned,
  "UserError.InsufficientScope": cleaned,
  "UserError.InvalidAnswer": cleaned,
  "UserError.InvalidRequest": cleaned,
  "UserError.RateLimited": noSecret,
  "UserError.Unavailable": noSecret,
  "UserError.UserAlreadyExists": cleaned,
  "UserError.UserError": cleaned,
  "UserError.UserNotFound": noSecret,
  "UserError.isUserError": "a guard"
}
