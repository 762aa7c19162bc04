import * as client from "openid-client"
import type { Peer } from "./peer.js"
import { tokenUrl, variable } from "./peer.js"

/**
 * It has no cache. Its documentation of `clientCredentialsGrant` shows one call and keeping its result, and its
 * `TokenEndpointResponseHelpers.expiresIn` tells how long that is good: hence a variable.
 */
export const openidClient: Peer = {
  name: "openid-client",
  note: "has no cache: a variable around `clientCredentialsGrant`",
  make: ({ clientId, clientSecret, margin, server }) => {
    const configuration = new client.Configuration(
      { issuer: `https://${server.host}`, token_endpoint: tokenUrl(server) },
      clientId,
      clientSecret
    )
    return Promise.resolve(
      variable(margin, async () => {
        const answer = await client.clientCredentialsGrant(configuration)
        return { token: answer.access_token, expiresIn: answer.expiresIn() ?? 3600 }
      })
    )
  }
}
