/**
 * What the server says of itself (RFC 8414 §3, OpenID Connect Discovery 1.0 §4).
 *
 * @since 0.1.0
 */
import type { Answer } from "../Answer.js"
import * as Answers from "../Answer.js"
import type { Arrival } from "./reading.js"
import type { State } from "./state.js"

/** The document, where the URL is one of the issuer's own; 404 elsewhere. */
export const answer = (state: State, arrival: Arrival): Answer => {
  const { address, behaviour, clients } = state
  const kind = behaviour.metadata.find((kind) => arrival.url.href === locationOf(address.issuer, kind))
  if (kind === undefined) return Answers.status(404)
  if (arrival.method !== "GET") return Answers.raw({ status: 405, headers: { allow: "GET" } })
  const hasPublicClients = [...clients.values()].some((client) => client.clientSecret === undefined)
  return Answers.json({
    issuer: address.issuer,
    token_endpoint: address.tokenUrl,
    response_types_supported: [],
    grant_types_supported: ["client_credentials", "refresh_token", ...behaviour.clientCredentialsGrantTypes],
    token_endpoint_auth_methods_supported: [
      ...behaviour.clientAuthenticationMethods,
      ...(hasPublicClients ? ["none"] : [])
    ],
    ...(kind === "openid" ? { subject_types_supported: ["public"] } : {}),
    ...behaviour.metadataMembers
  })
}

/** RFC 8414 puts the well-known part before the issuer's path, OpenID behind it. */
const locationOf = (issuer: string, kind: "openid" | "oauth2"): string => {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.endsWith("/") ? pathname.slice(0, -1) : pathname
  return kind === "openid"
    ? `${origin}${path}/.well-known/openid-configuration`
    : `${origin}/.well-known/oauth-authorization-server${path}`
}
