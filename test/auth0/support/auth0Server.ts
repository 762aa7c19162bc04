import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ServerResponse } from "node:http"
import type { Answer, Arrival } from "../../support/apiServer.js"
import * as ApiServer from "../../support/apiServer.js"

/** A user as Auth0 keeps it. */
export type StoredUser = Readonly<Record<string, unknown>> & {
  readonly user_id: string
  readonly email?: string
}

export interface Auth0Server {
  /** What stands for the tenant's domain. */
  readonly domain: string
  /** Every request but those for tokens. */
  readonly requests: () => ReadonlyArray<Arrival>
  readonly tokenRequests: () => ReadonlyArray<Arrival>
  readonly users: Map<string, StoredUser>
  /** Answers the next requests in these ways, one each, before it answers as usual. */
  readonly next: (...answers: ReadonlyArray<Answer>) => void
  /** Answers as usual again. */
  readonly forget: () => void
  /** Grants these scopes from now on. */
  readonly grant: (...scopes: ReadonlyArray<string>) => void
  /** Ends every token that was given out. */
  readonly revokeTokens: () => void
}

export const clientId = "a-client"

/** How Auth0 writes an error. */
export const refusal = (status: number, error: string, message: string, errorCode?: string): Answer =>
  ApiServer.json(status, {
    statusCode: status,
    error,
    message,
    ...(errorCode === undefined ? {} : { errorCode })
  })

/** Too many requests, until an instant in seconds since the epoch. */
export const tooMany =
  (reset: number): Answer =>
  (arrival, response, request) => {
    rateLimit(response, 0, reset)
    refusal(
      429,
      "Too Many Requests",
      "Global limit has been reached",
      "too_many_requests"
    )(arrival, response, request)
  }

const allScopes = ["create:users", "read:users", "update:users", "delete:users"]

const attributes = [
  ...[
    "email",
    "email_verified",
    "verify_email",
    "username",
    "phone_number",
    "phone_verified",
    "name",
    "given_name"
  ],
  ...[
    "family_name",
    "nickname",
    "picture",
    "blocked",
    "user_metadata",
    "app_metadata",
    "password",
    "connection"
  ],
  ...["user_id", "client_id", "verify_phone_number"]
]

const rateLimit = (response: ServerResponse, remaining: number, reset: number) => {
  response.setHeader("x-ratelimit-limit", "10")
  response.setHeader("x-ratelimit-remaining", String(remaining))
  response.setHeader("x-ratelimit-reset", String(reset))
}

type Body = Readonly<Record<string, unknown>>

const bodyOf = ({ body }: Arrival): Body => JSON.parse(body.toString("utf8")) as Body

/** Metadata are merged by their first level; a key that is null goes. */
const merged = (before: unknown, changes: unknown): Body =>
  Object.fromEntries(
    Object.entries({ ...(before as Body | undefined), ...(changes as Body | undefined) }).filter(
      ([, value]) => value !== null
    )
  )

/**
 * A tenant of Auth0 on 127.0.0.1: its token endpoint and the users of its Management API, which answer as Auth0's
 * documentation says.
 */
export const make = (options: {
  readonly clientSecret: string
  readonly token?: (number: number) => string
}): Effect.Effect<Auth0Server, never, Scope.Scope> =>
  Effect.gen(function* () {
    const users = new Map<string, StoredUser>()
    const tokens = new Set<string>()
    const scripted: Array<Answer> = []
    let scopes: ReadonlyArray<string> = allScopes
    let issued = 0
    let created = 0

    const issueToken: Answer = (arrival, response, request) => {
      const body = bodyOf(arrival)
      const audience = `https://${arrival.headers.host ?? ""}/api/v2/`
      if (body["client_id"] !== clientId || body["client_secret"] !== options.clientSecret) {
        ApiServer.json(401, { error: "access_denied", error_description: "Unauthorized" })(
          arrival,
          response,
          request
        )
      } else if (body["grant_type"] !== "client_credentials" || body["audience"] !== audience) {
        const description = `Service not enabled within domain: ${String(body["audience"])}`
        ApiServer.json(403, { error: "access_denied", error_description: description })(
          arrival,
          response,
          request
        )
      } else {
        const token = options.token?.(++issued) ?? `a-management-token-${++issued}`
        tokens.add(token)
        ApiServer.json(200, {
          access_token: token,
          scope: scopes.join(" "),
          expires_in: 86_400,
          token_type: "Bearer"
        })(arrival, response, request)
      }
    }

    const createUser = (body: Body): Answer => {
      const { connection, email, password, user_id: givenId, verify_email: _, ...rest } = body
      if (typeof connection !== "string") {
        return refusal(
          400,
          "Bad Request",
          "Payload validation error: 'Missing required property: connection'.",
          "invalid_body"
        )
      }
      if (typeof password === "string" && password.length < 8) {
        return refusal(400, "Bad Request", "PasswordStrengthError: Password is too weak")
      }
      const lower = String(email).toLowerCase()
      if ([...users.values()].some((user) => user.email === lower)) {
        return refusal(409, "Conflict", "The user already exists.", "auth0_idp_error")
      }
      const id = typeof givenId === "string" ? givenId : (++created).toString(16).padStart(24, "0")
      const user: StoredUser = {
        name: lower,
        email_verified: false,
        ...rest,
        email: lower,
        user_id: `auth0|${id}`,
        identities: [{ connection, user_id: id, provider: "auth0", isSocial: false }],
        created_at: "2026-01-02T03:04:05.678Z",
        updated_at: "2026-01-02T03:04:05.678Z",
        tenant_field_of_tomorrow: { unknown: true }
      }
      users.set(user.user_id, user)
      return ApiServer.json(201, user)
    }

    const updateUser = (user: StoredUser, body: Body): Answer => {
      const { app_metadata, password: _, user_metadata, verify_email: __, ...rest } = body
      const changed: StoredUser = {
        ...user,
        ...rest,
        user_metadata: merged(user["user_metadata"], user_metadata),
        app_metadata: merged(user["app_metadata"], app_metadata),
        updated_at: "2026-02-03T04:05:06.789Z"
      }
      users.set(user.user_id, changed)
      return ApiServer.json(200, changed)
    }

    const manageUsers: Answer = (arrival, response, request) => {
      rateLimit(response, 9, 4_102_444_800)
      answerTo(arrival)(arrival, response, request)
    }

    const answerTo = (arrival: Arrival): Answer => {
      const { method } = arrival
      const url = new URL(arrival.path, "http://127.0.0.1")
      if (arrival.token === undefined || !tokens.has(arrival.token)) {
        return refusal(401, "Unauthorized", "Invalid token")
      }
      const verb = { POST: "create", GET: "read", PATCH: "update", DELETE: "delete" }[method] ?? ""
      if (!scopes.includes(`${verb}:users`)) {
        const expected = `Insufficient scope, expected any of: ${verb}:users,${verb}:users_app_metadata`
        return refusal(403, "Forbidden", expected, "insufficient_scope")
      }
      const body = method === "POST" || method === "PATCH" ? bodyOf(arrival) : {}
      const unknown = Object.keys(body).find((name) => !attributes.includes(name))
      if (unknown !== undefined) {
        const message = `Payload validation error: 'Additional properties not allowed: ${unknown}'.`
        return refusal(400, "Bad Request", message, "invalid_body")
      }
      if (method === "GET" && url.pathname === "/api/v2/users-by-email") {
        const email = url.searchParams.get("email")
        return ApiServer.json(
          200,
          [...users.values()].filter((user) => user.email === email)
        )
      }
      if (method === "POST" && url.pathname === "/api/v2/users") return createUser(body)
      const id = /^\/api\/v2\/users\/([^/]+)$/.exec(url.pathname)?.[1]
      const user = id === undefined ? undefined : users.get(decodeURIComponent(id))
      if (id !== undefined && method === "DELETE") {
        users.delete(decodeURIComponent(id))
        return (_, response) => void response.writeHead(204).end()
      }
      if (user === undefined) return refusal(404, "Not Found", "The user does not exist.", "inexistent_user")
      return method === "PATCH" ? updateUser(user, body) : ApiServer.json(200, user)
    }

    const server = yield* ApiServer.make({
      answer: (arrival, response, request) => {
        const answer = arrival.path === "/oauth/token" ? issueToken : (scripted.shift() ?? manageUsers)
        answer(arrival, response, request)
      }
    })
    const isForToken = ({ path }: Arrival) => path === "/oauth/token"
    return {
      domain: new URL(server.origin).host,
      requests: () => server.arrivals.filter((arrival) => !isForToken(arrival)),
      tokenRequests: () => server.arrivals.filter(isForToken),
      users,
      next: (...answers) => void scripted.push(...answers),
      forget: () => void scripted.splice(0),
      grant: (...granted) => void (scopes = granted),
      revokeTokens: () => tokens.clear()
    }
  })
