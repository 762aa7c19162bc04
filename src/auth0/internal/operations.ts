/**
 * The operations on users.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Attributes, Changes, NewUser } from "../User.js"
import { User } from "../User.js"
import type { UserError } from "../UserError.js"
import { InvalidRequest, UserAlreadyExists, UserNotFound } from "../UserError.js"
import { decode } from "./answer.js"
import type { Operation } from "./operation.js"

export const create = (user: NewUser): Operation<User, UserAlreadyExists> => ({
  name: "create",
  request: withBody("create", HttpClientRequest.post("/users"), user),
  isIdempotent: false,
  secrets: passwordOf(user),
  read: decode("create", User),
  means: ({ code, description, status }) =>
    status === 409 ? new UserAlreadyExists({ operation: "create", code, description }) : undefined
})

export const get = (userId: string): Operation<User, UserNotFound> => ({
  name: "get",
  request: Effect.map(pathOf("get", userId), (path) => HttpClientRequest.get(path)),
  isIdempotent: true,
  secrets: [],
  read: decode("get", User),
  means: ({ status }) => (status === 404 ? new UserNotFound({ operation: "get", userId }) : undefined)
})

export const findByEmail = (email: string): Operation<ReadonlyArray<User>, never> => ({
  name: "findByEmail",
  request: Effect.succeed(HttpClientRequest.get("/users-by-email", { urlParams: { email } })),
  isIdempotent: true,
  secrets: [],
  read: decode("findByEmail", Schema.Array(User)),
  means: () => undefined
})

export const update = (
  userId: string,
  changes: Changes
): Operation<User, UserNotFound | UserAlreadyExists> => ({
  name: "update",
  request: Effect.flatMap(pathOf("update", userId), (path) =>
    withBody("update", HttpClientRequest.patch(path), changes)
  ),
  isIdempotent: true,
  secrets: passwordOf(changes),
  read: decode("update", User),
  means: ({ code, description, status }) => {
    if (status === 404) return new UserNotFound({ operation: "update", userId })
    if (status === 409) return new UserAlreadyExists({ operation: "update", code, description })
    return undefined
  }
})

export const remove = (userId: string): Operation<void, never> => ({
  name: "delete",
  request: Effect.map(pathOf("delete", userId), (path) => HttpClientRequest.del(path)),
  isIdempotent: true,
  secrets: [],
  read: () => Effect.void,
  // Auth0 answers 204 for a user that is not there; a 404 says no less that it is gone
  means: ({ status }) => (status === 404 ? Effect.void : undefined)
})

type Name = UserError["operation"]

/** Without this, an empty id or dots would make it another resource: all users, or the API itself. */
const pathOf = (operation: Name, userId: string): Effect.Effect<string, InvalidRequest> =>
  /^\s*\.{0,2}\s*$|\p{Cs}/u.test(userId)
    ? new InvalidRequest({ operation, description: "expected a user id, such as auth0|123" })
    : Effect.succeed(`/users/${encodeURIComponent(userId)}`)

/** The password leaves its wrapping here and nowhere else. */
const withBody = (
  operation: Name,
  request: HttpClientRequest.HttpClientRequest,
  { password, ...attributes }: Attributes
): Effect.Effect<HttpClientRequest.HttpClientRequest, InvalidRequest> =>
  Effect.mapError(
    HttpClientRequest.bodyJson(request, {
      ...attributes,
      ...(password === undefined ? {} : { password: Redacted.value(password) })
    }),
    () => new InvalidRequest({ operation, description: "expected attributes that can be written as JSON" })
  )

const passwordOf = ({ password }: Attributes): ReadonlyArray<Redacted.Redacted> =>
  password === undefined ? [] : [password]
