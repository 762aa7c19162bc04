/**
 * What the token endpoint answers by itself (RFC 6749 §3.2, §4.4, §5 and §6).
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Answer } from "../Answer.js"
import * as Answers from "../Answer.js"
import type { IssuedToken } from "./issuing.js"
import * as Issuing from "./issuing.js"
import type { Arrival } from "./reading.js"
import { credentialsOf, parameter } from "./reading.js"
import type { RegisteredClient, State } from "./state.js"

type Handled = readonly [Answer, State]

/** `members` change the answer where it brings a token. */
export const answer = (
  state: State,
  arrival: Arrival,
  members: Readonly<Record<string, unknown>>
): Handled => {
  const refusal = malformed(arrival)
  if (refusal !== undefined) return [refusal, state]
  const client = authenticate(state, arrival)
  if (Either.isLeft(client)) return [client.left, state]
  const grantType = parameter(arrival, "grant_type")
  if (grantType === "refresh_token") return refreshToken(state, arrival, client.right, members)
  if (
    grantType === "client_credentials" ||
    (grantType !== undefined && state.behaviour.clientCredentialsGrantTypes.includes(grantType))
  ) {
    return clientCredentials(state, arrival, client.right, members)
  }
  return grantType === undefined
    ? [invalidRequest("grant_type is missing"), state]
    : [Answers.oauthError("unsupported_grant_type"), state]
}

const invalidRequest = (description: string): Answer => Answers.oauthError("invalid_request", { description })

const malformed = (arrival: Arrival): Answer | undefined => {
  if (arrival.method !== "POST") return Answers.raw({ status: 405, headers: { allow: "POST" } })
  if (arrival.parameters === undefined) return invalidRequest("the body is neither a form nor a JSON object")
  // RFC 6749 §2.3.1: secrets are never sent in the URL
  if (["client_secret", "refresh_token"].some((name) => arrival.url.searchParams.has(name))) {
    return invalidRequest("a secret stands in the URL")
  }
  // RFC 6749 §3.2; RFC 8707 §2 makes an exception for resource
  const repeated = [...arrival.parameters].find(([name, values]) => values.length > 1 && name !== "resource")
  return repeated === undefined ? undefined : invalidRequest(`${repeated[0]} stands more than once`)
}

const authenticate = (state: State, arrival: Arrival): Either.Either<RegisteredClient, Answer> => {
  const { behaviour, clients, rejectsCredentials } = state
  const { clientId, clientSecret, method } = credentialsOf(arrival, behaviour.basicEncoding)
  // RFC 6749 §2.3: not more than one method a request
  if (method === "several") return Either.left(invalidRequest("there are several client authentications"))
  const client = clientId === undefined ? undefined : clients.get(clientId)
  const secret = client?.clientSecret === undefined ? undefined : Redacted.value(client.clientSecret)
  const isTaken = method === "none" || behaviour.clientAuthenticationMethods.includes(method)
  if (client === undefined || !isTaken || clientSecret !== secret || rejectsCredentials) {
    return Either.left(
      Answers.oauthError("invalid_client", {
        description: "client authentication failed",
        // RFC 6749 §5.2: where the client used the header, the answer names the scheme
        headers:
          method === "client_secret_basic" ? { "www-authenticate": 'Basic realm="token endpoint"' } : {}
      })
    )
  }
  return Either.right(client)
}

const clientCredentials = (
  state: State,
  arrival: Arrival,
  client: RegisteredClient,
  members: Readonly<Record<string, unknown>>
): Handled => {
  // RFC 6749 §4.4: for confidential clients only
  if (client.clientSecret === undefined) return [Answers.oauthError("unauthorized_client"), state]
  const scopes = grantedScopes(arrival, client.scopes)
  if (scopes === undefined) return [Answers.oauthError("invalid_scope"), state]
  const [token, tokens] = issue(state, arrival, { clientId: client.clientId, scopes, family: undefined })
  return [success(state, token, undefined, members), { ...state, tokens }]
}

const refreshToken = (
  state: State,
  arrival: Arrival,
  client: RegisteredClient,
  members: Readonly<Record<string, unknown>>
): Handled => {
  const presented = parameter(arrival, "refresh_token")
  if (presented === undefined) return [invalidRequest("refresh_token is missing"), state]
  const value = Redacted.make(presented)
  const held = Option.getOrUndefined(HashMap.get(state.tokens.refresh, value))
  if (held === undefined || held.isRevoked || held.clientId !== client.clientId) return [invalidGrant, state]
  const { clientId, family, usedUpAt } = held
  const grace = Duration.toMillis(state.behaviour.rotationGrace)
  // RFC 9700 §4.14.2: presented a second time, it is somebody else's too
  if (usedUpAt !== undefined && arrival.at >= usedUpAt + grace) {
    return [invalidGrant, { ...state, tokens: Issuing.revokeFamily(state.tokens, family) }]
  }
  const scopes = grantedScopes(arrival, held.scopes)
  if (scopes === undefined) return [Answers.oauthError("invalid_scope"), state]
  const [token, tokens] = issue(state, arrival, { clientId, scopes, family })
  if (!state.behaviour.rotation) return [success(state, token, undefined, members), { ...state, tokens }]
  const [next, rotated] = Issuing.issueRefresh(Issuing.useUp(tokens, value, arrival.at), {
    prefix: state.behaviour.tokenPrefix,
    clientId,
    scopes: held.scopes,
    family
  })
  return [success(state, token, next, members), { ...state, tokens: rotated }]
}

const invalidGrant = Answers.oauthError("invalid_grant", {
  description: "the refresh token is invalid, expired or revoked"
})

/** What is asked for, if all of it may be had; what may be had, if nothing is asked for. */
const grantedScopes = (
  arrival: Arrival,
  allowed: ReadonlyArray<string> | undefined
): ReadonlyArray<string> | undefined => {
  const asked = (parameter(arrival, "scope") ?? "").split(" ").filter((scope) => scope !== "")
  if (asked.length === 0) return allowed ?? []
  return allowed === undefined || asked.every((scope) => allowed.includes(scope)) ? asked : undefined
}

const issue = (
  state: State,
  arrival: Arrival,
  options: {
    readonly clientId: string
    readonly scopes: ReadonlyArray<string>
    readonly family: number | undefined
  }
) =>
  Issuing.issueAccess(state.tokens, {
    ...options,
    prefix: state.behaviour.tokenPrefix,
    at: arrival.at,
    lifetime: Duration.decode(state.behaviour.lifetime)
  })

const success = (
  { behaviour }: State,
  token: IssuedToken,
  refreshToken: Redacted.Redacted | undefined,
  members: Readonly<Record<string, unknown>>
): Answer => {
  const seconds = Math.floor(Duration.toSeconds(behaviour.lifetime))
  return Answers.json(
    {
      access_token: Redacted.value(token.value),
      token_type: "Bearer",
      ...(behaviour.expiresIn === "omitted"
        ? {}
        : { expires_in: behaviour.expiresIn === "string" ? String(seconds) : seconds }),
      ...(behaviour.refreshIn === undefined ? {} : { refresh_in: Duration.toSeconds(behaviour.refreshIn) }),
      ...(behaviour.scope === "omitted" || token.scopes.length === 0
        ? {}
        : { scope: token.scopes.join(" ") }),
      ...(refreshToken === undefined ? {} : { refresh_token: Redacted.value(refreshToken) }),
      ...members
    },
    { headers: { pragma: "no-cache" } }
  )
}
